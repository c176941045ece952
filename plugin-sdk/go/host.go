package plugin

import (
	"errors"
	"time"
	"unsafe"

	"yumen/plugin/internal/abi"
)

// Level is how loud a line of the log is.
type Level uint8

// The levels.
const (
	LevelTrace Level = iota
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
)

//go:wasmimport yumen:plugin/log@0.1.0 enabled
func logEnabled(level int32) bool

//go:wasmimport yumen:plugin/log@0.1.0 write
func logWrite(level int32, message string)

// Enabled says whether lines of a level are written; ask before formatting.
func Enabled(level Level) bool { return logEnabled(int32(level)) }

// Log writes a line to the gateway's log and to the plugin's own.
func Log(level Level, message string) { logWrite(int32(level), message) }

// Debug writes a line.
func Debug(message string) { Log(LevelDebug, message) }

// Info writes a line.
func Info(message string) { Log(LevelInfo, message) }

// Warn writes a line.
func Warn(message string) { Log(LevelWarn, message) }

// Error writes a line.
func Error(message string) { Log(LevelError, message) }

//go:wasmimport yumen:plugin/system@0.1.0 now
func systemNow() uint64

//go:wasmimport yumen:plugin/system@0.1.0 ticks
func systemTicks() uint64

//go:wasmimport yumen:plugin/system@0.1.0 random
func systemRandom() uint64

// Now is the time in milliseconds since 1970.
func Now() uint64 { return systemNow() }

// Ticks is a clock in microseconds that never goes back; its start means nothing.
func Ticks() uint64 { return systemTicks() }

// Random is a random number, fit for keys.
func Random() uint64 { return systemRandom() }

//go:wasmimport yumen:plugin/metrics@0.1.0 define
func metricsDefine(kind int32, name string, labels unsafe.Pointer, count uint32, to unsafe.Pointer)

//go:wasmimport yumen:plugin/metrics@0.1.0 add
func metricsAdd(handle uint32, delta int64)

//go:wasmimport yumen:plugin/metrics@0.1.0 record
func metricsRecord(handle uint32, value uint64)

// Metric is a number on the gateway's /metrics, as yumen_plugin_NAME{plugin="..."}. It outlives versions.
type Metric uint32

// NewCounter finds or makes a counter. Configure is the place to call it; NewGauge and NewHistogram alike.
func NewCounter(name string, labels ...Field) (Metric, error) { return newMetric(0, name, labels) }

// NewGauge finds or makes a gauge.
func NewGauge(name string, labels ...Field) (Metric, error) { return newMetric(1, name, labels) }

// NewHistogram finds or makes a histogram.
func NewHistogram(name string, labels ...Field) (Metric, error) { return newMetric(2, name, labels) }

// Add adds to a counter (never less than 0) or a gauge.
func (m Metric) Add(delta int64) { metricsAdd(uint32(m), delta) }

// Record sets a gauge, or notes a value in a histogram.
func (m Metric) Record(value uint64) { metricsRecord(uint32(m), value) }

var defined abi.OkOrText

func newMetric(kind int32, name string, labels []Field) (Metric, error) {
	raw := rawFields(labels)
	abi.BeforeImport()
	metricsDefine(kind, name, unsafe.Pointer(unsafe.SliceData(raw)), uint32(len(raw)), unsafe.Pointer(&defined))
	abi.AfterImport()
	if defined.Tag != 0 {
		return 0, errors.New(defined.Text.String())
	}
	return Metric(*abi.As[uint32](&defined.Text)), nil
}

// What counters, buckets and clients answer instead of a value; compare with errors.Is.
var (
	ErrDenied   = errors.New("not granted")
	ErrTooLarge = errors.New("too large")
	ErrFull     = errors.New("full")
	ErrConflict = errors.New("another version is there")
	ErrUnknown  = errors.New("not in the configuration")
	ErrTimeout  = errors.New("timed out")
	ErrBudget   = errors.New("the plugin's budget of side calls is spent")
)

//go:wasmimport yumen:plugin/counters@0.1.0 open
func countersOpen(name string, windowMs uint32, to unsafe.Pointer)

//go:wasmimport yumen:plugin/counters@0.1.0 add
func countersAdd(handle uint32, slot uint64, delta int64) int64

//go:wasmimport yumen:plugin/counters@0.1.0 get
func countersGet(handle uint32, slot uint64) int64

//go:wasmimport yumen:plugin/counters@0.1.0 previous
func countersPrevious(handle uint32, slot uint64) int64

//go:wasmimport yumen:plugin/counters@0.1.0 remaining
func countersRemaining(handle uint32) uint32

// Counters are numbers that all workers and all versions of the plugin share, in windows of time. Made for limits.
type Counters uint32

// A result<u32, error> of counters: the error has a Text in its second case.
var opened struct {
	tag   uint8
	value struct {
		tag  uint32
		text abi.Text
	}
}

// OpenCounters finds counters by name. With a window of 0 the numbers never start anew.
func OpenCounters(name string, window time.Duration) (Counters, error) {
	abi.BeforeImport()
	countersOpen(name, uint32(window.Milliseconds()), unsafe.Pointer(&opened))
	abi.AfterImport()
	switch {
	case opened.tag == 0:
		return Counters(opened.value.tag), nil
	case uint8(opened.value.tag) == 0:
		return 0, ErrFull
	default:
		return 0, errors.New(opened.value.text.String())
	}
}

// Add adds to the slot in the current window and returns its new value. A slot is any number, such as a hash of a key.
func (c Counters) Add(slot uint64, delta int64) int64 { return countersAdd(uint32(c), slot, delta) }

// Get is the slot's value in the current window.
func (c Counters) Get(slot uint64) int64 { return countersGet(uint32(c), slot) }

// Previous is the slot's last value in the window before.
func (c Counters) Previous(slot uint64) int64 { return countersPrevious(uint32(c), slot) }

// Remaining is the time until the current window ends.
func (c Counters) Remaining() time.Duration {
	return time.Duration(countersRemaining(uint32(c))) * time.Millisecond
}

//go:wasmimport yumen:plugin/endpoint-stats@0.1.0 active
func statsActive(index uint32) uint32

//go:wasmimport yumen:plugin/endpoint-stats@0.1.0 latency
func statsLatency(index uint32) uint32

//go:wasmimport yumen:plugin/endpoint-stats@0.1.0 available
func statsAvailable(index uint32) bool

// Active is how many calls are on their way from this gateway to an endpoint of the list that Pick works on.
func Active(index uint32) uint32 { return statsActive(index) }

// Latency is a moving average of what calls took, in microseconds. 0: none ended yet.
func Latency(index uint32) uint32 { return statsLatency(index) }

// Available says whether a call made now is expected to reach the endpoint.
func Available(index uint32) bool { return statsAvailable(index) }

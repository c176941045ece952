// Package filter is the world of filters: one for HTTP and for calls.
package filter

import (
	"time"
	"unsafe"

	"yumen/plugin"
	"yumen/plugin/internal/abi"
)

// Filter is a plugin with the phases of an exchange, in this order; only those of the manifest's interest are called.
// Embed Defaults and write those that matter.
type Filter interface {
	plugin.Plugin
	// OnRequest: the request's head came. wanted holds the values of RequestWants.
	OnRequest(protocol plugin.Protocol, wanted plugin.Wanted) plugin.Verdict
	// OnBody: a body, once and whole when buffered, else each piece as it comes, the last one marked and perhaps empty.
	OnBody(side plugin.Side, bytes []byte, last bool, state uint64) plugin.Piece
	// OnCall: the request became a call that is about to leave. wanted holds the values of CallWants.
	OnCall(wanted plugin.Wanted, state uint64) plugin.Verdict
	// OnOutcome: the call ended; plugin.CallOutcome tells how.
	OnOutcome(ok bool, state uint64) plugin.Verdict
	// OnResponse: the response's head is about to leave. wanted holds the values of ResponseWants.
	OnResponse(status uint16, wanted plugin.Wanted, state uint64) plugin.Verdict
	// OnEnd: the exchange is over.
	OnEnd(status uint16, took time.Duration, state uint64)
}

// Defaults lets everything pass.
type Defaults struct{}

// Configure takes any configuration.
func (Defaults) Configure([]byte) error { return nil }

// OnRequest passes.
func (Defaults) OnRequest(plugin.Protocol, plugin.Wanted) plugin.Verdict { return plugin.Next() }

// OnBody passes.
func (Defaults) OnBody(plugin.Side, []byte, bool, uint64) plugin.Piece { return plugin.Pass() }

// OnCall passes.
func (Defaults) OnCall(plugin.Wanted, uint64) plugin.Verdict { return plugin.Next() }

// OnOutcome passes.
func (Defaults) OnOutcome(bool, uint64) plugin.Verdict { return plugin.Next() }

// OnResponse passes.
func (Defaults) OnResponse(uint16, plugin.Wanted, uint64) plugin.Verdict { return plugin.Next() }

// OnEnd does nothing.
func (Defaults) OnEnd(uint16, time.Duration, uint64) {}

var current Filter

// Export makes f the filter of this module. Call it in init.
func Export(f Filter) {
	current = f
	plugin.Serve(f)
}

//go:wasmexport yumen:plugin/filtering@0.1.0#on-request
func onRequest(protocol int32, wanted unsafe.Pointer, count uint32) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	return plugin.PutVerdict(current.OnRequest(plugin.Protocol(protocol), plugin.TakeWanted(wanted, count)))
}

//go:wasmexport yumen:plugin/filtering@0.1.0#on-body
func onBody(side int32, bytes unsafe.Pointer, length uint32, last int32, state uint64) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	return plugin.PutPiece(current.OnBody(plugin.Side(side), abi.Slice[byte](bytes, length), last != 0, state))
}

//go:wasmexport yumen:plugin/filtering@0.1.0#on-call
func onCall(wanted unsafe.Pointer, count uint32, state uint64) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	return plugin.PutVerdict(current.OnCall(plugin.TakeWanted(wanted, count), state))
}

//go:wasmexport yumen:plugin/filtering@0.1.0#on-outcome
func onOutcome(ok int32, state uint64) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	return plugin.PutVerdict(current.OnOutcome(ok != 0, state))
}

//go:wasmexport yumen:plugin/filtering@0.1.0#on-response
func onResponse(status int32, wanted unsafe.Pointer, count uint32, state uint64) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	return plugin.PutVerdict(current.OnResponse(uint16(status), plugin.TakeWanted(wanted, count), state))
}

//go:wasmexport yumen:plugin/filtering@0.1.0#on-end
func onEnd(status int32, microseconds uint64, state uint64) {
	abi.Enter()
	defer plugin.Fail()
	current.OnEnd(uint16(status), time.Duration(microseconds)*time.Microsecond, state)
}

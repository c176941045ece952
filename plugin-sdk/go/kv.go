package plugin

import (
	"errors"
	"time"
	"unsafe"

	"yumen/plugin/internal/abi"
)

//go:wasmimport yumen:plugin/kv@0.1.0 get
func kvGet(bucket, key string, to unsafe.Pointer)

//go:wasmimport yumen:plugin/kv@0.1.0 put
func kvPut(bucket, key string, value unsafe.Pointer, length uint32, ttlMs uint32, to unsafe.Pointer)

//go:wasmimport yumen:plugin/kv@0.1.0 swap
func kvSwap(bucket, key string, value unsafe.Pointer, length uint32, ifVersion uint64, ttlMs uint32, to unsafe.Pointer)

//go:wasmimport yumen:plugin/kv@0.1.0 remove
func kvRemove(bucket, key string, to unsafe.Pointer)

// Bucket holds bytes that all workers and all versions share. It must be granted in the configuration (grants.kv).
type Bucket string

// Entry is what a key has; Version is for Swap.
type Entry struct {
	Value   []byte
	Version uint64
}

// The error of kv: a tag, and a Text in its last case.
type kvError struct {
	tag  uint32
	text abi.Text
}

func (e *kvError) err() error {
	switch uint8(e.tag) {
	case 0:
		return ErrDenied
	case 1:
		return ErrTooLarge
	case 2:
		return ErrFull
	case 3:
		return ErrConflict
	default:
		return errors.New(e.text.String())
	}
}

var (
	got struct {
		tag   uint64
		some  uint64
		value abi.Text
		at    uint64
	}
	wrote struct {
		tag   uint64
		value [2]uint64
	}
	removed struct {
		tag   uint32
		value kvError
	}
)

// Get is what a key has; false when it has nothing.
func (b Bucket) Get(key string) (Entry, bool, error) {
	abi.BeforeImport()
	kvGet(string(b), key, unsafe.Pointer(&got))
	abi.AfterImport()
	if uint8(got.tag) != 0 {
		return Entry{}, false, abi.As[kvError](&got.some).err()
	}
	if uint8(got.some) == 0 {
		return Entry{}, false, nil
	}
	return Entry{Value: got.value.Bytes(), Version: got.at}, true, nil
}

// Put stores a value and returns its version. With a ttl of 0 it stays until it is removed.
func (b Bucket) Put(key string, value []byte, ttl time.Duration) (uint64, error) {
	abi.BeforeImport()
	kvPut(string(b), key, unsafe.Pointer(unsafe.SliceData(value)), uint32(len(value)), milliseconds(ttl), unsafe.Pointer(&wrote))
	abi.AfterImport()
	return version()
}

// Swap stores a value if the version is still this one (0: not there), else it fails with ErrConflict.
func (b Bucket) Swap(key string, value []byte, ifVersion uint64, ttl time.Duration) (uint64, error) {
	abi.BeforeImport()
	bytes, length := unsafe.Pointer(unsafe.SliceData(value)), uint32(len(value))
	kvSwap(string(b), key, bytes, length, ifVersion, milliseconds(ttl), unsafe.Pointer(&wrote))
	abi.AfterImport()
	return version()
}

// Remove says whether there was something to remove.
func (b Bucket) Remove(key string) (bool, error) {
	abi.BeforeImport()
	kvRemove(string(b), key, unsafe.Pointer(&removed))
	abi.AfterImport()
	if uint8(removed.tag) != 0 {
		return false, removed.value.err()
	}
	return uint8(removed.value.tag) != 0, nil
}

func version() (uint64, error) {
	if uint8(wrote.tag) != 0 {
		return 0, abi.As[kvError](&wrote.value).err()
	}
	return wrote.value[0], nil
}

func milliseconds(d time.Duration) uint32 { return uint32(d.Milliseconds()) }

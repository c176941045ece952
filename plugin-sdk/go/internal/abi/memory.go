// Package abi moves words between Go and the gateway as the canonical ABI of the component model wants them: structs laid out
// as in C, pointers of 32 bits, room for what comes in given by cabi_realloc.
package abi

import (
	"structs"
	"unsafe"
)

// Room for what the host writes. A chunk is never used twice, so what a plugin keeps of it stays true; the collector takes it
// when nothing points into it any more.
const chunkSize = 16 << 10

var (
	chunk []byte
	// Chunks that hold words of the crossing under way: until Go has pointers into them, nobody else has.
	crossing [][]byte
	// What the host still has to read of the last answer.
	kept []unsafe.Pointer
)

// Whether calls may leave the guest. While the host has it make room they may not, and Go's collector may look at the clock
// just then: the adapter under us answers it alone.
//
//go:wasmimport wasi_snapshot_preview1 yumen_may_call
func mayCall(yes int32)

func init() { mayCall(0) }

// Enter begins an export; what the host gave is in reach from here on.
func Enter() {
	mayCall(1)
	clear(kept)
	kept = kept[:0]
}

// Leave ends an export.
func Leave() {
	crossing = crossing[:0]
	mayCall(0)
}

// BeforeImport and AfterImport stand around an import whose result the host writes into our memory.
func BeforeImport() { mayCall(0) }

// AfterImport ends what BeforeImport began.
func AfterImport() { mayCall(1) }

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	if size == 0 {
		return unsafe.Pointer(uintptr(align))
	}
	at := (uint32(len(chunk)) + align - 1) &^ (align - 1)
	if int(at)+int(size) > cap(chunk) {
		chunk = make([]byte, 0, max(chunkSize, int(size)))
		crossing = append(crossing, chunk)
		at = 0
	}
	chunk = chunk[:at+size]
	if old != nil {
		copy(chunk[at:], unsafe.Slice((*byte)(old), oldSize))
	}
	return unsafe.Pointer(&chunk[at])
}

// Text is a string, or a list of bytes.
type Text struct {
	_   structs.HostLayout
	ptr uint32
	len uint32
}

// PutText shows a string to the host until the next call comes in.
func PutText(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{ptr: Keep(unsafe.Pointer(unsafe.StringData(s))), len: uint32(len(s))}
}

// PutBytes shows bytes to the host until the next call comes in.
func PutBytes(b []byte) Text {
	if len(b) == 0 {
		return Text{}
	}
	return Text{ptr: Keep(unsafe.Pointer(unsafe.SliceData(b))), len: uint32(len(b))}
}

// String takes what the host wrote.
func (t Text) String() string {
	return unsafe.String((*byte)(pointer(t.ptr)), t.len)
}

// Bytes takes what the host wrote.
func (t Text) Bytes() []byte {
	return unsafe.Slice((*byte)(pointer(t.ptr)), t.len)
}

// OptionText is an option<string>.
type OptionText struct {
	_    structs.HostLayout
	some uint8
	text Text
}

// PutOption shows a string, or nothing for nil.
func PutOption(s *string) OptionText {
	if s == nil {
		return OptionText{}
	}
	return OptionText{some: 1, text: PutText(*s)}
}

// Get takes the string, if there is one.
func (o OptionText) Get() (string, bool) {
	if o.some == 0 {
		return "", false
	}
	return o.text.String(), true
}

// Pointer takes the string, or nil.
func (o OptionText) Pointer() *string {
	if o.some == 0 {
		return nil
	}
	s := o.text.String()
	return &s
}

// List is a list of T as the host sees it.
type List[T any] struct {
	_   structs.HostLayout
	ptr uint32
	len uint32
}

// PutList shows a list to the host until the next call comes in.
func PutList[T any](items []T) List[T] {
	if len(items) == 0 {
		return List[T]{}
	}
	return List[T]{ptr: Keep(unsafe.Pointer(unsafe.SliceData(items))), len: uint32(len(items))}
}

// Slice takes what the host wrote.
func (l List[T]) Slice() []T { return Slice[T](pointer(l.ptr), l.len) }

// Slice is a list that came as two parameters.
func Slice[T any](ptr unsafe.Pointer, len uint32) []T { return unsafe.Slice((*T)(ptr), len) }

// PutTexts shows a list of strings.
func PutTexts(items []string) List[Text] { return PutList(RawTexts(items)) }

// RawTexts are strings as an import takes them.
func RawTexts(items []string) []Text {
	texts := make([]Text, len(items))
	for i, item := range items {
		texts[i] = PutText(item)
	}
	return texts
}

// Texts takes a list of strings.
func Texts(list []Text) []string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = item.String()
	}
	return texts
}

// Keep holds what p points at until the next call comes in, and gives its address.
func Keep(p unsafe.Pointer) uint32 {
	kept = append(kept, p)
	return uint32(uintptr(p))
}

func pointer(at uint32) unsafe.Pointer { return unsafe.Pointer(uintptr(at)) }

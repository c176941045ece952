package abi

import (
	"structs"
	"unsafe"
)

// Layouts of the records and variants of `types.wit`, field by field. A variant has its tag first and room for its widest case
// after it, in words: a struct of Go in its place would lose what another case has where that struct is padded.
type (
	// Field is a tuple<string, string>.
	Field struct {
		_           structs.HostLayout
		Name, Value Text
	}
	// Reply is an answer over HTTP.
	Reply struct {
		_      structs.HostLayout
		Status uint16
		Fields List[Field]
		Body   Text
	}
	// RpcError is why a call failed.
	RpcError struct {
		_       structs.HostLayout
		Code    uint8
		Class   OptionText
		Message Text
	}
	// Outcome has a Text (0) or an RpcError (1).
	Outcome struct {
		_    structs.HostLayout
		Tag  uint8
		Case [6]uint32
	}
	// Action has nothing (0), a Reply (1) or an Outcome (2).
	Action struct {
		_    structs.HostLayout
		Tag  uint8
		Case [7]uint32
	}
	// Edit has a Field, a Text, a uint16 or an Outcome.
	Edit struct {
		_    structs.HostLayout
		Tag  uint8
		Case [7]uint32
	}
	// Verdict is what a phase returns.
	Verdict struct {
		_      structs.HostLayout
		Action Action
		Edits  List[Edit]
		State  uint64
	}
	// Piece has nothing (0), bytes (1) or a Reply (2).
	Piece struct {
		_    structs.HostLayout
		Tag  uint8
		Case [5]uint32
	}
	// Manifest is what a plugin says about itself.
	Manifest struct {
		_                                   structs.HostLayout
		Name, Version, ConfigSchema         Text
		Interest                            uint8
		RequestWants, CallWants, ReplyWants List[Text]
		RequestBody, ResponseBody           uint8
		OnFailure                           uint8
		Ext                                 List[Field]
	}
	// OkOrText is a result<_, string>.
	OkOrText struct {
		_    structs.HostLayout
		Tag  uint8
		Text Text
	}
	// Endpoint is a provider.
	Endpoint struct {
		_          structs.HostLayout
		ID         uint64
		Address    Text
		Weight     uint32
		Zone       Text
		Parameters List[Field]
	}
)

// Set puts a case into the room that a variant has for it.
func Set[T, Room any](room *Room, value T) {
	*(*T)(unsafe.Pointer(room)) = value
}

// As reads a variant's room as one of its cases.
func As[T, Room any](room *Room) *T {
	return (*T)(unsafe.Pointer(room))
}

// PutError turns an error into a result<_, string>.
func PutError(err error) OkOrText {
	if err == nil {
		return OkOrText{}
	}
	return OkOrText{Tag: 1, Text: PutText(err.Error())}
}

package plugin

import (
	"unsafe"

	"yumen/plugin/internal/abi"
)

// Side is which half of an exchange is meant.
type Side uint8

// The halves.
const (
	Request Side = iota
	Response
)

//go:wasmimport yumen:plugin/exchange@0.1.0 field
func exchangeField(side int32, name string, to unsafe.Pointer)

//go:wasmimport yumen:plugin/exchange@0.1.0 field-all
func exchangeFieldAll(side int32, name string, to unsafe.Pointer)

//go:wasmimport yumen:plugin/exchange@0.1.0 all-fields
func exchangeAllFields(side int32, to unsafe.Pointer)

//go:wasmimport yumen:plugin/exchange@0.1.0 property
func exchangeProperty(name string, to unsafe.Pointer)

//go:wasmimport yumen:plugin/exchange@0.1.0 call
func exchangeCall(to unsafe.Pointer)

//go:wasmimport yumen:plugin/exchange@0.1.0 attachments
func exchangeAttachments(to unsafe.Pointer)

//go:wasmimport yumen:plugin/exchange@0.1.0 arguments
func exchangeArguments(to unsafe.Pointer)

//go:wasmimport yumen:plugin/exchange@0.1.0 argument
func exchangeArgument(index uint32, to unsafe.Pointer)

//go:wasmimport yumen:plugin/exchange@0.1.0 call-outcome
func exchangeCallOutcome(to unsafe.Pointer)

var (
	found  abi.OptionText
	texts  abi.List[abi.Text]
	fields abi.List[abi.Field]
	called struct {
		some            uint32
		service, method abi.Text
		group, version  abi.OptionText
		types           abi.List[abi.Text]
	}
	ended struct {
		some    uint32
		outcome abi.Outcome
	}
)

// Field is the first field of this name.
func (s Side) Field(name string) (string, bool) {
	abi.BeforeImport()
	exchangeField(int32(s), name, unsafe.Pointer(&found))
	abi.AfterImport()
	return found.Get()
}

// All is every value of this name.
func (s Side) All(name string) []string {
	abi.BeforeImport()
	exchangeFieldAll(int32(s), name, unsafe.Pointer(&texts))
	abi.AfterImport()
	return abi.Texts(texts.Slice())
}

// Fields is every field.
func (s Side) Fields() []Field {
	abi.BeforeImport()
	exchangeAllFields(int32(s), unsafe.Pointer(&fields))
	abi.AfterImport()
	return TakeFields(fields.Slice())
}

// Property is one of `route.name`, `request.id`, `client.address`, `listener.name`, `tag.NAME`, and every name that
// RequestWants, CallWants and ResponseWants take.
func Property(name string) (string, bool) {
	abi.BeforeImport()
	exchangeProperty(name, unsafe.Pointer(&found))
	abi.AfterImport()
	return found.Get()
}

// Call is the service call that an exchange became.
type Call struct {
	Service, Method string
	// Group and Version are empty where there is none.
	Group, Version string
	ParameterTypes []string
}

// CurrentCall is the call of this exchange; false before it is known.
func CurrentCall() (Call, bool) {
	abi.BeforeImport()
	exchangeCall(unsafe.Pointer(&called))
	abi.AfterImport()
	if uint8(called.some) == 0 {
		return Call{}, false
	}
	group, _ := called.group.Get()
	version, _ := called.version.Get()
	types := abi.Texts(called.types.Slice())
	return Call{called.service.String(), called.method.String(), group, version, types}, true
}

// Attachments are those of the call.
func Attachments() []Field {
	abi.BeforeImport()
	exchangeAttachments(unsafe.Pointer(&fields))
	abi.AfterImport()
	return TakeFields(fields.Slice())
}

// Arguments are those of the call as a JSON array.
func Arguments() (string, bool) {
	abi.BeforeImport()
	exchangeArguments(unsafe.Pointer(&found))
	abi.AfterImport()
	return found.Get()
}

// Argument is one argument as JSON text.
func Argument(index uint32) (string, bool) {
	abi.BeforeImport()
	exchangeArgument(index, unsafe.Pointer(&found))
	abi.AfterImport()
	return found.Get()
}

// CallOutcome is how the call ended; false before it has.
func CallOutcome() (Outcome, bool) {
	abi.BeforeImport()
	exchangeCallOutcome(unsafe.Pointer(&ended))
	abi.AfterImport()
	if uint8(ended.some) == 0 {
		return Outcome{}, false
	}
	return takeOutcome(&ended.outcome), true
}

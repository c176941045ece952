package plugin

import (
	"os"
	"runtime/debug"
	"unsafe"

	"yumen/plugin/internal/abi"
)

// The functions of this file are for the packages of the worlds.

var (
	current Plugin

	manifest  abi.Manifest
	answer    abi.OkOrText
	edits     []abi.Edit
	verdict   abi.Verdict
	piece     abi.Piece
	trapFirst = "plugin: nothing was exported in init"
)

// Serve makes p the plugin of this module.
func Serve(p Plugin) { current = p }

// Fail logs a panic, where it was, and ends the instance. Deferred by every export.
func Fail() {
	if reason := recover(); reason != nil {
		Error("panic: " + text(reason) + "\n" + string(debug.Stack()))
		os.Exit(2)
	}
	abi.Leave()
}

func text(reason any) string {
	switch reason := reason.(type) {
	case error:
		return reason.Error()
	case string:
		return reason
	default:
		return "not a string or an error"
	}
}

//go:wasmexport yumen:plugin/lifecycle@0.1.0#describe
func describe() unsafe.Pointer {
	abi.Enter()
	defer Fail()
	if current == nil {
		panic(trapFirst)
	}
	m := current.Describe()
	manifest = abi.Manifest{
		Name: abi.PutText(m.Name), Version: abi.PutText(m.Version), ConfigSchema: abi.PutText(m.ConfigSchema),
		Interest:     uint8(m.Interest),
		RequestWants: abi.PutTexts(m.RequestWants), CallWants: abi.PutTexts(m.CallWants), ReplyWants: abi.PutTexts(m.ResponseWants),
		RequestBody: uint8(m.RequestBody), ResponseBody: uint8(m.ResponseBody),
		OnFailure: uint8(m.OnFailure),
		Ext:       putFields(m.Ext),
	}
	return unsafe.Pointer(&manifest)
}

//go:wasmexport yumen:plugin/lifecycle@0.1.0#configure
func configure(json string) unsafe.Pointer {
	abi.Enter()
	defer Fail()
	answer = abi.PutError(current.Configure([]byte(json)))
	return unsafe.Pointer(&answer)
}

//go:wasmexport yumen:plugin/lifecycle@0.1.0#self-test
func selfTest() unsafe.Pointer {
	abi.Enter()
	defer Fail()
	answer = abi.OkOrText{}
	if tester, ok := current.(SelfTester); ok {
		answer = abi.PutError(tester.SelfTest())
	}
	return unsafe.Pointer(&answer)
}

// TakeWanted reads the values that a phase was given.
func TakeWanted(at unsafe.Pointer, count uint32) Wanted {
	return Wanted{abi.Slice[abi.OptionText](at, count)}
}

// Get is the value of the nth thing wanted, if there is one.
func (w Wanted) Get(n int) (string, bool) { return w.values[n].Get() }

// Len is how many things were wanted.
func (w Wanted) Len() int { return len(w.values) }

// PutVerdict shows a verdict to the host.
func PutVerdict(v Verdict) unsafe.Pointer {
	edits = edits[:0]
	for _, e := range v.Edits {
		edits = append(edits, putEdit(e))
	}
	verdict = abi.Verdict{Edits: abi.PutList(edits), State: v.State}
	switch {
	case v.Reply != nil:
		verdict.Action.Tag = 1
		abi.Set(&verdict.Action.Case, putReply(v.Reply))
	case v.EndCall != nil:
		verdict.Action.Tag = 2
		abi.Set(&verdict.Action.Case, putOutcome(*v.EndCall))
	}
	return unsafe.Pointer(&verdict)
}

// PutPiece shows what becomes of a piece of a body.
func PutPiece(p Piece) unsafe.Pointer {
	piece = abi.Piece{}
	switch {
	case p.reply != nil:
		piece.Tag = 2
		abi.Set(&piece.Case, putReply(p.reply))
	case p.change:
		piece.Tag = 1
		abi.Set(&piece.Case, abi.PutBytes(p.replace))
	}
	return unsafe.Pointer(&piece)
}

func putEdit(e Edit) abi.Edit {
	raw := abi.Edit{Tag: e.kind}
	switch e.kind {
	case 0, 1, 9:
		abi.Set(&raw.Case, abi.Field{Name: abi.PutText(e.name), Value: abi.PutText(e.value)})
	case 6:
		abi.Set(&raw.Case, e.status)
	case 8:
		abi.Set(&raw.Case, putOutcome(e.outcome))
	default:
		abi.Set(&raw.Case, abi.PutText(e.name))
	}
	return raw
}

func putReply(r *Reply) abi.Reply {
	return abi.Reply{Status: r.Status, Fields: putFields(r.Fields), Body: abi.PutBytes(r.Body)}
}

func putOutcome(o Outcome) abi.Outcome {
	raw := abi.Outcome{}
	if o.Error == nil {
		abi.Set(&raw.Case, abi.PutText(o.Result))
	} else {
		raw.Tag = 1
		abi.Set(&raw.Case, PutRPCError(o.Error))
	}
	return raw
}

// PutRPCError shows why a call failed.
func PutRPCError(e *RPCError) abi.RpcError {
	raw := abi.RpcError{Code: uint8(e.Code), Message: abi.PutText(e.Message)}
	if e.ExceptionClass != "" {
		raw.Class = abi.PutOption(&e.ExceptionClass)
	}
	return raw
}

func takeRPCError(raw *abi.RpcError) *RPCError {
	class, _ := raw.Class.Get()
	return &RPCError{Code: RPCCode(raw.Code), ExceptionClass: class, Message: raw.Message.String()}
}

func takeOutcome(raw *abi.Outcome) Outcome {
	if raw.Tag == 0 {
		return Outcome{Result: abi.As[abi.Text](&raw.Case).String()}
	}
	return Outcome{Error: takeRPCError(abi.As[abi.RpcError](&raw.Case))}
}

func putFields(fields []Field) abi.List[abi.Field] { return abi.PutList(rawFields(fields)) }

func rawFields(fields []Field) []abi.Field {
	raw := make([]abi.Field, len(fields))
	for i, field := range fields {
		raw[i] = abi.Field{Name: abi.PutText(field.Name), Value: abi.PutText(field.Value)}
	}
	return raw
}

// TakeFields reads names and values.
func TakeFields(raw []abi.Field) []Field {
	fields := make([]Field, len(raw))
	for i, field := range raw {
		fields[i] = Field{field.Name.String(), field.Value.String()}
	}
	return fields
}

// TakeSnapshot reads the providers of a service.
func TakeSnapshot(service string, at unsafe.Pointer, count uint32) Snapshot {
	raw := abi.Slice[abi.Endpoint](at, count)
	endpoints := make([]Endpoint, len(raw))
	for i, one := range raw {
		endpoints[i] = Endpoint{
			ID: one.ID, Address: one.Address.String(), Weight: one.Weight, Zone: one.Zone.String(),
			Parameters: TakeFields(one.Parameters.Slice()),
		}
	}
	return Snapshot{service, endpoints}
}

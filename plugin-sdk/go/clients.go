package plugin

import (
	"errors"
	"time"
	"unsafe"

	"yumen/plugin/internal/abi"
)

//go:wasmimport yumen:plugin/http-client@0.1.0 send
func httpSend(cluster, method, path string, fields unsafe.Pointer, count uint32, body unsafe.Pointer, length uint32,
	timeoutMs uint32, to unsafe.Pointer)

//go:wasmimport yumen:plugin/http-client@0.1.0 send-all
func httpSendAll(requests unsafe.Pointer, count uint32, to unsafe.Pointer)

//go:wasmimport yumen:plugin/dubbo-client@0.1.0 invoke
func dubboInvoke(service, method string, types unsafe.Pointer, count uint32, arguments string, fields unsafe.Pointer,
	fieldCount uint32, timeoutMs uint32, to unsafe.Pointer)

// HTTPRequest goes to an HTTP cluster of the configuration that is granted (grants.clusters). The plugin waits, the gateway
// does not.
type HTTPRequest struct {
	Cluster, Method, Path string
	Fields                []Field
	Body                  []byte
	Timeout               time.Duration
}

// HTTPResponse is what it answered.
type HTTPResponse struct {
	Status uint16
	Fields []Field
	Body   []byte
}

type httpRequest struct {
	cluster, method, path abi.Text
	fields                abi.List[abi.Field]
	body                  abi.Text
	timeoutMs             uint32
}

type httpResult struct {
	tag  uint32
	room [5]uint32 // a response is laid out as a reply is
}

var (
	received httpResult
	answers  abi.List[httpResult]
)

// Send sends one request and waits for the answer.
func Send(request HTTPRequest) (HTTPResponse, error) {
	fields := rawFields(request.Fields)
	abi.BeforeImport()
	httpSend(request.Cluster, request.Method, request.Path, unsafe.Pointer(unsafe.SliceData(fields)), uint32(len(fields)),
		unsafe.Pointer(unsafe.SliceData(request.Body)), uint32(len(request.Body)), milliseconds(request.Timeout),
		unsafe.Pointer(&received))
	abi.AfterImport()
	return received.take()
}

// Sent is what became of one of many requests.
type Sent struct {
	Response HTTPResponse
	Err      error
}

// SendAll sends all at once; answers come in the order of the requests.
func SendAll(requests []HTTPRequest) []Sent {
	raw := make([]httpRequest, len(requests))
	for i, request := range requests {
		raw[i] = putRequest(request)
	}
	abi.BeforeImport()
	httpSendAll(unsafe.Pointer(unsafe.SliceData(raw)), uint32(len(raw)), unsafe.Pointer(&answers))
	abi.AfterImport()
	results := answers.Slice()
	sent := make([]Sent, len(results))
	for i := range results {
		sent[i].Response, sent[i].Err = results[i].take()
	}
	return sent
}

func putRequest(r HTTPRequest) httpRequest {
	return httpRequest{
		cluster: abi.PutText(r.Cluster), method: abi.PutText(r.Method), path: abi.PutText(r.Path),
		fields: putFields(r.Fields), body: abi.PutBytes(r.Body), timeoutMs: milliseconds(r.Timeout),
	}
}

func (r *httpResult) take() (HTTPResponse, error) {
	if uint8(r.tag) == 0 {
		raw := abi.As[abi.Reply](&r.room)
		return HTTPResponse{raw.Status, TakeFields(raw.Fields.Slice()), raw.Body.Bytes()}, nil
	}
	failed := abi.As[kvError](&r.room)
	known := []error{ErrDenied, ErrUnknown, ErrTimeout, ErrBudget, ErrTooLarge}
	if tag := uint8(failed.tag); int(tag) < len(known) {
		return HTTPResponse{}, known[tag]
	}
	return HTTPResponse{}, errors.New(failed.text.String())
}

// Invocation is a call of a Dubbo service of the configuration that is granted (grants.services).
type Invocation struct {
	// Service is its name in the configuration.
	Service, Method string
	// ParameterTypes are Java's, for a service whose methods are not known or to tell overloads apart; else none.
	ParameterTypes []string
	// Arguments is a JSON array.
	Arguments   string
	Attachments []Field
	Timeout     time.Duration
}

var invoked struct {
	tag   uint32
	value struct {
		tag  uint32
		body [6]uint32
	}
}

// Invoke calls and waits for the result, JSON text. An error of the call itself is an *RPCError.
func Invoke(call Invocation) (string, error) {
	types, fields := abi.RawTexts(call.ParameterTypes), rawFields(call.Attachments)
	abi.BeforeImport()
	dubboInvoke(call.Service, call.Method, unsafe.Pointer(unsafe.SliceData(types)), uint32(len(types)), call.Arguments,
		unsafe.Pointer(unsafe.SliceData(fields)), uint32(len(fields)), milliseconds(call.Timeout), unsafe.Pointer(&invoked))
	abi.AfterImport()
	value := &invoked.value
	if uint8(invoked.tag) == 0 {
		return abi.As[abi.Text](value).String(), nil
	}
	switch uint8(value.tag) {
	case 0:
		return "", ErrDenied
	case 1:
		return "", ErrUnknown
	case 2:
		return "", ErrBudget
	case 3:
		return "", errors.New(abi.As[abi.Text](&value.body).String())
	default:
		return "", takeRPCError(abi.As[abi.RpcError](&value.body))
	}
}

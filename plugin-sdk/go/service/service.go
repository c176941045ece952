// Package service is the world of Dubbo services that run in the gateway.
package service

import (
	"errors"
	"structs"
	"time"
	"unsafe"

	"yumen/plugin"
	"yumen/plugin/internal/abi"
)

// Method is one that callers may call. Types are Java's: java.lang.String, long, java.util.List<java.lang.String>.
type Method struct {
	Name           string
	ParameterTypes []string
	ReturnType     string
}

// Interface is a service offered; Group and Version may be empty.
type Interface struct {
	Name, Group, Version string
	Methods              []Method
}

// Invocation is a call that came in.
type Invocation struct {
	Service, Method string
	ParameterTypes  []string
	// Arguments is a JSON array.
	Arguments   string
	Attachments []plugin.Field
	Timeout     time.Duration
}

// Service is a plugin that answers calls.
type Service interface {
	plugin.Plugin
	Services() []Interface
	// Invoke returns the result as JSON text. An error that is not a *plugin.RPCError becomes a ServiceError.
	Invoke(call Invocation) (string, error)
}

type rawMethod struct {
	_      structs.HostLayout
	name   abi.Text
	types  abi.List[abi.Text]
	result abi.Text
}

type rawService struct {
	_              structs.HostLayout
	name           abi.Text
	group, version abi.OptionText
	methods        abi.List[rawMethod]
}

// More than sixteen flat parameters would come as a pointer; an invocation has eleven.
var (
	current Service
	offered abi.List[rawService]
	invoked abi.Outcome
)

// Export makes s the service of this module. Call it in init.
func Export(s Service) {
	current = s
	plugin.Serve(s)
}

//go:wasmexport yumen:plugin/serving@0.1.0#services
func services() unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	list := current.Services()
	raw := make([]rawService, len(list))
	for i, one := range list {
		methods := make([]rawMethod, len(one.Methods))
		for j, m := range one.Methods {
			methods[j] = rawMethod{name: abi.PutText(m.Name), types: abi.PutTexts(m.ParameterTypes), result: abi.PutText(m.ReturnType)}
		}
		raw[i] = rawService{
			name: abi.PutText(one.Name), group: option(one.Group), version: option(one.Version), methods: abi.PutList(methods),
		}
	}
	offered = abi.PutList(raw)
	return unsafe.Pointer(&offered)
}

func option(s string) abi.OptionText {
	if s == "" {
		return abi.OptionText{}
	}
	return abi.PutOption(&s)
}

//go:wasmexport yumen:plugin/serving@0.1.0#invoke
func invoke(service, method string, types unsafe.Pointer, count uint32, arguments string,
	attachments unsafe.Pointer, fields uint32, timeoutMs uint32) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	result, err := current.Invoke(Invocation{
		Service: service, Method: method, ParameterTypes: abi.Texts(abi.Slice[abi.Text](types, count)), Arguments: arguments,
		Attachments: plugin.TakeFields(abi.Slice[abi.Field](attachments, fields)),
		Timeout:     time.Duration(timeoutMs) * time.Millisecond,
	})
	invoked = abi.Outcome{}
	if err == nil {
		abi.Set(&invoked.Case, abi.PutText(result))
		return unsafe.Pointer(&invoked)
	}
	failed := &plugin.RPCError{Code: plugin.ServiceError, Message: err.Error()}
	errors.As(err, &failed)
	invoked.Tag = 1
	abi.Set(&invoked.Case, plugin.PutRPCError(failed))
	return unsafe.Pointer(&invoked)
}

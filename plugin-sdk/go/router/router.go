// Package router is the world of routers, which narrow the providers of a call.
package router

import (
	"unsafe"

	"yumen/plugin"
	"yumen/plugin/internal/abi"
)

// Router is a plugin that narrows the providers of a call.
type Router interface {
	plugin.Plugin
	// Prepare: the providers of a service changed. Returns lists of places in the snapshot that Route may name.
	Prepare(snapshot plugin.Snapshot) ([][]uint32, error)
	// Route: a call. wanted holds the values of CallWants.
	Route(service string, wanted plugin.Wanted) Decision
}

// Decision is who may take a call.
type Decision struct {
	tag    uint8
	subset uint32
	places []uint32
	reject *plugin.RPCError
}

// All of them.
func All() Decision { return Decision{} }

// Subset is one of the lists that Prepare returned.
func Subset(n uint32) Decision { return Decision{tag: 1, subset: n} }

// Places are these of the snapshot.
func Places(places ...uint32) Decision { return Decision{tag: 2, places: places} }

// Reject ends the call.
func Reject(reason *plugin.RPCError) Decision { return Decision{tag: 3, reject: reason} }

var (
	current  Router
	prepared struct {
		tag   uint8
		value abi.Text
	}
	decided struct {
		tag   uint8
		value [6]uint32
	}
)

// Export makes r the router of this module. Call it in init.
func Export(r Router) {
	current = r
	plugin.Serve(r)
}

//go:wasmexport yumen:plugin/routing@0.1.0#prepare
func prepare(service string, endpoints unsafe.Pointer, count uint32) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	lists, err := current.Prepare(plugin.TakeSnapshot(service, endpoints, count))
	if err != nil {
		prepared.tag, prepared.value = 1, abi.PutText(err.Error())
		return unsafe.Pointer(&prepared)
	}
	raw := make([]abi.List[uint32], len(lists))
	for i, list := range lists {
		raw[i] = abi.PutList(list)
	}
	prepared.tag = 0
	abi.Set(&prepared.value, abi.PutList(raw))
	return unsafe.Pointer(&prepared)
}

//go:wasmexport yumen:plugin/routing@0.1.0#route
func route(service string, wanted unsafe.Pointer, count uint32) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	d := current.Route(service, plugin.TakeWanted(wanted, count))
	decided.tag = d.tag
	switch d.tag {
	case 1:
		abi.Set(&decided.value, d.subset)
	case 2:
		abi.Set(&decided.value, abi.PutList(d.places))
	case 3:
		abi.Set(&decided.value, plugin.PutRPCError(d.reject))
	}
	return unsafe.Pointer(&decided)
}

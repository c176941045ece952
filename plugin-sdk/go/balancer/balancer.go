// Package balancer is the world of load balancers, which choose one provider of a list.
package balancer

import (
	"unsafe"

	"yumen/plugin"
	"yumen/plugin/internal/abi"
)

// Nobody leaves the choice to the gateway.
const Nobody = ^uint32(0)

// Balancer is a plugin that chooses one provider of a list.
type Balancer interface {
	plugin.Plugin
	// Rebuild: a list that Pick will be asked about came or changed. A list is known by its number.
	Rebuild(list uint32, snapshot plugin.Snapshot) error
	// Forget: the list is needed no more.
	Forget(list uint32)
	// Pick returns a place in the list, or Nobody. key is a hash of the values of CallWants (0 without), attempt counts from
	// 0, exclude is the place tried last or Nobody.
	Pick(list uint32, key uint64, attempt, exclude uint32) uint32
}

var (
	current Balancer
	rebuilt abi.OkOrText
)

// Export makes b the balancer of this module. Call it in init.
func Export(b Balancer) {
	current = b
	plugin.Serve(b)
}

//go:wasmexport yumen:plugin/balancing@0.1.0#rebuild
func rebuild(list uint32, service string, endpoints unsafe.Pointer, count uint32) unsafe.Pointer {
	abi.Enter()
	defer plugin.Fail()
	rebuilt = abi.PutError(current.Rebuild(list, plugin.TakeSnapshot(service, endpoints, count)))
	return unsafe.Pointer(&rebuilt)
}

//go:wasmexport yumen:plugin/balancing@0.1.0#forget
func forget(list uint32) {
	abi.Enter()
	defer plugin.Fail()
	current.Forget(list)
}

//go:wasmexport yumen:plugin/balancing@0.1.0#pick
func pick(list uint32, key uint64, attempt, exclude uint32) uint32 {
	abi.Enter()
	defer plugin.Fail()
	return current.Pick(list, key, attempt, exclude)
}

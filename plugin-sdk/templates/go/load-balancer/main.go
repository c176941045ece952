// Picks the provider with the fewest calls on their way.
package main

import (
	"yumen/plugin"
	"yumen/plugin/balancer"
)

// How many providers each list has.
type addTenant map[uint32]int

func init() { balancer.Export(addTenant{}) }

func main() {}

func (addTenant) Describe() plugin.Manifest {
	return plugin.Manifest{Name: "add-tenant", Version: "0.1.0"}
}

func (addTenant) Configure([]byte) error { return nil }

func (p addTenant) Rebuild(list uint32, snapshot plugin.Snapshot) error {
	p[list] = len(snapshot.Endpoints)
	return nil
}

func (p addTenant) Forget(list uint32) { delete(p, list) }

func (p addTenant) Pick(list uint32, key uint64, attempt, exclude uint32) uint32 {
	best, fewest := balancer.Nobody, ^uint32(0)
	for place := range uint32(p[list]) {
		if place == exclude || !plugin.Available(place) {
			continue
		}
		if active := plugin.Active(place); active < fewest {
			best, fewest = place, active
		}
	}
	return best
}

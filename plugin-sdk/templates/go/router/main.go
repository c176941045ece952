// Sends calls to the providers of the zone that the request names, where there are any.
package main

import (
	"yumen/plugin"
	"yumen/plugin/router"
)

// For each service: the number of the list of each zone.
type addTenant map[string]map[string]uint32

func init() { router.Export(addTenant{}) }

func main() {}

func (addTenant) Describe() plugin.Manifest {
	return plugin.Manifest{Name: "add-tenant", Version: "0.1.0", CallWants: []string{"request.x-zone"}}
}

func (addTenant) Configure([]byte) error { return nil }

func (p addTenant) Prepare(snapshot plugin.Snapshot) ([][]uint32, error) {
	zones, lists := map[string]uint32{}, [][]uint32{}
	for place, endpoint := range snapshot.Endpoints {
		list, known := zones[endpoint.Zone]
		if !known {
			list = uint32(len(lists))
			zones[endpoint.Zone] = list
			lists = append(lists, nil)
		}
		lists[list] = append(lists[list], uint32(place))
	}
	p[snapshot.Service] = zones
	return lists, nil
}

func (p addTenant) Route(service string, wanted plugin.Wanted) router.Decision {
	zone, _ := wanted.Get(0)
	if list, known := p[service][zone]; known {
		return router.Subset(list)
	}
	return router.All()
}

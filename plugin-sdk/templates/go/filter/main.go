// Tells the tenant to what comes after, and refuses requests without a key of one.
package main

import (
	_ "embed"
	"encoding/json"
	"strings"

	"yumen/plugin"
	"yumen/plugin/filter"
)

//go:embed schema.json
var schema string

type addTenant struct {
	filter.Defaults
	Header string `json:"header"`
}

func init() { filter.Export(&addTenant{Header: "x-tenant"}) }

func main() {}

func (p *addTenant) Describe() plugin.Manifest {
	return plugin.Manifest{
		Name: "add-tenant", Version: "0.1.0", ConfigSchema: schema,
		Interest: plugin.RequestHead, RequestWants: []string{"x-api-key"},
	}
}

func (p *addTenant) Configure(config []byte) error { return json.Unmarshal(config, p) }

func (p *addTenant) OnRequest(_ plugin.Protocol, wanted plugin.Wanted) plugin.Verdict {
	key, _ := wanted.Get(0)
	tenant, _, found := strings.Cut(key, "-")
	if !found {
		plugin.Info("refused: no key of a tenant")
		return plugin.Refuse(403, "x-api-key must be TENANT-SECRET\n")
	}
	return plugin.Next().Set(p.Header, tenant)
}

// A Dubbo service in the gateway: com.example.GreetingService.
package main

import (
	_ "embed"
	"encoding/json"

	"yumen/plugin"
	"yumen/plugin/service"
)

//go:embed schema.json
var schema string

type addTenant struct {
	Greeting string `json:"greeting"`
}

func init() { service.Export(&addTenant{Greeting: "Hello"}) }

func main() {}

func (p *addTenant) Describe() plugin.Manifest {
	return plugin.Manifest{Name: "add-tenant", Version: "0.1.0", ConfigSchema: schema}
}

func (p *addTenant) Configure(config []byte) error { return json.Unmarshal(config, p) }

func (p *addTenant) Services() []service.Interface {
	text := "java.lang.String"
	greet := service.Method{Name: "greet", ParameterTypes: []string{text}, ReturnType: text}
	return []service.Interface{{Name: "com.example.GreetingService", Methods: []service.Method{greet}}}
}

func (p *addTenant) Invoke(call service.Invocation) (string, error) {
	var arguments []string
	if err := json.Unmarshal([]byte(call.Arguments), &arguments); err != nil {
		return "", &plugin.RPCError{Code: plugin.BadRequest, Message: err.Error()}
	}
	if len(arguments) != 1 || arguments[0] == "" {
		return "", &plugin.RPCError{Code: plugin.BadRequest, Message: "nobody cannot be greeted"}
	}
	result, err := json.Marshal(p.Greeting + ", " + arguments[0] + "!")
	return string(result), err
}

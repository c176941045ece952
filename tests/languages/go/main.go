// Calls everything that the gateway offers, and returns everything that a filter can.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"yumen/plugin"
	"yumen/plugin/filter"
)

type everything struct{ filter.Defaults }

func init() { filter.Export(everything{}) }

func main() {}

func (everything) Describe() plugin.Manifest {
	return plugin.Manifest{
		Name: "go-everything", Version: "0.1.0", Interest: 127,
		RequestWants: []string{"x-tenant"}, CallWants: []string{"zone"}, ResponseWants: []string{"server"},
		RequestBody: plugin.Buffered, ResponseBody: plugin.Buffered, OnFailure: plugin.Reload,
		Ext: []plugin.Field{{Name: "k", Value: "v"}},
	}
}

func (everything) Configure(config []byte) error {
	if bytes.Contains(config, []byte("refuse")) {
		return errors.New("as it was told")
	}
	return nil
}

func say(parts ...any) { plugin.Info(strings.TrimSuffix(fmt.Sprintln(parts...), "\n")) }

func or(value string, there bool) string {
	if there {
		return value
	}
	return "-"
}

func (everything) OnRequest(_ plugin.Protocol, wanted plugin.Wanted) plugin.Verdict {
	switch tenant, _ := wanted.Get(0); tenant {
	case "end":
		failed := &plugin.RPCError{Code: plugin.NetworkError, ExceptionClass: "com.example.Gone", Message: "gone"}
		return plugin.Verdict{EndCall: &plugin.Outcome{Error: failed}}
	case "trap":
		panic("as it was told")
	}
	numbers()
	kv()
	_, none := plugin.Request.Field("none")
	tenant, _ := plugin.Request.Field("x-tenant")
	say("fields", tenant, or("", none), len(plugin.Request.Fields()))
	return plugin.Verdict{State: 1 << 40}.With(
		plugin.Set("a", "1"), plugin.Append("a", "2"), plugin.Remove("b"), plugin.SetMethod("POST"), plugin.SetPath("/c"),
		plugin.SetAuthority("d"), plugin.Tag("e", "f"))
}

func numbers() {
	counter, err1 := plugin.NewCounter("things", plugin.Field{Name: "l", Value: "m"})
	gauge, err2 := plugin.NewGauge("level")
	counter.Add(2)
	gauge.Record(1 << 40)
	say("metrics", err1 == nil && err2 == nil)
	hits, _ := plugin.OpenCounters("hits", time.Hour)
	say("counters", hits.Add(7, 3), hits.Get(7), hits.Previous(7))
	say("system", plugin.Now() > 1e12 && plugin.Random() != plugin.Random() && time.Now().Year() > 2000 && hits.Remaining() > 0)
}

func kv() {
	shelf := plugin.Bucket("shelf")
	entry, _, _ := shelf.Get("book")
	_, _, denied := plugin.Bucket("secret").Get("book")
	version, _ := shelf.Put("book", []byte("eight"), time.Minute)
	_, conflict := shelf.Swap("book", []byte("nine"), version+1, 0)
	if _, err := shelf.Swap("book", []byte("nine"), version, 0); err != nil {
		conflict = err
	}
	first, _ := shelf.Remove("book")
	second, _ := shelf.Remove("book")
	words := map[error]string{plugin.ErrDenied: "denied", plugin.ErrConflict: "conflict"}
	say("kv", string(entry.Value), words[denied], words[conflict], first, second)
}

func (everything) OnBody(side plugin.Side, body []byte, last bool, state uint64) plugin.Piece {
	if side == plugin.Request && last && state == 1<<40 {
		return plugin.Replace(body[:3])
	}
	return plugin.Pass()
}

func (everything) OnCall(wanted plugin.Wanted, state uint64) plugin.Verdict {
	call, _ := plugin.CurrentCall()
	say("call", call.Service, call.Method, or(call.Group, call.Group != ""), call.Version, call.ParameterTypes[0])
	all, _ := plugin.Arguments()
	first, _ := plugin.Argument(0)
	_, second := plugin.Argument(1)
	say("arguments", all, first, or("", second), len(plugin.Attachments()))
	route, _ := plugin.Property("route.name")
	_, none := plugin.Property("none")
	say("property", route, or("", none))
	http()
	result, _ := plugin.Invoke(plugin.Invocation{Service: "users", Method: "get", Arguments: "[7]", Timeout: time.Second,
		ParameterTypes: []string{"long"}, Attachments: plugin.Attachments()})
	_, err := plugin.Invoke(plugin.Invocation{Service: "users", Method: "drop", Arguments: "[]"})
	failed := err.(*plugin.RPCError)
	codes := map[plugin.RPCCode]string{plugin.ServerTimeout: "server-timeout", plugin.Overloaded: "overloaded"}
	say("dubbo", result, codes[failed.Code], failed.ExceptionClass, failed.Message)
	text, _ := plugin.Property(strings.Repeat("x", 100000))
	say("long", len(text)+len(strings.Repeat("x", 100000)))
	return plugin.Verdict{State: state}.With(plugin.SetArguments("[8]"))
}

func http() {
	request := plugin.HTTPRequest{Cluster: "identity", Method: "POST", Path: "/one", Body: []byte("x"), Timeout: time.Second,
		Fields: []plugin.Field{{Name: "a", Value: "b"}}}
	one, _ := plugin.Send(request)
	two, three, four := request, request, request
	two.Path, three.Path, four.Cluster = "/two", "/three", "secret"
	sent := plugin.SendAll([]plugin.HTTPRequest{two, three, four})
	words := map[error]string{plugin.ErrTimeout: "timeout", plugin.ErrDenied: "denied"}
	say("http", one.Status, one.Fields[0].Value, string(one.Body), words[sent[0].Err], sent[1].Err, words[sent[2].Err])
}

func (everything) OnOutcome(ok bool, state uint64) plugin.Verdict {
	outcome, _ := plugin.CallOutcome()
	say("outcome", map[plugin.RPCCode]string{plugin.Overloaded: "overloaded"}[outcome.Error.Code], outcome.Error.ExceptionClass,
		outcome.Error.Message)
	return plugin.Next().With(plugin.SetOutcome(plugin.Outcome{Result: `{"id":8}`}))
}

func (everything) OnResponse(status uint16, wanted plugin.Wanted, state uint64) plugin.Verdict {
	server, _ := wanted.Get(0)
	say("response", server)
	return plugin.Next().With(plugin.SetStatus(status + 2))
}

func (everything) OnEnd(status uint16, took time.Duration, state uint64) { say("end", status) }

// Package plugin is what a Go plugin of the Yumen gateway is written with. A plugin is a value with the methods of one of the
// worlds, given to filter.Export, router.Export, balancer.Export or service.Export in init.
package plugin

import "yumen/plugin/internal/abi"

// Field is a name and its value; names are lower case.
type Field struct{ Name, Value string }

// Protocol is how a request came in.
type Protocol uint8

// The protocols.
const (
	HTTP1 Protocol = iota
	HTTP2
	HTTP3
	GRPC
	Dubbo
	Triple
)

// Interest names the phases a filter takes part in, joined by |. A phase that is not named is never called and costs nothing.
type Interest uint8

// The phases.
const (
	RequestHead Interest = 1 << iota
	RequestBody
	CallPhase
	OutcomePhase
	ResponseHead
	ResponseBody
	End
)

// BodyMode is how a body is shown.
type BodyMode uint8

// Not at all, whole, or piece by piece as it comes.
const (
	NoBody BodyMode = iota
	Buffered
	Streamed
)

// FailurePolicy is what the gateway does with a request when the plugin fails at it.
type FailurePolicy uint8

// Refuse the request, go on without the plugin, or try once more with a new instance.
const (
	Closed FailurePolicy = iota
	Open
	Reload
)

// Manifest is what a plugin says about itself.
type Manifest struct {
	Name    string
	Version string
	// ConfigSchema is a JSON Schema (2020-12) of the configuration. Empty: any object.
	ConfigSchema string
	Interest     Interest
	// RequestWants is what OnRequest gets, in this order: names of request fields, and `:method`, `:path` (with the query),
	// `:authority`, `:client` (address), `:route`, `tag.NAME`.
	RequestWants []string
	// CallWants is what OnCall, Route and the key of a balancer get: names of attachments, and `:service`, `:method`,
	// `:group`, `:version`, `request.NAME`, `tag.NAME`, `argument.N` (JSON text, from 0).
	CallWants []string
	// ResponseWants is what OnResponse gets: names of response fields, `request.NAME` and `tag.NAME`.
	ResponseWants []string
	RequestBody   BodyMode
	ResponseBody  BodyMode
	OnFailure     FailurePolicy
	// Ext is room for facts that later versions of the contract name.
	Ext []Field
}

// Plugin is what every plugin offers.
type Plugin interface {
	// Describe is asked once for a version, before Configure.
	Describe() Manifest
	// Configure is called once for each instance, with JSON that the schema has judged. An error refuses the version.
	Configure(json []byte) error
}

// SelfTester is a plugin that tests itself once for a version, before it serves. An error refuses the version.
type SelfTester interface{ SelfTest() error }

// Wanted holds the values of what a manifest wants, in its order.
type Wanted struct{ values []abi.OptionText }

// Reply is an answer over HTTP. The gateway sets content-length and refuses hop-by-hop fields.
type Reply struct {
	Status uint16
	Fields []Field
	Body   []byte
}

// RPCCode is one of Dubbo's statuses of a response.
type RPCCode uint8

// The statuses.
const (
	OK RPCCode = iota
	ClientTimeout
	ServerTimeout
	BadRequest
	BadResponse
	ServiceNotFound
	ServiceError
	ServerError
	ClientError
	Overloaded
	NetworkError
)

// RPCError is why a call failed.
type RPCError struct {
	Code RPCCode
	// ExceptionClass is the Java class of the exception that the method threw; empty when it threw none.
	ExceptionClass string
	Message        string
}

// Error makes it an error of Go.
func (e *RPCError) Error() string { return e.Message }

// Outcome is how a call ended: its result as JSON text, or an error.
type Outcome struct {
	Result string
	Error  *RPCError
}

// Verdict is how an exchange goes on: its edits, and an answer if it ends here.
type Verdict struct {
	// Reply answers now. Over Dubbo the body becomes the message of an exception.
	Reply *Reply
	// EndCall ends the call now, as if the provider had ended it so. Over HTTP an error becomes a status.
	EndCall *Outcome
	Edits   []Edit
	// State is given to the plugin's later phases of the same exchange. Any instance may serve them.
	State uint64
}

// Next lets the exchange go on.
func Next() Verdict { return Verdict{} }

// Refuse answers with a status and a text.
func Refuse(status uint16, text string) Verdict {
	fields := []Field{{"content-type", "text/plain; charset=utf-8"}}
	return Verdict{Reply: &Reply{Status: status, Fields: fields, Body: []byte(text)}}
}

// With is the verdict with more edits.
func (v Verdict) With(edits ...Edit) Verdict {
	v.Edits = append(v.Edits, edits...)
	return v
}

// Set is the verdict with a field set: of the request in OnRequest, of the response in OnOutcome and OnResponse; in OnCall an
// attachment.
func (v Verdict) Set(name, value string) Verdict { return v.With(Set(name, value)) }

// Remove is the verdict with a field removed.
func (v Verdict) Remove(name string) Verdict { return v.With(Remove(name)) }

// Tag is the verdict with a note on the exchange, seen by every later plugin (`tag.NAME`) and by the access log.
func (v Verdict) Tag(name, value string) Verdict { return v.With(Tag(name, value)) }

// Edit is a change of what passes.
type Edit struct {
	kind    uint8
	name    string
	value   string
	status  uint16
	outcome Outcome
}

// Set sets a field or an attachment.
func Set(name, value string) Edit { return Edit{kind: 0, name: name, value: value} }

// Append adds one more value.
func Append(name, value string) Edit { return Edit{kind: 1, name: name, value: value} }

// Remove removes all values.
func Remove(name string) Edit { return Edit{kind: 2, name: name} }

// SetMethod changes the method of the request, in OnRequest.
func SetMethod(method string) Edit { return Edit{kind: 3, name: method} }

// SetPath changes the path with its query, in OnRequest.
func SetPath(path string) Edit { return Edit{kind: 4, name: path} }

// SetAuthority changes the authority, in OnRequest.
func SetAuthority(authority string) Edit { return Edit{kind: 5, name: authority} }

// SetStatus changes the status, in OnResponse.
func SetStatus(status uint16) Edit { return Edit{kind: 6, status: status} }

// SetArguments changes the arguments of the call, a JSON array, in OnCall.
func SetArguments(json string) Edit { return Edit{kind: 7, name: json} }

// SetOutcome changes what the call is taken to have ended with, in OnOutcome.
func SetOutcome(outcome Outcome) Edit { return Edit{kind: 8, outcome: outcome} }

// Tag leaves a note on the exchange.
func Tag(name, value string) Edit { return Edit{kind: 9, name: name, value: value} }

// Piece is what becomes of a piece of a body; zero lets it pass.
type Piece struct {
	replace []byte
	change  bool
	reply   *Reply
}

// Pass lets a piece pass.
func Pass() Piece { return Piece{} }

// Replace puts other bytes in its place; none drop it.
func Replace(bytes []byte) Piece { return Piece{replace: bytes, change: true} }

// Answer ends the exchange with a reply.
func Answer(reply Reply) Piece { return Piece{reply: &reply} }

// Endpoint is a provider.
type Endpoint struct {
	// ID is the same as long as the provider is.
	ID uint64
	// Address is host:port.
	Address string
	// Weight has warm-up counted, as of now.
	Weight uint32
	Zone   string
	// Parameters are those of the provider's URL.
	Parameters []Field
}

// Snapshot is the providers of a service.
type Snapshot struct {
	Service   string
	Endpoints []Endpoint
}

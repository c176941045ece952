//go:build tools

// Package h2spec pins the HTTP/2 conformance tool that the tests run; `./x peers` builds it.
//
// 2.2.1 is the newest that is a Go module: later tags carry a go.mod whose path lacks the /v2 that their number asks
// for, so no module proxy serves them. The 145 cases are the same in number.
package h2spec

import _ "github.com/summerwind/h2spec/cmd/h2spec"

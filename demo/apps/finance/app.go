// Package finance is the finance app. Because crm and finance call each other,
// this package holds finance's messages, and package logic its records and
// handlers: callers import only the messages.
package finance

import (
	_ "embed"

	"github.com/apposengine/appos"
)

//go:embed app.yaml
var manifest []byte

// App is what the objects of this app are declared on.
var App = appos.NewApp("finance", manifest)

// Finance is the group that keeps the books.
const Finance appos.Group = "finance"

package server

import (
	"reflect"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/object"
)

type located struct {
	First  string
	Second int // this line is what fieldLine finds
}

func TestFieldLine(t *testing.T) {
	o := &object.Object{Source: object.Source{File: "server/main.go", Line: 1}, Record: &object.Record{Type: reflect.TypeFor[located]()}}
	if got := fieldLine(o, "Second"); got != "server/fieldsource_test.go:13" {
		t.Errorf("found %q", got)
	}
	o.Source.File = "nowhere/at/all.go"
	if got := fieldLine(o, "Second"); got != "" && !strings.HasPrefix(got, "nowhere") {
		t.Errorf("found %q", got)
	}
}

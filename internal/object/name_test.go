package object_test

import (
	"testing"

	"github.com/apposengine/appos/internal/object"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct{ in, snake, words, plural string }{
		{"Customer", "customer", "Customer", "customers"},
		{"OrderLine", "order_line", "Order line", "order_lines"},
		{"CustomerID", "customer_id", "Customer id", "customer_ids"},
		{"HTTPServer", "http_server", "Http server", "http_servers"},
		{"ID", "id", "ID", "ids"},
		{"Category", "category", "Category", "categories"},
		{"Day", "day", "Day", "days"},
		{"Tax", "tax", "Tax", "taxes"},
		{"Address", "address", "Address", "addresses"},
		{"Branch", "branch", "Branch", "branches"},
	} {
		snake := object.Snake(tt.in)
		if snake != tt.snake {
			t.Errorf("Snake(%q) = %q, want %q", tt.in, snake, tt.snake)
		}
		if got := object.Humanize(snake); got != tt.words {
			t.Errorf("Humanize(%q) = %q, want %q", snake, got, tt.words)
		}
		if got := object.Plural(snake); got != tt.plural {
			t.Errorf("Plural(%q) = %q, want %q", snake, got, tt.plural)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"status", "placed_at", "customer_id"}
	for in, want := range map[string]string{"statsu": "status", "placed": "placed_at", "customer": "customer_id", "zzzzzz": "", "": ""} {
		if got := object.Nearest(in, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPermissions(t *testing.T) {
	for _, name := range []string{"view", "use", "create", "update", "delete", "admin"} {
		p, ok := object.ParsePermission(name)
		if !ok || p.String() != name || len(p.Split()) != 1 {
			t.Errorf("%q is parsed as %q, %v", name, p, ok)
		}
	}
	if p, ok := object.ParsePermission("view,use"); ok {
		t.Errorf("two at once are parsed as %q", p)
	}
	if got := object.AllPermissions.String(); got != "view,use,create,update,delete,admin" {
		t.Errorf("all are %q", got)
	}
}

// TestEveryKind holds what other packages rely on for each kind: a name of its
// own, a plural that is its folder and the segment of its references, and
// defaults within what means something for it.
func TestEveryKind(t *testing.T) {
	seen := map[string]object.Kind{}
	for _, k := range object.Kinds() {
		for _, name := range []string{k.String(), k.Plural(), k.Title()} {
			if name == "" || name == "unknown" {
				t.Errorf("kind %d has no name", k)
			}
		}
		if other, ok := seen[k.Plural()]; ok {
			t.Errorf("%s and %s share the segment %q", other, k, k.Plural())
		}
		seen[k.Plural()] = k
		if extra := k.Inherits() &^ k.Permissions(); extra != 0 {
			t.Errorf("%s inherits %s, which means nothing for it", k, extra)
		}
		if k.Permissions()&object.Admin == 0 {
			t.Errorf("%s has no admin permission", k)
		}
		if k.Tier() == object.TierExplicit && k.Inherits() != 0 {
			t.Errorf("%s must be explicit, but inherits %s", k, k.Inherits())
		}
	}
}

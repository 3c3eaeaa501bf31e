package store_test

import (
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/store"
)

func TestIdentifier(t *testing.T) {
	long := strings.Repeat("a", 40)
	one := store.IndexName(long, store.Index{Columns: []string{"first_column", "second"}, Unique: true})
	other := store.IndexName(long, store.Index{Columns: []string{"first_column", "other"}, Unique: true})
	if one == other || len(one) > store.MaxIdentifier || !strings.HasPrefix(one, "uq_"+long) || one != store.Identifier("uq", long, "first_column", "second") {
		t.Errorf("long names are %q and %q", one, other)
	}
	if got := store.IndexName("crm_order", store.Index{Columns: []string{"status", "id"}}); got != "ix_crm_order_status_id" {
		t.Errorf("a short name is %q", got)
	}
	if got := store.Identifier(strings.Repeat("b", store.MaxIdentifier)); len(got) != store.MaxIdentifier || strings.Trim(got, "b") != "" {
		t.Errorf("a name that fits is %q", got)
	}
}

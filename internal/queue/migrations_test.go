package queue_test

import (
	"flag"
	"testing"

	"github.com/apposengine/appos/internal/migrate"
)

var accept = flag.Bool("accept", false, "write the checksums of the migrations of River's tables")

func TestMigrationsAreAccepted(t *testing.T) {
	if *accept {
		if _, err := migrate.Hash("migrations", "migrations", nil); err != nil {
			t.Fatal(err)
		}
	}
}

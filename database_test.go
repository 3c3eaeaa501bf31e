package appos_test

import (
	"testing"

	"github.com/apposengine/appos/internal/store/storetest"
)

// What the SDK says is the same on every kind of database.
func TestMain(m *testing.M) { storetest.Main(m) }

package queue_test

import (
	"testing"

	"github.com/apposengine/appos/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

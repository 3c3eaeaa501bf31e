package store_test

import (
	"testing"

	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.DB { return open(t, storetest.Postgres(t)) })
}

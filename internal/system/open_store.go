package system

import (
	"context"

	"github.com/apposengine/appos/internal/store"
)

// openStore maps the settings to those of the store. What its pools do anyway,
// such as asking a connection that was long unused whether it lives before it is
// used, is no setting.
func openStore(ctx context.Context, url string, v Values) (store.DB, error) {
	size := v.Number("pool_size", poolSize)
	o := store.Options{
		MaxConns:         size + v.Number("pool_max_overflow", 0),
		MinConns:         v.Number("pool_min", 0),
		AcquireTimeout:   v.Duration("pool_timeout", 0),
		MaxLifetime:      v.Duration("pool_recycle", 0),
		IdleTimeout:      v.Duration("pool_idle", 0),
		ConnectTimeout:   v.Duration("connect_timeout", 0),
		StatementTimeout: v.Duration("statement_timeout", 0),
		ApplicationName:  v.Get("application_name"),
		SSLMode:          v.Get("sslmode"),
	}
	if v.Overtakes("pool_size", "url") {
		o.Readers = size
	}
	return store.Open(ctx, url, o)
}

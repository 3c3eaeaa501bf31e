package system

import (
	"context"
	"net/url"

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

// Address is the URL of a system of type database with its credentials, for
// programs that copy the database. It must not be shown.
func (s *System) Address() (string, error) {
	v, err := s.unsealed(s.r.o.Env)
	if err != nil {
		return "", err
	}
	text := address(v)
	u, err := url.Parse(text)
	if mode := v.Get("sslmode"); err == nil && mode != "" && u.Scheme != "sqlite" {
		q := u.Query()
		q.Set("sslmode", mode)
		u.RawQuery = q.Encode()
		text = u.String()
	}
	return text, nil
}

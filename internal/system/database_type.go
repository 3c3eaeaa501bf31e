package system

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// database is the type of databases that records can be stored in.
type database struct{}

var _ Type = database{}

// Name implements Type.
func (database) Name() string { return "database" }

var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// Settings implements Type.
func (database) Settings() []Setting {
	return []Setting{
		{Key: "url", Label: "URL", Form: Text, Hint: "postgres://host:5432/name or sqlite:path, without user and password"},
		{Key: "user", Label: "User", Form: Credential},
		{Key: "password", Label: "Password", Form: Credential},
		{Key: "pool_min", Label: "Pool: kept open", Form: Number, Default: "0", Hint: "Connections that stay open though nobody uses them"},
		{Key: "pool_size", Label: "Pool: size", Form: Number, Default: "10", Hint: "Connections in use at once; on SQLite, its readers"},
		{Key: "pool_max_overflow", Label: "Pool: overflow", Form: Number, Default: "0", Hint: "More than the size, for peaks"},
		{Key: "pool_timeout", Label: "Pool: wait", Form: Duration, Default: "10s", Hint: "For a connection when all are in use"},
		{Key: "pool_recycle", Label: "Pool: recycle", Form: Duration, Default: "1h", Hint: "An older connection is replaced"},
		{Key: "pool_idle", Label: "Pool: idle", Form: Duration, Default: "5m", Hint: "A connection unused for this long is closed"},
		{Key: "connect_timeout", Label: "Connect timeout", Form: Duration, Default: "5s"},
		{Key: "statement_timeout", Label: "Statement timeout", Form: Duration, Default: "none", Hint: "The longest that a statement may run"},
		{Key: "application_name", Label: "Application name", Form: Text, Default: "appos", Hint: "What the server lists the connections as"},
		{Key: "sslmode", Label: "SSL mode", Form: Choice, Choices: sslModes, Default: "prefer"},
		{Key: "sslrootcert", Label: "SSL root certificate", Form: Text, Hint: "The path of a PEM file on this server"},
		{Key: "sslcert", Label: "SSL client certificate", Form: Text, Hint: "The path of a PEM file on this server"},
		{Key: "sslkey", Label: "SSL client key", Form: Text, Hint: "The path of a PEM file on this server"},
	}
}

// onSQLite says why SQLite has no such setting.
var onSQLite = map[string]string{
	"user":              "SQLite is a file and knows no users; the file's permissions count",
	"password":          "SQLite is a file and knows no passwords; the file's permissions count",
	"pool_min":          "SQLite's connections cost nothing to keep; set pool_size, its readers",
	"pool_max_overflow": "SQLite has a fixed number of readers and one writer; set pool_size",
	"pool_timeout":      "SQLite's writer is waited for 10 seconds",
	"pool_recycle":      "a file does not close connections",
	"pool_idle":         "SQLite's connections cost nothing to keep",
	"connect_timeout":   "a file is opened at once",
	"statement_timeout": "SQLite's statements end with the request",
	"application_name":  "SQLite has no server that lists its connections",
	"sslmode":           "a file is not reached over a network",
	"sslrootcert":       "a file is not reached over a network",
	"sslcert":           "a file is not reached over a network",
	"sslkey":            "a file is not reached over a network",
}

// elsewhere are parameters of a URL that are settings of their own.
var elsewhere = map[string]string{
	"user": "user", "password": "password", "sslmode": "sslmode", "sslrootcert": "sslrootcert", "sslcert": "sslcert", "sslkey": "sslkey",
	"sslpassword": "password", "application_name": "application_name", "statement_timeout": "statement_timeout", "connect_timeout": "connect_timeout",
	"pool_max_conns": "pool_size", "pool_min_conns": "pool_min", "pool_max_conn_lifetime": "pool_recycle", "pool_max_conn_idle_time": "pool_idle",
}

// Check implements Type.
func (database) Check(v Values) map[string]string {
	wrong := map[string]string{}
	dialect, fault := dialectOf(v.Get("url"))
	if fault != "" {
		wrong["url"] = fault
		return wrong
	}
	if dialect == store.SQLite {
		for key, why := range onSQLite {
			if v.Overtakes(key, "url") {
				wrong[key] = "is nothing that SQLite has: " + why
			}
		}
		if v.Overtakes("pool_size", "url") && v.Number("pool_size", 1) < 1 {
			wrong["pool_size"] = "must be at least 1"
		}
		return wrong
	}
	size, most := v.Number("pool_size", poolSize), v.Number("pool_size", poolSize)+v.Number("pool_max_overflow", 0)
	if size < 1 {
		wrong["pool_size"] = "must be at least 1"
	}
	if most > 1000 {
		wrong["pool_size"] = "with pool_max_overflow must be at most 1000"
	}
	if n := v.Number("pool_min", 0); n > most {
		wrong["pool_min"] = "must be at most pool_size with pool_max_overflow"
	}
	if (v.Get("sslcert") == "") != (v.Get("sslkey") == "") {
		wrong["sslcert"] = "goes with sslkey: both are set or none"
	}
	return wrong
}

// poolSize is how many connections a pool has at most when nothing sets it.
const poolSize = 10

// dialectOf says what database a URL is of, or what is wrong with it. It quotes
// nothing: people paste passwords into URLs.
func dialectOf(text string) (store.Dialect, string) {
	const form = "postgres://host:5432/name or sqlite:path"
	scheme, rest, _ := strings.Cut(text, ":")
	switch scheme {
	case "":
		return 0, "is required: " + form
	case "sqlite":
		if rest == "" {
			return 0, "lacks the path of the file, such as sqlite:data/warehouse.db"
		}
		return store.SQLite, ""
	case "postgres", "postgresql":
	default:
		return 0, "must be " + form
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return 0, "must be written as " + form
	}
	if u.User != nil {
		return 0, "must not hold the user or password; set them by themselves, where they are kept encrypted"
	}
	for name := range u.Query() {
		if key, ok := elsewhere[strings.ToLower(name)]; ok {
			return 0, "must not have the parameter " + name + "; set " + key
		}
	}
	return store.PostgreSQL, ""
}

// address is the URL to connect to, with credentials. Nobody may see it.
func address(v Values) string {
	u, err := url.Parse(v.Get("url"))
	if err != nil || u.Scheme == "sqlite" {
		return v.Get("url")
	}
	switch user, password := v.Get("user"), v.Get("password"); {
	case password != "":
		u.User = url.UserPassword(user, password)
	case user != "":
		u.User = url.User(user)
	}
	q := u.Query()
	for _, key := range []string{"sslrootcert", "sslcert", "sslkey"} {
		if text := v.Get(key); text != "" {
			q.Set(key, text)
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Open implements Type.
func (database) Open(ctx context.Context, v Values) (Client, error) {
	db, err := openStore(ctx, address(v), v)
	if err != nil {
		return nil, err
	}
	return &databaseClient{db}, nil
}

// databaseClient is an open database.
type databaseClient struct{ db store.DB }

// Check implements Client.
func (c *databaseClient) Check(ctx context.Context) error { return c.db.Ping(ctx) }

// Close implements Client.
func (c *databaseClient) Close() error { return c.db.Close() }

// connectTimeout bounds opening a system and asking whether it lives.
const connectTimeout = 5 * time.Second

package engine

import (
	"log/slog"
	"reflect"
	"time"

	"github.com/google/uuid"

	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/internal/wire"
)

// defaultSlow is how long an access may take before it is noted as slow.
const defaultSlow = 250 * time.Millisecond

// Config is what an Engine is put together from. All but Slow is needed.
type Config struct {
	Registry *object.Registry
	DB       store.DB
	// Systems returns the database of a connected system, which records may be
	// stored in. Nil stores them all in DB.
	Systems func(system *object.Object) store.DB
	// Ring has the keys of fields that are kept encrypted. Without one, records
	// that have such fields cannot be read or written.
	Ring        *secret.Ring
	Permissions *security.Permissions
	Logs        *logs.Pipeline
	Metrics     *metrics.Objects
	Edges       *graph.Observed
	Cache       cache.Cache
	Env         string // such as "dev"
	Language    string // of users that name none
	Now         func() time.Time
	Slow        time.Duration // 0 is 250 ms
	LogLevel    slog.Leveler  // the least level of what apps log; nil is info
	// Changed is told of rows that were changed, by whomever, once that is stored;
	// it must return at once. Nil tells nobody.
	Changed func(o *object.Object, rows []object.RowChange)
	// Constants and Texts are what administrators changed; nil is nothing.
	Constants *constant.Overrides
	Texts     *text.Overrides
	// Groups are those that exist; declarations may name no others. Nil skips
	// the check, for tests that load only some apps.
	Groups []string
}

// Engine is the gate and what it needs.
type Engine struct {
	reg      *object.Registry
	db       store.DB
	perms    *security.Permissions
	records  *record.Records
	tables   []*table    // by object.Object.Index; nil for what is no record
	apis     []*wire.API // by object.Object.Index; nil for what is no web API
	logs     *logs.Pipeline
	slog     *slog.Logger
	metrics  *metrics.Objects
	edges    *graph.Observed
	cache    cache.Cache
	valid    *validation
	stubs    map[reflect.Type]object.Handler
	watcher  Watcher
	env      string
	language string
	now      func() time.Time
	slow     time.Duration

	constants *constant.Overrides
	texts     *text.Overrides
}

// New checks every declaration and compiles the records. The error is Faults:
// all that is wrong, together. The database is not touched; see Tables.
func New(cfg Config, found ...object.Fault) (*Engine, error) {
	e := &Engine{
		reg: cfg.Registry, db: cfg.DB, perms: cfg.Permissions, logs: cfg.Logs, metrics: cfg.Metrics, edges: cfg.Edges, cache: cfg.Cache,
		constants: cfg.Constants, texts: cfg.Texts, env: cfg.Env, language: cfg.Language, now: cfg.Now, slow: cfg.Slow, valid: newValidation(),
	}
	if e.slow == 0 {
		e.slow = defaultSlow
	}
	if cfg.LogLevel == nil {
		cfg.LogLevel = slog.LevelInfo
	}
	e.slog = slog.New(cfg.Logs.Handler(cfg.LogLevel))
	faults := append(Faults(found), check(cfg.Registry, e.valid, cfg.Groups)...)
	faults = append(faults, e.compileAPIs()...)
	records, more := record.Across(cfg.DB, cfg.Systems, cfg.Registry, cfg.Now)
	faults = append(faults, more...)
	if len(faults) > 0 {
		return nil, faults.sorted()
	}
	records.Announce(cfg.Changed)
	records.SealWith(cfg.Ring)
	e.records = records
	e.tables = make([]*table, len(cfg.Registry.Objects))
	for _, o := range cfg.Registry.Of("", object.KindRecord) {
		t := &table{o: o, plan: records.PlanOf(o)}
		for i, f := range o.Record.Fields {
			if f.View != nil || f.Update != nil {
				t.restricted = append(t.restricted, i)
			}
			t.validated = t.validated || f.Validate != ""
		}
		e.tables[o.Index] = t
	}
	return e, nil
}

// Tables are those of the records that the platform's database needs, which must
// exist before rows are used.
func (e *Engine) Tables() []store.Table { return e.records.TablesIn(nil) }

// Sealed says whether a record has fields that are kept encrypted.
func (e *Engine) Sealed() bool { return len(e.records.Sealed()) > 0 }

// EventLog is the table of an app's events.
func EventLog(app string) store.Table { return record.EventLog(app) }

// ConnectedTables are those that AppOS keeps for itself in every database with
// records.
func ConnectedTables() []store.Table {
	return []store.Table{record.ImportTable, record.IdempotencyTable}
}

// TablesIn are those that the database of a connected system needs.
func (e *Engine) TablesIn(system *object.Object) []store.Table { return e.records.TablesIn(system) }

// DBOf is the database of all records of an app that do not say otherwise.
func (e *Engine) DBOf(app *object.App) store.DB { return e.records.DBOf(app) }

// DB is the platform's database.
func (e *Engine) DB() store.DB { return e.db }

// newExecutionID returns an id that sorts by time.
func newExecutionID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.NewString() // the clock or the entropy failed; any id will do
	}
	return id.String()
}

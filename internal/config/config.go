package config

import "time"

// Config is appos.yaml after overlays, variables and defaults. The tags say what
// a key is for, its default, and what it may be; Reference renders them.
//
// Durations are written "30m", "1h30m", "100ms"; sizes "10MB", where a KB is
// 1024 bytes.
type Config struct {
	Platform         Platform       `yaml:"platform" doc:"What the platform is and where it listens."`
	Database         Database       `yaml:"database" doc:"Where records, users and permissions are stored."`
	Redis            Redis          `yaml:"redis" doc:"An optional cache between nodes. It is a hint, never the truth: when it is down, the database answers."`
	Workers          Workers        `yaml:"workers" doc:"What works off the queues."`
	Security         Security       `yaml:"security" doc:"Sessions, sign-in and passwords."`
	API              API            `yaml:"api" doc:"The HTTP APIs: REST of the records, and web APIs."`
	Webhooks         Webhooks       `yaml:"webhooks" doc:"Requests to other systems that changes of rows lead to."`
	Logging          Logging        `yaml:"logging" doc:"The log files under the data folder."`
	ProcessInstances Instances      `yaml:"process_instances" doc:"The rows of processes that have ended."`
	Documents        Documents      `yaml:"documents" doc:"Uploaded files."`
	Import           Import         `yaml:"import" doc:"Files of rows that users import."`
	Realtime         Realtime       `yaml:"realtime" doc:"Streams of changes that clients hold open."`
	UI               UI             `yaml:"ui" doc:"The look of apps whose app.yaml does not say otherwise."`
	Shutdown         Shutdown       `yaml:"shutdown" doc:"What happens at SIGTERM."`
	Monitoring       Monitoring     `yaml:"monitoring" doc:"What the outside may measure."`
	Apps             map[string]Own `yaml:"apps" doc:"What this installation changes in single apps, by app name." example:"{crm: {language: fr, theme: {hue: 200}}}"`

	// AdminPassword is APPOS_ADMIN_PASSWORD: the first password of the account
	// admin. It has no key, so that it cannot be committed.
	AdminPassword Secret `yaml:"-"`
}

// Platform says what the platform is and where it listens.
type Platform struct {
	Name           string   `yaml:"name" default:"AppOS" max:"60" doc:"The name on the sign-in page and in the console."`
	Environment    string   `yaml:"environment" default:"dev" format:"name" doc:"The environment, such as dev, test or prod. APPOS_ENV overrides it, and names the overlay appos.<environment>.yaml."`
	Language       string   `yaml:"language" default:"en" format:"language" doc:"The language of users and apps that name none."`
	TimeZone       string   `yaml:"time_zone" default:"UTC" format:"zone" doc:"The time zone of schedules and users that name none."`
	Addr           string   `yaml:"addr" default:"127.0.0.1:8080" format:"addr" doc:"The host and port to listen on. APPOS_ADDR overrides it."`
	Data           string   `yaml:"data" default:".appos" max:"1024" doc:"The folder of everything that is kept: database, logs, documents, keys. APPOS_DATA overrides it."`
	PublicURL      string   `yaml:"public_url" default:"" format:"url" doc:"The address that users type, such as https://appos.example.com; empty is taken from the request."`
	TrustedProxies []string `yaml:"trusted_proxies" default:"" format:"cidr" doc:"The networks whose X-Forwarded-* headers are believed." example:"[10.0.0.0/8]"`
}

// Database says where records, users and permissions are stored.
type Database struct {
	URL        Secret `yaml:"url" default:"" format:"database" doc:"postgres://user:password@host/name, or sqlite:path; empty is appos.db in the data folder. APPOS_DATABASE_URL overrides it." example:"${DATABASE_URL}"`
	Pool       Pool   `yaml:"pool" doc:"The connections."`
	Migrate    string `yaml:"migrate" default:"" oneof:"auto manual" doc:"How the schema follows: auto runs migrations at every start, and follows declarations that are ahead of them; manual leaves both to appos migrate, and sets only a new database up. Empty is auto in the environments dev and test, and manual elsewhere."`
	Migrations string `yaml:"migrations" default:"migrations" max:"1024" doc:"The folder of the migrations, one folder in it per database."`
	Readers    int    `yaml:"readers" default:"4" min:"1" max:"64" doc:"The read connections of SQLite; it writes on one."`
}

// Pool is the sizes of a PostgreSQL pool.
type Pool struct {
	Min            int           `yaml:"min" default:"2" min:"0" max:"1000" doc:"The connections kept open."`
	Max            int           `yaml:"max" default:"10" min:"1" max:"1000" doc:"The most connections."`
	IdleTimeout    time.Duration `yaml:"idle_timeout" default:"5m" min:"1s" max:"24h" doc:"How long a connection above min stays unused before it is closed."`
	MaxLifetime    time.Duration `yaml:"max_lifetime" default:"1h" min:"1m" max:"168h" doc:"How long a connection is used at all."`
	ConnectTimeout time.Duration `yaml:"connect_timeout" default:"5s" min:"100ms" max:"5m" doc:"How long to wait for a connection."`
}

// Redis says where the shared cache is.
type Redis struct {
	URL             Secret        `yaml:"url" default:"" format:"redis" doc:"redis://:password@host:6379/0; empty is no Redis. APPOS_REDIS_URL overrides it." example:"${REDIS_URL}"`
	Sessions        bool          `yaml:"sessions" default:"false" doc:"Keep the sessions in Redis instead of the database."`
	Timeout         time.Duration `yaml:"timeout" default:"50ms" min:"1ms" max:"10s" doc:"How long an answer may take before the database is asked."`
	BreakerFailures int           `yaml:"breaker_failures" default:"5" min:"1" max:"1000" doc:"The failures within breaker_window after which Redis is left alone for a while."`
	BreakerWindow   time.Duration `yaml:"breaker_window" default:"30s" min:"1s" max:"1h" doc:"The time in which failures are counted."`
}

// Workers says what works off the queues.
type Workers struct {
	Enabled bool   `yaml:"enabled" default:"true" doc:"Work in the process that serves; off, only appos worker works."`
	Queues  Queues `yaml:"queues" doc:"The queues."`

	DeadAfter time.Duration `yaml:"dead_after" default:"3s" min:"1s" max:"10m" doc:"How long a node may be silent before its jobs are given to others."`
	Keep      Keep          `yaml:"keep" doc:"How long jobs that have ended are kept."`
}

// Queues are the queues that exist.
type Queues struct {
	Default      Queue `yaml:"default" doc:"Background work of the platform and of rules."`
	ProcessSteps Queue `yaml:"process_steps" doc:"The steps of processes."`
	Scheduled    Queue `yaml:"scheduled" doc:"What schedules start."`
	Webhooks     Queue `yaml:"webhooks" doc:"Calls to other systems that events lead to."`
}

// Keep says how long jobs that have ended are kept.
type Keep struct {
	Completed time.Duration `yaml:"completed" default:"24h" min:"1m" max:"720h" doc:"Jobs that were done, or cancelled."`
	Discarded time.Duration `yaml:"discarded" default:"720h" min:"1h" max:"8760h" doc:"Jobs that failed for good."`
}

// Queue says how many jobs of a queue run at once on this node.
type Queue struct {
	Concurrency int `yaml:"concurrency" default:"10" min:"1" max:"1000" doc:"The jobs that run at once to begin with."`
	Min         int `yaml:"min" default:"1" min:"1" max:"1000" doc:"The fewest that autoscaling goes down to."`
	Max         int `yaml:"max" default:"50" min:"1" max:"1000" doc:"The most that autoscaling goes up to."`
}

// Security is sessions, sign-in and passwords.
type Security struct {
	Session  Session       `yaml:"session" doc:"Sessions of the screens."`
	Login    Login         `yaml:"login" doc:"Protection against guessing."`
	Password Password      `yaml:"password" doc:"What a password must be."`
	Token    Token         `yaml:"token" doc:"The tokens that POST /api/auth/token answers."`
	APIKeys  APIKeys       `yaml:"api_keys" doc:"The API keys of service accounts and of users."`
	Keys     Secret        `yaml:"keys" default:"" max:"65536" doc:"What credentials, secrets and hidden or sensitive fields of records are encrypted with: the path of a Tink keyset in JSON, or the keyset itself; empty is keys/master.json in the data folder, made at the first start. APPOS_KEYS overrides it." example:"/run/secrets/appos-keys.json"`
	CacheTTL time.Duration `yaml:"cache_ttl" default:"5m" min:"1s" max:"1h" doc:"How long compiled permissions are kept at most. A change counts at the next request all the same."`
}

// Session limits the sessions of the screens.
type Session struct {
	Absolute   time.Duration `yaml:"absolute" default:"1h" min:"1m" max:"720h" doc:"How long a session lasts at most."`
	Idle       time.Duration `yaml:"idle" default:"30m" min:"1m" max:"720h" doc:"How long a session lasts without a request."`
	MaxPerUser int           `yaml:"max_per_user" default:"5" min:"1" max:"1000" doc:"The sessions of one user, apart from tokens; one more ends the oldest."`
}

// Login protects the sign-in against guessing.
type Login struct {
	Attempts int           `yaml:"attempts" default:"5" min:"1" max:"100" doc:"The failures after which an account is locked."`
	Lockout  time.Duration `yaml:"lockout" default:"15m" min:"1s" max:"24h" doc:"How long it stays locked."`
}

// Password is what a password must be.
type Password struct {
	MinLength int `yaml:"min_length" default:"8" min:"8" max:"128" doc:"The fewest characters."`
}

// Token limits bearer tokens.
type Token struct {
	Lifetime   time.Duration `yaml:"lifetime" default:"1h" min:"1m" max:"8760h" doc:"How long a token is good."`
	MaxPerUser int           `yaml:"max_per_user" default:"20" min:"1" max:"1000" doc:"The tokens of one user, apart from the sessions of the screens; one more ends the oldest."`
}

// APIKeys limits API keys.
type APIKeys struct {
	LifetimeDays int  `yaml:"lifetime_days" default:"90" min:"1" max:"3650" doc:"The days that a key is good when nothing else is chosen."`
	MaxPerUser   int  `yaml:"max_per_user" default:"50" min:"1" max:"1000" doc:"The keys of one account that can be used."`
	Own          bool `yaml:"own" default:"true" doc:"Users make keys of their own at /account/keys; otherwise only administrators make keys."`
}

// API is how much of the server one request, or one caller, may take.
type API struct {
	RateLimit   RateLimit     `yaml:"rate_limit" doc:"How often one account may ask, over all APIs; who has none is counted by address. A web API can have a limit of its own beside it."`
	MaxBody     Size          `yaml:"max_body" default:"10MB" min:"1KB" max:"1GB" doc:"The largest body of a request whose web API does not say another; import.max_size is that of imports."`
	Timeout     time.Duration `yaml:"timeout" default:"1m" min:"100ms" max:"1h" doc:"How long a request may take whose web API does not say another. Imports and exports take as long as they need."`
	Stall       time.Duration `yaml:"stall" default:"30s" min:"100ms" max:"10m" doc:"How long a client may send or take nothing, or next to nothing, before its connection is closed."`
	Idempotency Idempotency   `yaml:"idempotency" doc:"Answers that are kept for requests with an Idempotency-Key."`
}

// RateLimit is how often a caller may ask.
type RateLimit struct {
	Requests int           `yaml:"requests" default:"0" min:"0" max:"1000000000" doc:"The requests in that time, all at once if need be; 0 is no limit."`
	Per      time.Duration `yaml:"per" default:"1m" min:"1s" max:"24h" doc:"The time."`
}

// Idempotency is how long answers are kept.
type Idempotency struct {
	Keep time.Duration `yaml:"keep" default:"24h" min:"1m" max:"720h" doc:"How long a request that is sent again gets the first answer; then its key is new."`
}

// Logging is the log files.
type Logging struct {
	Level             string        `yaml:"level" default:"info" oneof:"debug info warn error" doc:"The least level that apps log."`
	FlushInterval     time.Duration `yaml:"flush_interval" default:"100ms" min:"10ms" max:"10s" doc:"How long an entry waits before it is written; security entries never wait."`
	FlushEntries      int           `yaml:"flush_entries" default:"50" min:"1" max:"10000" doc:"The entries that are written at once without waiting."`
	RotationSize      Size          `yaml:"rotation_size" default:"100MB" min:"1MB" max:"10GB" doc:"The size at which a day's file is followed by another."`
	CompressAfterDays int           `yaml:"compress_after_days" default:"7" min:"1" max:"3650" doc:"The days after which a file is compressed."`
	RetentionDays     Retention     `yaml:"retention_days" doc:"The days after which a file is deleted."`
}

// Retention is how many days log files are kept, by category.
type Retention struct {
	Execution   int `yaml:"execution" default:"90" min:"1" max:"3650" doc:"What ran, and what it logged."`
	Performance int `yaml:"performance" default:"30" min:"1" max:"3650" doc:"What was slow."`
	Security    int `yaml:"security" default:"365" min:"1" max:"3650" doc:"Who was let in, who was refused, who changed what."`
}

// Instances is the rows of processes that have ended.
type Instances struct {
	ArchiveAfterDays int `yaml:"archive_after_days" default:"90" min:"1" max:"3650" doc:"The days after which an instance is archived."`
}

// Import bounds the files of rows that users import.
type Import struct {
	MaxSize Size `yaml:"max_size" default:"256MB" min:"1MB" max:"16GB" doc:"The largest file that is received over HTTP; the command import takes any."`
}

// Documents limits uploaded files.
type Documents struct {
	MaxSize Size   `yaml:"max_size" default:"25MB" min:"1KB" max:"10GB" doc:"The largest upload, where a field does not say less."`
	Dir     string `yaml:"dir" default:"" max:"1024" doc:"The folder of the files; empty is documents in the data folder."`
}

// UI is the look of apps that do not say otherwise.
type UI struct {
	Theme Theme `yaml:"theme" doc:"Colour and shape."`
}

// Theme is what the look of an app can vary in.
type Theme struct {
	Hue    float64 `yaml:"hue" default:"265" min:"0" max:"360" doc:"The primary colour's hue in OKLCH, in degrees."`
	Chroma float64 `yaml:"chroma" default:"0.18" min:"0" max:"0.4" doc:"The primary colour's strength in OKLCH; 0 is grey."`
	Radius int     `yaml:"radius" default:"8" min:"0" max:"32" doc:"The roundness of corners, in pixels."`
	Dense  bool    `yaml:"dense" default:"false" doc:"Lower rows and controls."`
}

// Shutdown says how the process ends.
type Shutdown struct {
	DrainTimeout time.Duration `yaml:"drain_timeout" default:"30s" min:"0s" max:"1h" doc:"How long requests and steps that run may take to end."`
}

// Monitoring is what the outside may measure.
type Monitoring struct {
	Metrics Metrics `yaml:"metrics" doc:"GET /metrics, for Prometheus."`
	Systems Systems `yaml:"systems" doc:"The checks of connected systems."`
	OTel    OTel    `yaml:"otel" doc:"OpenTelemetry traces."`
}

// Metrics says who may read /metrics.
type Metrics struct {
	Enabled bool   `yaml:"enabled" default:"true" doc:"Serve /metrics."`
	Access  string `yaml:"access" default:"local" oneof:"local admin public" doc:"Who may read it: requests from this machine, administrators, everyone."`
}

// Systems says how connected systems are checked.
type Systems struct {
	Interval time.Duration `yaml:"interval" default:"1m" min:"1s" max:"1h" doc:"How often each is asked whether it lives, by one of the nodes."`
	Timeout  time.Duration `yaml:"timeout" default:"5s" min:"100ms" max:"1m" doc:"How long it may take to answer."`
}

// OTel says where traces go.
type OTel struct {
	Endpoint string `yaml:"endpoint" default:"" format:"url" doc:"The OTLP collector, such as http://localhost:4318; empty is none."`
}

// Own is what an installation changes in one app.
type Own struct {
	Language string        `yaml:"language" default:"" format:"language" doc:"The app's language instead of app.yaml's."`
	Theme    ThemeOverride `yaml:"theme" doc:"The app's theme instead of app.yaml's."`
	CORS     CORSOverride  `yaml:"cors" doc:"Which pages of other sites may call the app's APIs."`
}

// ThemeOverride changes some values of a theme; nil keeps what it was.
type ThemeOverride struct {
	Hue    *float64 `yaml:"hue" min:"0" max:"360" doc:"As ui.theme.hue."`
	Chroma *float64 `yaml:"chroma" min:"0" max:"0.4" doc:"As ui.theme.chroma."`
	Radius *int     `yaml:"radius" min:"0" max:"32" doc:"As ui.theme.radius."`
	Dense  *bool    `yaml:"dense" doc:"As ui.theme.dense."`
}

// On returns the theme with the changes.
func (o ThemeOverride) On(t Theme) Theme {
	if o.Hue != nil {
		t.Hue = *o.Hue
	}
	if o.Chroma != nil {
		t.Chroma = *o.Chroma
	}
	if o.Radius != nil {
		t.Radius = *o.Radius
	}
	if o.Dense != nil {
		t.Dense = *o.Dense
	}
	return t
}

package config

import "time"

// Webhooks says where webhooks may go, and how often they are tried.
type Webhooks struct {
	Allow             []string      `yaml:"allow" default:"" format:"cidr" doc:"The networks beside the public ones that targets may be in, on any port and with http as well. Whoever administers webhooks reaches every service there." example:"[10.20.0.0/16]"`
	Ports             []string      `yaml:"ports" default:"" format:"port" doc:"The ports of targets at public addresses; empty is 80, 443, 8080 and 8443." example:"[443]"`
	ConnectTimeout    time.Duration `yaml:"connect_timeout" default:"5s" min:"100ms" max:"1m" doc:"How long a connection may take."`
	Timeout           time.Duration `yaml:"timeout" default:"15s" min:"100ms" max:"2m" doc:"How long an attempt may take in all."`
	Attempts          int           `yaml:"attempts" default:"10" min:"1" max:"30" doc:"How often an event is sent until it is given up: after 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, and then every 24 h."`
	PerTarget         int           `yaml:"per_target" default:"4" min:"1" max:"1000" doc:"The events that a node sends to one webhook at once. Fewer than workers.queues.webhooks.concurrency leave room for the others when one is slow."`
	DisableAfterHours int           `yaml:"disable_after_hours" default:"120" min:"1" max:"8760" doc:"The hours of failures only after which a webhook is disabled."`
	KeepDays          int           `yaml:"keep_days" default:"30" min:"1" max:"3650" doc:"The days that events and what was answered are kept; those that wait for a paused webhook, too."`
}

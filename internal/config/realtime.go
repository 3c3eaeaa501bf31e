package config

import "time"

// Realtime bounds the streams of changes that clients hold open.
type Realtime struct {
	MaxStreams    int           `yaml:"max_streams" default:"1000" min:"1" max:"100000" doc:"The most streams of this node; further ones are answered with 503."`
	MaxPerAccount int           `yaml:"max_per_account" default:"20" min:"1" max:"100000" doc:"The most streams of one account at this node; further ones are answered with 429. Those who have not signed in are counted by their address."`
	Heartbeat     time.Duration `yaml:"heartbeat" default:"20s" min:"1s" max:"5m" doc:"How often a stream without news sends something, so that nothing on the way takes it for dead."`
	Recheck       time.Duration `yaml:"recheck" default:"5s" min:"1s" max:"1m" doc:"How often a stream without news makes sure that its user is still signed in and may still see the records; before every event it does so anyway."`
}

package queue

import (
	"embed"

	"github.com/apposengine/appos/internal/store"
)

// Migrations are the files that make River's tables, one version for every version
// of River's schema that AppOS was released with. River's own tool is not used: it
// knows no lock over several nodes, and what it does is seen by nobody before it
// is done.
//
//go:embed migrations
var Migrations embed.FS

// Tables are what the package keeps beside River's tables.
func Tables() []store.Table {
	return []store.Table{
		{
			Name: "appos_node", // the nodes that run jobs
			Columns: []store.Column{
				{Name: "id", Type: store.Text},
				{Name: "host", Type: store.Text},
				{Name: "version", Type: store.Text},
				{Name: "queues", Type: store.Text}, // such as "default 10, webhooks 5"
				{Name: "running", Type: store.Int},
				{Name: "started_at", Type: store.Time},
				{Name: "beat_at", Type: store.Time},
			},
			Key: []string{"id"},
		},
		{
			Name: "appos_schedule", // when periodic jobs are enqueued
			Columns: []store.Column{
				{Name: "name", Type: store.Text},
				{Name: "every", Type: store.Text},
				{Name: "next_at", Type: store.Time},
				{Name: "last_at", Type: store.Time, Null: true},
				{Name: "last_job", Type: store.Int, Null: true},
			},
			Key: []string{"name"},
		},
	}
}

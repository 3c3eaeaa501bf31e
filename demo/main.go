// Command demo is a project as a user would have it: two apps that work
// together, and a main that serves them.
package main

import (
	"embed"

	"github.com/apposengine/appos/demo/apps"
	"github.com/apposengine/appos/server"
)

//go:embed migrations
var migrations embed.FS

func main() {
	server.Migrations(migrations)
	server.Main(apps.All...)
}

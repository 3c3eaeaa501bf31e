// Command demo is a project as a user would have it: two apps that work
// together, and a main that serves them.
package main

import (
	"github.com/apposengine/appos/demo/apps"
	"github.com/apposengine/appos/server"
)

func main() { server.Main(apps.All...) }

// Package server makes a program of apps: it reads the configuration, opens what
// they need, and serves them until it is told to stop. A project's main is
//
//	func main() { server.Main(apps.All...) }
//
// and the program is its own command line: run, version, and more.
package server

// Package config reads appos.yaml, its overlay for the environment, the
// environment variables that override it, and the app.yaml of each app.
//
// It is strict: a key that is not known, a value of the wrong type or out of
// range, a variable that is not set is a Problem with a file and a line, and all
// problems are reported together. Every key has a default, so that an empty file
// is a good one.
//
// It opens nothing that the values point to: whether a database answers is for
// the package that connects to it.
package config

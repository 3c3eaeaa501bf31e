// Package system keeps the connections to connected systems: what apps declare
// with appos.ConnectedSystem and administrators set in the console.
//
// A system is of a [Type], which knows its settings, how to connect and how to
// ask whether the other side lives; the rest is the same for all types. Settings
// come from the code, from environment variables and from the console, in this
// order, the later ones first; credentials are sealed by package secret and never
// leave the package. Connections open when they are first needed and again when
// settings change, on this node or another. A system that does not answer fails
// what needs it, with an error whose cause is an [object.Outage], and nothing
// else; it is tried again until it answers.
//
// The package decides no permissions and keeps no records: see package record
// for what is stored in a connected database.
package system

//go:build !linux

package server

import "runtime/debug"

// settle gives the system back the memory that starting took and running does not
// need.
func settle() { debug.FreeOSMemory() }

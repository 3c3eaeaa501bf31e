// Package cache keeps bytes for a while: in this process, or in Redis where
// several nodes share them.
//
// A cache is a hint, never the truth. Whatever it holds can be found elsewhere,
// and every call may answer "not known" at any time: no method returns an error,
// none waits longer than a deadline, and a Redis that is down or frozen is left
// alone until it answers again. What must be right is kept in the database, and
// keys of what may go out of date hold the version they are good for.
package cache

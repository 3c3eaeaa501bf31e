// Package cachetest holds what every cache must do, and a real Redis to try it on.
package cachetest

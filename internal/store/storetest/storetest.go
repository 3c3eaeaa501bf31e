// Package storetest holds the tests that every database of package store must pass.
package storetest

// Package store opens databases and runs SQL on them, the same way whichever
// database it is: placeholders are question marks, values are Go values, a
// transaction travels in the context, and errors say what happened without the
// caller knowing the driver.
//
// It knows tables and columns but not records: what a record is, who may read
// it and how it is searched belongs to package record. What
// makes and changes tables is package migrate.
//
// A *store.Error never holds a value of a row, so that it can be logged.
package store

// Package migrate changes the schemas of databases: it plans the statements that
// make one declared schema another, keeps them as reviewed files, and applies
// those once, whole or not at all.
//
// [Plan] needs no database. It compares two lists of [store.Table] and has
// Atlas write the statements of a dialect; what Atlas does not do, such as
// renames, conversions and full-text indexes, is added here. What would lose data
// or cannot be done is refused before anything runs, all of it at once.
//
// A [Folder] holds the files of one database with the snapshot of the schema that
// they make, and checksums. A [Set] is a folder, the declared tables and the
// database; [Set.Apply] runs what is pending. The files of one database are run
// by one process at a time, whoever starts more.
//
// The package knows nothing of records; it does not read or write rows, except
// where a statement of a migration does.
package migrate

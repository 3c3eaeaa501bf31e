// Package backup copies databases and folders into one file while they are being
// written to, and puts them back after it has verified them.
//
// A backup is a tar archive, compressed with gzip: a manifest first, then one
// member for each database and for each file of the folders. The copy of a SQLite
// database is the database as VACUUM INTO writes it; that of a PostgreSQL database
// is what pg_dump writes in its custom format. Standard tools open both.
//
// It does not decide when backups are taken nor where they are kept.
package backup

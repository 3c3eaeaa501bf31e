// Package condition reads the conditions of checks, such as
//
//	total >= 0.5 AND (shipped_on IS NULL OR shipped_on >= placed_on)
//
// and writes them in the SQL of each database. It knows the types of the columns,
// so that a mistake is found when the server starts, and because values are not
// stored alike: a decimal has no point in SQLite, where a time is a number.
//
// The language is the part of SQL that means the same everywhere: comparisons,
// AND, OR, NOT, IN, BETWEEN, IS NULL, + - * / %, and the functions length, lower,
// upper, trim, abs and coalesce. Nothing else is understood, so nothing else
// reaches a database.
package condition

package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// MaxIdentifier is how many bytes a name has at most on every database:
// PostgreSQL cuts longer ones off, and two tables become one.
const MaxIdentifier = 63

// Identifier joins the parts of a derived name, of an index or a check, by
// underscores. One that would be too long ends in a hash of the whole instead,
// which is the same every time.
func Identifier(parts ...string) string {
	name := strings.Join(parts, "_")
	if len(name) <= MaxIdentifier {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	hash := hex.EncodeToString(sum[:5])
	return strings.TrimRight(name[:MaxIdentifier-len(hash)-1], "_") + "_" + hash
}

// IndexName is the name of an index of a table.
func IndexName(table string, i Index) string {
	kind := "ix"
	if i.Unique {
		kind = "uq"
	}
	return Identifier(append([]string{kind, table}, i.Columns...)...)
}

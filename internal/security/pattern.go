package security

import (
	"regexp"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// refs are names joined by points, or the beginning of that and an asterisk.
var refForm = regexp.MustCompile(`^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.?\*)?)$`)

// wildcard returns what comes before the asterisk, and whether there is one.
func wildcard(ref string) (prefix string, ok bool) { return strings.CutSuffix(ref, "*") }

// covers says whether rows of ref speak about the object with the reference.
func covers(ref, objectRef string) bool {
	if prefix, ok := wildcard(ref); ok {
		return strings.HasPrefix(objectRef, prefix)
	}
	return ref == objectRef
}

// checkRef refuses what can be no reference, and one that names no object.
func checkRef(reg *object.Registry, ref string) error {
	if len(ref) > 200 || !refForm.MatchString(ref) {
		return object.Errorf(object.Invalid, "%q is not a reference; write one such as crm.rules.calculate_discount, crm.rules.* or *", ref)
	}
	if _, ok := wildcard(ref); ok {
		return nil
	}
	if o := reg.ByRef(ref); o == nil || o.Ref != ref {
		return object.Errorf(object.NotFound, "no object has the reference %q", ref)
	}
	return nil
}

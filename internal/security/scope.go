package security

import (
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// Narrow is the user with no more than the groups of the scope that it is in; nil
// is the user as it is. A system administrator with a scope is an ordinary user of
// these groups. Whoever keeps who something runs as, to run it later, keeps
// object.User.Scope and narrows again.
func Narrow(u *object.User, scope []string) *object.User { return narrowed(u, scope) }

func narrowed(u *object.User, scope []string) *object.User {
	if scope == nil {
		return u
	}
	n := *u
	n.Scope = scope
	// rights are joined from the few groups when they are asked for
	n.Groups, n.Members, n.Rights = nil, nil, nil
	for i, g := range u.Groups {
		if slices.Contains(scope, g) {
			n.Groups, n.Members = append(n.Groups, g), append(n.Members, u.Members[i])
		}
	}
	if n.Type == object.SystemAdmin {
		n.Type = object.Basic
	}
	return &n
}

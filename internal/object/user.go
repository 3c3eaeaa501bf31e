package object

import (
	"sync"
	"time"
)

// UserType says what a user is.
type UserType string

// The types of users.
const (
	Basic          UserType = "basic"
	SystemAdmin    UserType = "system_admin"    // passes every check, logged
	ServiceAccount UserType = "service_account" // outside systems; API keys, and no sign-in
)

// User is who something runs as.
type User struct {
	ID       int64
	Name     string // the sign-in name; never changes
	FullName string
	Email    string
	Language string // such as "fr"; "" is the app's
	TimeZone string // such as "Europe/Paris"; "" is UTC
	Type     UserType
	Groups   []string // sorted

	// Scope narrows the user to some of the account's groups, as an API key may: an
	// administrator with a scope is none. Groups are narrowed already; whoever reads
	// the user again narrows it again. Nil is all of the account.
	Scope []string

	// Members are Groups as numbers that package security gave out. They stay
	// the same while the process runs, so that a check is an array access.
	Members []int32
	// Epoch is the state of the permissions that Groups were read at.
	Epoch int64
	// Rights are what the groups together have on every object, by Object.Index,
	// as of Epoch; nil when package security has not worked them out.
	Rights []Permission
}

// Member says whether the user is in the group.
func (u *User) Member(group string) bool {
	for _, g := range u.Groups {
		if g == group {
			return true
		}
	}
	return false
}

var locations sync.Map // name → *time.Location

// Location is the user's time zone, UTC when it is not set or not known.
func (u *User) Location() *time.Location {
	if loc, ok := locations.Load(u.TimeZone); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(u.TimeZone)
	if err != nil {
		return time.UTC
	}
	locations.Store(u.TimeZone, loc)
	return loc
}

// DisplayName is the full name, or the sign-in name.
func (u *User) DisplayName() string {
	if u.FullName != "" {
		return u.FullName
	}
	return u.Name
}

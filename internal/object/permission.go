package object

import "strings"

// Permission is a set of the six permissions.
type Permission uint8

const (
	// View is to see that an object exists; on a record, to read its rows.
	View Permission = 1 << iota
	// Use is to run, call, open or reference an object.
	Use
	// Create is to add rows.
	Create
	// Update is to change rows, or an object's settings.
	Update
	// Delete is to remove rows.
	Delete
	// Admin implies all others.
	Admin

	// AllPermissions is every permission.
	AllPermissions = View | Use | Create | Update | Delete | Admin
)

var permissionNames = [...]string{"view", "use", "create", "update", "delete", "admin"}

// Split returns the single permissions of p, in the order view … admin.
func (p Permission) Split() []Permission {
	var single []Permission
	for i := range permissionNames {
		if one := Permission(1) << i; p&one != 0 {
			single = append(single, one)
		}
	}
	return single
}

// String names the permissions, separated by commas.
func (p Permission) String() string {
	var names []string
	for i, name := range permissionNames {
		if p&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// ParsePermission returns the permission that a name such as "view" stands for.
func ParsePermission(name string) (Permission, bool) {
	for i, n := range permissionNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// Grant gives the members of a group permissions.
type Grant struct {
	Group       string
	Permissions Permission
}

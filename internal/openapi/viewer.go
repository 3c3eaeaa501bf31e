package openapi

import (
	"github.com/apposengine/appos/internal/object"
)

// Viewer is who the document is for.
type Viewer struct {
	User *object.User
	// Public says that it is the account of those who have not signed in.
	Public bool
	// May says whether the user has the permission, as the gate decides it.
	May func(o *object.Object, p object.Permission) bool
}

// reaches says whether the user has one of the permissions.
func (v *Viewer) reaches(o *object.Object, p object.Permission) bool {
	for _, one := range p.Split() {
		if v.May(o, one) {
			return true
		}
	}
	return false
}

func (v *Viewer) memberOf(groups []string) bool {
	if groups == nil || v.User.Type == object.SystemAdmin {
		return true
	}
	for _, g := range groups {
		if v.User.Member(g) {
			return true
		}
	}
	return false
}

// sees says whether answers have the field.
func (v *Viewer) sees(f *object.Field) bool {
	return !f.Hidden && !f.Secret && v.memberOf(f.View)
}

// writes says whether requests may have the field. What nobody is shown, such as
// a secret, can be written all the same; what others are shown is not spoken of.
func (v *Viewer) writes(f *object.Field) bool {
	return !f.System && f.Kind != object.FieldFile && v.memberOf(f.View) && v.memberOf(f.Update)
}

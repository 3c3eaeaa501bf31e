package wire

import (
	"reflect"

	"github.com/apposengine/appos/internal/object"
)

// Form is what values of a type are in JSON.
type Form uint8

// The forms of types.
const (
	Single Form = iota + 1 // a string, number or boolean, as Type.Kind says
	List                   // an array of Type.Elem
	Map                    // an object with names of its own and values of Type.Elem
	Struct                 // an object with Type.Members
	Bytes                  // a string in base64
	Any                    // anything
	Own                    // whatever the type itself writes: it implements json.Marshaler
)

// Type is how values of a Go type stand in JSON. It does not change once its Book
// has made it; a struct may contain itself through lists, maps and pointers.
type Type struct {
	Go      reflect.Type
	Form    Form
	Kind    object.FieldKind // of a Single
	Elem    *Type            // of a List or Map
	Members []Member         // of a Struct, in the order that they are written

	// Record is the record whose rows the values are; nil for other structs.
	Record *object.Object

	byName  map[string]int
	noInput string // why values cannot be read, as the end of a sentence; "" is that they can
}

// Member is a named value of a struct.
type Member struct {
	Name  string        // in JSON
	Field *object.Field // what is known of its values, such as the rules of validate tags
	Type  *Type         // without the pointer of an optional one

	Optional bool   // may be null
	Omitted  bool   // is missing when it is zero
	Hidden   bool   // hidden or sensitive: may be received, and is never sent
	To       To     // where in an answer it goes; members of the body are ToMember
	Header   string // the name of one that is ToHeader

	Exact bool // a decimal is written with all its digits, not with those of Field.Scale

	index    []int
	relation bool // an appos.Many or appos.One: a struct whose first field is a list
}

// Member returns the member with the name, or nil.
func (t *Type) Member(name string) *Member {
	if i, ok := t.byName[name]; ok {
		return &t.Members[i]
	}
	return nil
}

// names are those of the members, for suggestions.
func (t *Type) names() []string {
	all := make([]string, len(t.Members))
	for i := range t.Members {
		all[i] = t.Members[i].Name
	}
	return all
}

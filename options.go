package appos

import (
	"time"

	"github.com/apposengine/appos/internal/object"
)

// RuleOption changes a rule, an interface, a page or a site.
type RuleOption interface{ rule(*object.Object) }

// RecordOption changes a record.
type RecordOption interface{ record(*object.Object) }

// Option changes an object of any kind.
type Option interface {
	RuleOption
	RecordOption
	WebAPIOption
}

func (a Access) rule(o *object.Object) {
	o.Declared = true
	o.Grants = append(o.Grants, a.grants(object.View|object.Use)...)
}

type ruleOption func(*object.Object)

func (f ruleOption) rule(o *object.Object) { f(o) }

type recordOption func(*object.Object)

func (f recordOption) record(o *object.Object) { f(o) }

type option func(*object.Object)

func (f option) rule(o *object.Object)   { f(o) }
func (f option) record(o *object.Object) { f(o) }
func (f option) webAPI(o *object.Object) { f(o) }

// Named sets the object's name, which is otherwise its type's in snake case.
func Named(name string) Option {
	return option(func(o *object.Object) { o.Name = name })
}

// Formerly keeps old names alive after a rename: references with them still work,
// and the next migration renames the table of a record, with its rows.
func Formerly(names ...string) Option {
	return option(func(o *object.Object) { o.Formerly = append(o.Formerly, names...) })
}

// CacheFor keeps a rule's answers for up to d, per user and inputs. A change of
// permissions forgets them at once; a change of data does not.
func CacheFor(d time.Duration) RuleOption {
	return ruleOption(func(o *object.Object) { o.CacheFor = d })
}

var (
	// Audited keeps, for every change of a row, who changed which field from what
	// to what and when, in the transaction of the change.
	Audited RecordDefault = recordDefault{
		func(o *object.Object) { o.Record.Audited = true },
		func(d *object.RecordDefaults) { d.Audited = true },
	}

	// SoftDeleted makes deleted rows invisible instead of removing them.
	SoftDeleted RecordDefault = recordDefault{
		func(o *object.Object) { o.Record.SoftDeleted = true },
		func(d *object.RecordDefaults) { d.SoftDeleted = true },
	}
)

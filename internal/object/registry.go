package object

import (
	"reflect"
	"slices"
	"strings"
)

// Registry is every object of the apps that run together. It does not change
// after NewRegistry.
type Registry struct {
	Apps    []*App
	Objects []*Object // by Object.Index

	byRef  map[string]*Object
	byType map[reflect.Type]*Object
	byKind map[kindIn][]*Object
	own    map[*Object]*Object
}

// NewRegistry indexes copies of the apps' objects, so that several registries
// can number the same declarations. What it cannot index, a name or a message
// declared twice, it returns as faults, with those found while declaring.
func NewRegistry(apps ...*App) (*Registry, []Fault) {
	r := &Registry{byRef: map[string]*Object{}, byType: map[reflect.Type]*Object{}, own: map[*Object]*Object{}}
	var faults []Fault
	names := map[string]*App{}
	for _, a := range apps {
		if other, ok := names[a.Name]; ok {
			if other != a {
				faults = append(faults, Fault{a.Source, a.Name, "an app of this name is declared at " + other.Source.String() + "; rename one"})
			}
			continue
		}
		names[a.Name] = a
		r.Apps = append(r.Apps, a)
		faults = append(faults, a.Faults...)
		for _, declared := range a.Objects {
			copied := *declared
			o := &copied
			r.own[declared] = o
			if twin, ok := r.byRef[o.Ref]; ok {
				faults = append(faults, Fault{o.Source, o.Ref, "is also declared at " + twin.Source.String() + "; rename one, or use appos.Named"})
				continue
			}
			if t := o.Type(); t != nil {
				if twin, ok := r.byType[t]; ok {
					faults = append(faults, Fault{o.Source, o.Ref, "type " + t.String() + " already declares " + twin.Ref + " at " + twin.Source.String()})
					continue
				}
				r.byType[t] = o
			}
			o.Index = len(r.Objects)
			r.Objects = append(r.Objects, o)
			r.byRef[o.Ref] = o
		}
	}
	for _, a := range r.Apps {
		faults = append(faults, r.secureRows(a)...)
		faults = append(faults, r.addEvents(a)...)
	}
	faults = append(faults, r.storeRecords()...)
	faults = append(faults, r.addressMessages()...)
	for _, o := range r.Objects {
		for _, old := range o.Formerly {
			ref := RefOf(o.App.Name, o.Kind, old)
			if twin, ok := r.byRef[ref]; ok {
				faults = append(faults, Fault{o.Source, o.Ref, "was formerly " + ref + ", which is declared at " + twin.Source.String()})
				continue
			}
			r.byRef[ref] = o
		}
	}
	r.list()
	return r, faults
}

// secureRows hands the row filters that an app declares to the records that
// they are about, which may stand in another file or app.
func (r *Registry) secureRows(a *App) []Fault {
	var faults []Fault
	for _, rs := range a.Rows {
		o := r.byType[rs.Type]
		if o == nil || o.Record == nil {
			faults = append(faults, Fault{rs.Source, a.Name, "rows of " + rs.Type.String() + " are secured, but it is not declared a record"})
			continue
		}
		rec := *o.Record
		rec.Rows = append(slices.Clone(rec.Rows), rs.Filter)
		o.Record = &rec
	}
	return faults
}

// addEvents hands the events that an app declares to the records that they are
// about, which may stand in another file or app.
func (r *Registry) addEvents(a *App) []Fault {
	var faults []Fault
	for _, ev := range a.Events {
		what := "what follows when " + ev.Type.String() + " is " + ev.On.Past()
		o, to := r.byType[ev.Type], r.byType[ev.Message]
		switch {
		case o == nil || o.Record == nil:
			faults = append(faults, Fault{ev.Source, a.Name, what + " is declared, but that is not a record of this server; declare it with appos.Record, or list its app"})
			continue
		case to == nil || to.Message == nil:
			faults = append(faults, Fault{ev.Source, o.Ref, what + " is " + ev.Message.String() + ", which no object answers; declare it with appos.Rule, or list its app"})
			continue
		case to.Kind != KindRule:
			faults = append(faults, Fault{ev.Source, o.Ref, what + " is " + to.Ref + ", a " + to.Kind.String() + "; only rules follow changes"})
			continue
		}
		ev.To = to
		rec := *o.Record
		rec.Events = append(slices.Clone(rec.Events), ev)
		o.Record = &rec
	}
	return faults
}

// storeRecords gives records what their app says of all its records, and finds
// the connected systems that they are stored in.
func (r *Registry) storeRecords() []Fault {
	var faults []Fault
	for _, o := range r.Objects {
		if o.Record == nil {
			continue
		}
		o.Record = o.App.Records.on(o.Record)
		in := o.Record.StoredIn
		if in == nil {
			continue
		}
		own := r.own[in]
		if own == nil {
			faults = append(faults, Fault{o.Source, o.Ref, "is stored in " + in.Ref + ", whose app is not part of this server; list it"})
			continue
		}
		rec := *o.Record
		rec.StoredIn = own
		o.Record = &rec
	}
	return faults
}

// Type is the Go type that stands for the object in calls and queries: the
// message of one that runs, the struct of a record, else nil.
func (o *Object) Type() reflect.Type {
	switch {
	case o.Record != nil:
		return o.Record.Type
	case o.Message != nil:
		return o.Message.Type
	}
	return nil
}

// RefOf makes a reference: crm, rules, calculate_discount.
func RefOf(app string, k Kind, name string) string { return app + "." + k.Plural() + "." + name }

// ByRef returns the object with the reference, also by a former name, or nil.
func (r *Registry) ByRef(ref string) *Object { return r.byRef[ref] }

// ByType returns the object whose message or record is of type t, or nil.
func (r *Registry) ByType(t reflect.Type) *Object { return r.byType[t] }

// Own returns the registry's copy of a declared object, or nil.
func (r *Registry) Own(declared *Object) *Object { return r.own[declared] }

// App returns the app, or nil.
func (r *Registry) App(name string) *App {
	for _, a := range r.Apps {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Of lists the objects of a kind in an app, by reference; "" is every app. The
// list is shared: do not change it.
func (r *Registry) Of(app string, k Kind) []*Object { return r.byKind[kindIn{app, k}] }

// kindIn is a kind in an app, or in every app for "".
type kindIn struct {
	app  string
	kind Kind
}

// list sorts the objects into the lists that Of returns: screens ask for them
// with every request.
func (r *Registry) list() {
	r.byKind = map[kindIn][]*Object{}
	for _, o := range slices.SortedFunc(slices.Values(r.Objects), func(a, b *Object) int { return strings.Compare(a.Ref, b.Ref) }) {
		for _, in := range []kindIn{{o.App.Name, o.Kind}, {"", o.Kind}} {
			r.byKind[in] = append(r.byKind[in], o)
		}
	}
	for in, list := range r.byKind {
		r.byKind[in] = slices.Clip(list)
	}
}

// Nearest returns the candidate closest to name, for "did you mean"; "" when
// none is close.
func Nearest(name string, candidates []string) string {
	best, at := "", len(name)/2+2
	for _, c := range candidates {
		if d := distance(name, c); d < at {
			best, at = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := prev[0]
		prev[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diag, prev[j] = prev[j], min(prev[j]+1, prev[j-1]+1, diag+cost)
		}
	}
	return prev[len(b)]
}

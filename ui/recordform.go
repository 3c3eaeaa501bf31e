package ui

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wording"
)

// longText is the length from which a text gets several lines.
const longText = 255

// RecordForm creates or edits a row of T; place it on a page.
type RecordForm[T any] struct {
	ID     appos.ID[T]        // the row to edit; zero creates one
	Fields func(row *T) []any // addresses of the fields to show, in order; nil is all
	Done   View               // the page to go to afterwards; nil is the row's view
}

// Node draws the form, and saves what was posted: then it goes on to Done.
func (rf RecordForm[T]) Node(c *Ctx) Node {
	o := c.object(reflect.TypeFor[T]())
	if o == nil || o.Record == nil {
		return failed{object.Errorf(object.Dispatch, "%s is not declared as a record", reflect.TypeFor[T]())}
	}
	e := editor{c: c, o: o, id: int64(rf.ID)}
	if rf.Fields != nil {
		row := new(T)
		base := reflect.ValueOf(row).Pointer()
		for _, p := range rf.Fields(row) {
			v := reflect.ValueOf(p)
			if v.Kind() != reflect.Pointer {
				continue
			}
			if f := o.Record.At(v.Pointer() - base); f != nil {
				e.only = append(e.only, f)
			}
		}
	}
	if rf.Done != nil {
		e.done = c.URL(rf.Done)
	}
	n, err := e.node()
	if err != nil {
		return failed{err}
	}
	return n
}

// createScreen and editScreen are derived from the record.
func createScreen(c *Ctx, o *object.Object) (Node, error) {
	if !c.may(o, object.Create) {
		return nil, denied(o)
	}
	e := editor{c: c, o: o}
	n, err := e.node()
	if err != nil {
		return nil, err
	}
	c.Crumbs(Crumb{c.plural(o), listURL(o)})
	return Screen(c, c.T("record.new", "name", c.noun(c.singular(o))), n), nil
}

func editScreen(c *Ctx, o *object.Object) (Node, error) {
	id, err := rowParam(c)
	if err != nil {
		return nil, err
	}
	live := c.live()
	e := editor{c: c, o: o, id: id}
	n, err := e.node()
	if err != nil {
		return nil, err
	}
	name := c.rowName(o, e.row)
	c.Crumbs(Crumb{c.plural(o), listURL(o)}, Crumb{name, rowURL(o, id)})
	return Screen(c, c.T("record.edit", "name", name), live.row(o, id, true), n), nil
}

func denied(o *object.Object) error {
	return &object.Error{Code: object.Denied, Object: o.Ref, Kind: o.Kind}
}

// editor draws and saves the form of a row.
type editor struct {
	c    *Ctx
	o    *object.Object
	id   int64           // 0 creates
	only []*object.Field // nil is all
	done string          // where to go afterwards; "" is the row's view

	row  reflect.Value // as it is stored
	form *Form
}

func (e *editor) node() (Node, error) {
	c := e.c
	e.row = reflect.New(e.o.Record.Type).Elem()
	if e.id != 0 {
		var err error
		if e.row, err = c.load(e.o, e.id); err != nil {
			return nil, err
		}
		if !c.may(e.o, object.Update) {
			return nil, denied(e.o)
		}
	} else {
		e.defaults()
	}
	fields := e.fields()
	e.form = NewForm(c, e.o.Name, e.texts(fields))
	values := e.parse(fields)
	if e.form.Submitted() && e.form.Valid() {
		saved, err := e.save(values)
		if err != nil || saved {
			return nil, err
		}
	}
	return e.draw(fields)
}

// fields are those to show: the ones that the user may read and, of a new row,
// write.
func (e *editor) fields() []*object.Field {
	var fields []*object.Field
	all := e.only
	if all == nil {
		for i := range e.o.Record.Fields {
			all = append(all, &e.o.Record.Fields[i])
		}
	}
	for _, f := range all {
		if !f.System && e.c.mayView(f) && (e.id != 0 || e.c.mayUpdate(f)) {
			fields = append(fields, f)
		}
	}
	return fields
}

// defaults fills a new row with the record's defaults and with what the address
// says, such as the customer whose page the user comes from.
func (e *editor) defaults() {
	for i := range e.o.Record.Fields {
		f := &e.o.Record.Fields[i]
		text := f.Default
		if given := e.c.Query(filterKey(f.Column)); given != "" {
			text = given
		}
		if text == "" || f.System {
			continue
		}
		if f.Default == text && (text == "now" || text == "today") {
			e.moment(f)
			continue
		}
		if v, err := parsePlain(f, text); err == nil {
			set(e.row.FieldByIndex(f.Index), v)
		}
	}
}

// moment fills a field whose default is the time or the day of the user.
func (e *editor) moment(f *object.Field) {
	clock, ok := e.c.runtime().(object.Clock)
	if !ok {
		return
	}
	switch now := clock.Now().In(e.c.s.zone); f.Kind {
	case object.FieldTime:
		set(e.row.FieldByIndex(f.Index), reflect.ValueOf(now.UTC().Truncate(time.Minute)))
	case object.FieldDate:
		set(e.row.FieldByIndex(f.Index), reflect.ValueOf(object.DateOf(now)))
	}
}

// texts are the values of the row as the controls show them.
func (e *editor) texts(fields []*object.Field) map[string]string {
	texts := map[string]string{"_version": plainText(&e.o.Record.Fields[object.FieldVersion], e.row.FieldByIndex(e.o.Record.Fields[object.FieldVersion].Index))}
	for _, f := range fields {
		if e.c.mayUpdate(f) {
			texts[f.Column] = e.text(f)
		}
	}
	return texts
}

// text is the row's value as a control shows it; a new row's numbers are empty.
func (e *editor) text(f *object.Field) string {
	field := e.row.FieldByIndex(f.Index)
	if e.id == 0 && field.IsZero() { // a pointer to zero is a value
		return ""
	}
	return e.c.formText(f, e.row)
}

// parse reads what was posted, and checks it. Only values that differ from the
// row's are returned: a control may show less than the row holds, such as a time
// without its seconds.
func (e *editor) parse(fields []*object.Field) map[*object.Field]reflect.Value {
	values := map[*object.Field]reflect.Value{}
	if !e.c.Posted() {
		return values
	}
	for _, f := range fields {
		if !e.c.mayUpdate(f) {
			continue
		}
		text := e.form.Value(f.Column)
		e.c.checkField(e.form, f, text)
		if text == strings.TrimSpace(e.text(f)) && e.id != 0 {
			continue
		}
		var v reflect.Value
		var fault string
		if f.Kind == object.FieldRef {
			v, fault = e.c.parseReference(f, text)
		} else {
			v, fault = e.c.parseForm(f, text)
		}
		e.form.Check(f.Column, fault == "", e.c.T(fault))
		if fault == "" {
			values[f] = v
		}
	}
	return values
}

// save stores the row and goes on. What the record refuses about the values is
// noted on the form: then saved is false and there is no error.
func (e *editor) save(values map[*object.Field]reflect.Value) (saved bool, err error) {
	c, rt, t := e.c, e.c.runtime(), e.o.Record.Type
	p := reflect.New(t)
	done := "record.updated"
	if e.id == 0 {
		done = "record.created"
		p.Elem().Set(e.row)
		fill(p.Elem(), values)
		if setter, ok := rt.(object.Setter); ok {
			err = setter.CreateSet(c, t, p.Interface(), given(values))
		} else {
			err = rt.Create(c, t, p.Interface())
		}
	} else {
		version, _ := strconv.ParseInt(e.form.Value("_version"), 10, 64) // without it the last writer wins
		err = rt.Update(c, t, e.id, version, p.Interface(), func() error {
			fill(p.Elem(), values)
			return nil
		})
	}
	if err != nil {
		return false, e.refuse(err)
	}
	id := e.id
	if id == 0 {
		id = rowID(e.o, p.Elem())
	}
	c.Toast(OK, c.T(done, "name", c.singular(e.o)), c.rowName(e.o, p.Elem()))
	to := e.done
	if to == "" {
		to = rowURL(e.o, id)
	}
	_, _ = c.RedirectTo(to)
	return true, nil
}

// fill puts values into a row.
func fill(row reflect.Value, values map[*object.Field]reflect.Value) {
	for f, v := range values {
		set(row.FieldByIndex(f.Index), v)
	}
}

// given are the fields that have a value, and texts that were left empty: what a
// form shows of a new row is what is stored, also where the default is another.
func given(values map[*object.Field]reflect.Value) []*object.Field {
	var set []*object.Field
	for f, v := range values {
		if v.IsValid() || f.Kind == object.FieldText && len(f.Enum) == 0 {
			set = append(set, f)
		}
	}
	return set
}

// refuse notes what is wrong with the input; another error is returned.
func (e *editor) refuse(err error) error {
	var stale *object.Stale
	conflict := errors.Is(err, object.Conflict)
	if !conflict && !errors.Is(err, object.Invalid) {
		return err
	}
	fault := object.AsError(err)
	told := map[string]bool{} // checks that are about several fields are told once
	for _, fe := range fault.Fields {
		fe.Field, _, _ = strings.Cut(fe.Field, "[") // an entry of a list
		if text := e.checkText(fe); text != "" {
			if !told[fe.Param] {
				e.form.Fault(text)
			}
			told[fe.Param] = true
			continue
		}
		i := slices.IndexFunc(e.o.Record.Fields, func(f object.Field) bool {
			return fe.Field == f.Column || fe.Field == f.Key || fe.Field == f.Name
		})
		if i < 0 {
			e.form.Fault(wording.Sentence(fe.Field + ": " + wording.Say(e.c.s.kit, fe.Message)))
			continue
		}
		f := &e.o.Record.Fields[i]
		e.form.Check(f.Column, false, e.faultText(f, fe))
	}
	switch {
	case len(fault.Fields) > 0:
	case errors.As(err, &stale):
		e.c.SetStatus(http.StatusConflict)
		e.form.Fault(e.c.T("record.stale"))
	default:
		e.form.Fault(e.c.sentence(fault.Public()))
	}
	return nil
}

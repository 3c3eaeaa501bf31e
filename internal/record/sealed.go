package record

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// Fields that are hidden or sensitive are sealed: the database has bytes that
// only the ring opens, and cannot compare, sort or check them. In the struct, in
// rules and in comparisons of rows they are like other fields; they change on
// their last step into a statement, and on the first out of one.
//
// The zero value is sealed like others, only nil is null. A column may be null
// also where its field is no pointer: rows that existed before the field cannot be
// sealed by a migration, and null reads as the zero value.

// seal keeps the values of a column encrypted.
type seal struct {
	p    *Plan // whose records have the ring
	at   secret.Place
	slot int // in the buffer
}

// placeIn is what sealed values of an app's records are bound to. It is the app
// alone: the id of a row is not known when it is sealed, and its record and field
// may be renamed, which no migration could seal anew.
func placeIn(app *object.App) secret.Place { return secret.Place{Table: app.Name, Column: "records"} }

// SealWith gives the records the keys of their fields that are kept encrypted. It
// is called before rows are read or written; without it those that have such
// fields cannot be.
func (r *Records) SealWith(ring *secret.Ring) { r.ring = ring }

// Sealed are the databases with records that have fields which are kept encrypted.
func (r *Records) Sealed() []Store {
	return slices.DeleteFunc(slices.Clone(r.stores), func(s Store) bool {
		return !slices.ContainsFunc(r.plans, func(p *Plan) bool { return p.rec.StoredIn == s.System && len(p.sealed) > 0 })
	})
}

// compileSeal says what a field cannot be that the database cannot read.
func (p *Plan) compileSeal(i int, fault func(string, ...any)) {
	c := &p.cols[i]
	f := c.f
	word := "hidden"
	if f.Secret {
		word = "sensitive"
	}
	c.seal = &seal{p, placeIn(p.o.App), len(p.sealed)}
	p.sealed = append(p.sealed, i)
	switch f.Kind {
	case object.FieldRef:
		fault("field %s is a reference, which the database follows, so it cannot be %s; restrict it with view=…, or store what it refers to in a text", f.Name, word)
	case object.FieldFile:
		fault("field %s is a file, whose content is not kept encrypted, so it cannot be %s; restrict it with view=…", f.Name, word)
	}
	for _, x := range []struct {
		has        bool
		name, does string
	}{
		{f.Unique, "unique", "cannot tell whether two values are the same"},
		{f.Indexed, "index", "cannot sort or filter by it"},
		{f.Search, "search", "cannot find words in it"},
	} {
		if x.has {
			fault("field %s is %s, so it is kept encrypted and the database %s; remove the word %s or %s", f.Name, word, x.does, x.name, word)
		}
	}
	if f.Display {
		fault("field %s is %s and cannot name the row; remove the word display or %s", f.Name, word, word)
	}
}

// stored is an argument of the column as the database has it.
func (c *column) stored(arg any) (any, error) {
	if c.seal == nil || arg == nil {
		return arg, nil
	}
	p, err := c.seal.p, errNoKeys
	var sealed []byte
	if p.records.ring != nil {
		sealed, err = p.records.ring.Seal(encoded(arg), c.seal.at)
	}
	if err != nil {
		out := p.fail(nil, object.RecordFault, "the %s cannot be stored", p.noun())
		out.Err = fmt.Errorf("the value of column %s cannot be encrypted: %w", c.f.Column, err)
		return nil, out
	}
	return sealed, nil
}

// storedArgs are the arguments of a row as the database has them.
func (p *Plan) storedArgs(args []any) (_ []any, err error) {
	if len(p.sealed) == 0 {
		return args, nil
	}
	out := append([]any(nil), args...)
	for _, i := range p.sealed {
		if out[i], err = p.cols[i].stored(args[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

var errNoKeys = errors.New("there are no keys")

// unseal opens what was read from the column and puts it into the row.
func (c *column) unseal(base unsafe.Pointer, sealed []byte) error {
	if sealed == nil {
		c.clear(base)
		return nil
	}
	ring := c.seal.p.records.ring
	if ring == nil {
		return errNoKeys
	}
	plain, err := ring.Open(sealed, c.seal.at)
	if err != nil {
		return err
	}
	if c.form == formJSON {
		if c.unmarshal(base, plain) != nil { // whose error may quote the value
			return errMisfit
		}
		return nil
	}
	v, err := decoded(c, string(plain))
	if err != nil {
		return err
	}
	c.clear(base) // an optional value is not shared with what the row was before
	return c.set(base, v)
}

// encoded is an argument in the bytes that are sealed: times and durations are
// microseconds, the others their texts, so that a type that has the same texts
// can take its place.
func encoded(arg any) []byte {
	switch v := arg.(type) {
	case string:
		return []byte(v)
	case int64:
		return strconv.AppendInt(nil, v, 10)
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64)
	case bool:
		return strconv.AppendBool(nil, v)
	case time.Time:
		return strconv.AppendInt(nil, v.UnixMicro(), 10)
	case time.Duration:
		return strconv.AppendInt(nil, v.Microseconds(), 10)
	case object.Date:
		return []byte(v.String())
	case store.Decimal:
		return []byte(v.Value.String())
	case store.JSON:
		return v
	}
	return nil // there are no other arguments
}

// errMisfit has nothing of the value in it.
var errMisfit = errors.New("holds a value of another type; give the field its type back, or add another field for the new one")

// decoded is a value that was encoded, as a plain one.
func decoded(c *column, text string) (v any, err error) {
	var n int64
	switch c.form {
	case formText:
		v = text
	case formInt64, formInt32:
		v, err = strconv.ParseInt(text, 10, 64)
	case formFloat:
		v, err = strconv.ParseFloat(text, 64)
	case formBool:
		v, err = strconv.ParseBool(text)
	case formTime:
		n, err = strconv.ParseInt(text, 10, 64)
		v = time.UnixMicro(n).UTC()
	case formDuration:
		n, err = strconv.ParseInt(text, 10, 64)
		v = time.Duration(n) * time.Microsecond
	case formDate:
		v, err = object.ParseDate(text)
	case formDecimal:
		var d decimal.Decimal
		if d, err = decimal.NewFromString(text); err == nil {
			_, err = store.Decimal{Value: d, Scale: c.f.Scale}.Scaled() // a text may be 1e999999999
		}
		if err == nil {
			v = d.Round(int32(c.f.Scale)) // the field may have had more digits
		}
	}
	if err != nil {
		return nil, errMisfit
	}
	return v, nil
}

// unreadable says which value of a row cannot be read, and for people outside
// only which row: they must not learn what fields it has.
func (p *Plan) unreadable(base unsafe.Pointer, c *column, err error) error {
	id := p.id(base)
	out := p.fail(nil, object.RecordFault, "%s %d cannot be read", p.noun(), id)
	if c.seal == nil {
		out.Err = err
		return out
	}
	var at *secret.Error
	if errors.As(err, &at) {
		err = fmt.Errorf("%w; the command keys status lists the keys that there are", p.at(at, id, c))
	} else {
		err = fmt.Errorf("the encrypted value of %s %d, column %s: %w", p.rec.Table, id, c.f.Column, err)
	}
	out.Err = fmt.Errorf("%w. A value that is lost for good is taken out with UPDATE %s SET %s = NULL WHERE id = %d", err, p.table, c.name, id)
	return out
}

// at is the error of a value with the place where it is stored.
func (p *Plan) at(err *secret.Error, id int64, c *column) *secret.Error {
	e := *err
	e.Place = secret.Place{Table: p.rec.Table, Row: strconv.FormatInt(id, 10), Column: c.f.Column}
	return &e
}

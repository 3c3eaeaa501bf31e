package record

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Plan is one record, compiled.
type Plan struct {
	records *Records
	db      store.DB
	o       *object.Object
	rec     *object.Record
	pointer reflect.Type // of rows

	cols     []column // as object.Record.Fields
	byField  map[*object.Field]int
	byColumn map[string]int
	buffered []int   // columns that are scanned into a buffer
	sealed   []int   // columns that are kept encrypted
	refs     []int   // columns that refer to other records
	uniques  [][]int // columns that together no two rows have the same values in
	search   []int
	backs    []back // who refers here

	checks     map[string]check // by their name in the database
	checkNames []string         // in order
	indexes    []store.Index    // over several columns

	table     string // quoted
	live      string // holds of rows that are not deleted; "" is all
	selectSQL string // up to FROM
	getSQL    string // up to the conditions of the access
	existsSQL string // the same, for a reference
	insertSQL batchSQL
	auditSQL  batchSQL
	deleteSQL string

	buffers         sync.Pool
	decimals, jsons int
}

// back is a reference from another record.
type back struct {
	p *Plan
	i int
}

// buffer is what one query scans through.
type buffer struct {
	dst      []any
	decimals []store.Decimal
	texts    []store.JSON
	seals    [][]byte
}

// Object is the record's descriptor.
func (p *Plan) Object() *object.Object { return p.o }

// Mask returns the set of the fields that in says yes to.
func (p *Plan) Mask(in func(f *object.Field) bool) Mask {
	var m Mask
	for i := range p.cols {
		if in(p.cols[i].f) {
			m = m.With(i)
		}
	}
	return m
}

// NewRow returns a pointer to a blank struct of the record.
func (p *Plan) NewRow() any { return reflect.New(p.rec.Type).Interface() }

// ID returns the id of a row.
func (p *Plan) ID(row any) int64 {
	base, err := p.base(row)
	if err != nil {
		return 0
	}
	return p.id(base)
}

// Version returns the version of a row.
func (p *Plan) Version(row any) int64 {
	base, err := p.base(row)
	if err != nil {
		return 0
	}
	return p.version(base)
}

// ChangedBy returns the sign-in name of who changed a row last.
func (p *Plan) ChangedBy(row any) string {
	base, err := p.base(row)
	if err != nil {
		return ""
	}
	return *(*string)(p.cols[object.FieldUpdatedBy].at(base))
}

// Value returns the value of the field with the column in a row, without its
// pointer: nil, string, int64, float64, bool, decimal.Decimal, time.Time, or a
// value of the field's own type for JSON. It is nil when there is no such field.
func (p *Plan) Value(row any, column string) any {
	base, err := p.base(row)
	i, ok := p.byColumn[column]
	if err != nil || !ok {
		return nil
	}
	return p.cols[i].value(base)
}

func (c *column) value(base unsafe.Pointer) any {
	if c.form == formJSON {
		p := c.at(base)
		if c.f.Optional {
			if p = *(*unsafe.Pointer)(p); p == nil {
				return nil
			}
		}
		return reflect.NewAt(c.f.Type, p).Elem().Interface()
	}
	v, _ := c.arg(base)
	if d, ok := v.(store.Decimal); ok {
		return d.Value
	}
	return v
}

// SetValue puts a value, as ParseValue returns it, into the field with the
// column of a row.
func (p *Plan) SetValue(row any, column string, v any) error {
	base, err := p.base(row)
	if err != nil {
		return err
	}
	i, ok := p.byColumn[column]
	if !ok {
		return p.unknown(column, Mask{})
	}
	if v == nil && !p.cols[i].f.Optional {
		return p.fieldError(column, "required", "must not be null")
	}
	if err := p.cols[i].set(base, v); err != nil {
		return p.fieldError(column, "type", "%v", err)
	}
	return nil
}

// base is the address of the struct that row points to.
func (p *Plan) base(row any) (unsafe.Pointer, error) {
	if reflect.TypeOf(row) != p.pointer {
		return nil, &object.Error{Code: object.Internal, Object: p.o.Ref, Kind: object.KindRecord, Err: fmt.Errorf("a row is a %T, not a %s", row, p.pointer)}
	}
	base := reflect.ValueOf(row).UnsafePointer()
	if base == nil {
		return nil, &object.Error{Code: object.Internal, Object: p.o.Ref, Kind: object.KindRecord, Err: fmt.Errorf("a row is a nil %T", row)}
	}
	return base, nil
}

func (p *Plan) id(base unsafe.Pointer) int64 { return *p.idAt(base) }

func (p *Plan) idAt(base unsafe.Pointer) *int64 {
	return (*int64)(p.cols[object.FieldID].at(base))
}

func (p *Plan) version(base unsafe.Pointer) int64 {
	return *(*int64)(p.cols[object.FieldVersion].at(base))
}

func (p *Plan) takeBuffer() *buffer { return p.buffers.Get().(*buffer) }

func (p *Plan) giveBuffer(b *buffer) {
	clear(b.dst)
	clear(b.texts)
	clear(b.seals)
	p.buffers.Put(b)
}

// scan reads the current row into the struct at base, and what follows the
// record's columns into extra; hidden fields are zero.
func (p *Plan) scan(rows store.Rows, base unsafe.Pointer, b *buffer, hidden Mask, extra ...any) error {
	p.aim(base, b)
	if err := rows.Scan(append(b.dst, extra...)...); err != nil {
		return err
	}
	return p.land(base, b, hidden)
}

// aim points the buffer's destinations at the struct.
func (p *Plan) aim(base unsafe.Pointer, b *buffer) {
	for i := range p.cols {
		b.dst[i] = p.cols[i].dst(base, b)
	}
}

// land moves what needs a conversion from the buffer to the struct.
func (p *Plan) land(base unsafe.Pointer, b *buffer, hidden Mask) error {
	for _, i := range p.buffered {
		if hidden.Has(i) {
			continue
		}
		if err := p.cols[i].take(base, b); err != nil {
			return p.unreadable(base, &p.cols[i], err)
		}
	}
	p.hide(base, hidden)
	return nil
}

// hide makes the hidden fields zero.
func (p *Plan) hide(base unsafe.Pointer, hidden Mask) {
	if hidden.Empty() {
		return
	}
	for i := range p.cols {
		if hidden.Has(i) {
			p.cols[i].clear(base)
		}
	}
}

// noun names a row for people, such as "order line".
func (p *Plan) noun() string { return strings.ReplaceAll(p.o.Name, "_", " ") }

// nouns names n rows for people.
func (p *Plan) nouns(n int64) string {
	if n == 1 {
		return p.noun()
	}
	return strings.ReplaceAll(object.Plural(p.o.Name), "_", " ")
}

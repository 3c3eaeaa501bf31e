package exchange

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store"
)

// item is a row on its way into the record.
type item struct {
	line   int
	sets   []setting
	wants  []want
	key    string // what the row is found by
	keyed  any
	faults []object.FieldError
	unread error // the row cannot be read
	err    error // the row cannot be stored
	id     int64 // of the row that exists

	read struct{ sets, faults int } // how many came from the file
}

// reset forgets what an attempt to store the row has found.
func (it *item) reset() {
	it.id, it.err = 0, nil
	it.sets, it.faults = it.sets[:it.read.sets], it.faults[:it.read.faults]
}

// setting is a value for a field; nil is none.
type setting struct {
	f *object.Field
	v any
}

func (it *item) fail(field, rule, message string) {
	it.faults = append(it.faults, object.FieldError{Field: field, Rule: rule, Message: message})
}

// misread says whether the file is at fault, whatever the database has.
func (it *item) misread() bool { return it.unread != nil || it.read.faults > 0 }

func (it *item) bad() error {
	switch {
	case it.unread != nil:
		return it.unread
	case it.err != nil:
		return it.err
	case len(it.faults) > 0:
		return &object.Error{Code: object.Invalid, Text: "some fields are not valid", Fields: it.faults}
	}
	return nil
}

// apply puts the values of the file into a row.
func (it *item) apply(p *record.Plan, row any) error {
	for _, s := range it.sets {
		var err error
		if s.v == nil && !s.f.Optional {
			err = p.Reset(row, s.f.Column)
		} else {
			err = p.SetValue(row, s.f.Column, s.v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// given are the fields that the file has values for.
func (it *item) given(p *record.Plan) record.Mask {
	return p.Mask(func(f *object.Field) bool {
		return slices.ContainsFunc(it.sets, func(s setting) bool { return s.f == f && s.v != nil })
	})
}

// batch reads at most n rows. With io.EOF there are no more after them.
func (im *Import) batch(n int) ([]item, error) {
	items := make([]item, 0, n)
	for len(items) < n {
		switch err := im.src.next(&im.row); {
		case err == io.EOF:
			return items, io.EOF
		case err != nil:
			return items, invalid(err)
		}
		items = append(items, im.item(&im.row, len(items)))
	}
	return items, nil
}

// item converts the values of a row.
func (im *Import) item(r *row, at int) item {
	it := item{line: r.line, unread: r.err}
	if r.err != nil {
		return it
	}
	it.sets = make([]setting, 0, len(r.cells))
	im.found = im.found[:0]
	for i := range r.cells {
		var t *Target
		if im.targets != nil {
			t = &im.targets[i]
		} else {
			found, err := im.mapper.target(r.names[i])
			if err != nil {
				it.faults = append(it.faults, object.AsError(err).Fields...)
				continue
			}
			t = &found
			im.second(t)
			if f, clash := t.clash(im.found); clash {
				it.faults = append(it.faults, f)
				continue
			}
			im.found = append(im.found, found)
		}
		if t.Field != nil {
			im.cell(&it, at, t, r.cells[i])
		}
	}
	it.read.sets, it.read.faults = len(it.sets), len(it.faults)
	return it
}

func (im *Import) cell(it *item, at int, t *Target, c cell) {
	f := t.Field
	if t.By != nil {
		f = t.By
	}
	v, err := im.o.value(f, c)
	if err == nil && t.By != nil && v == "" {
		v = nil
	}
	if err != nil {
		it.fail(t.Column, "type", err.Error())
		return
	}
	key := im.by
	if im.job != nil && im.job.Pass > 0 {
		key = im.self
	}
	if key != nil && t.Field == key {
		it.keyed, it.key = v, record.FormatValue(f, v)
		if v == nil {
			it.fail(t.Column, "required", "is what the row is found by, and is empty")
		}
	}
	switch {
	case im.job != nil && im.job.Pass > 0 && (t.By == nil || t.Field.Target != im.Object.Record.Type):
		// the second pass is about references within the record
	case t.By != nil && v != nil:
		it.wants = append(it.wants, want{item: at, t: t, key: record.FormatValue(f, v), v: v})
	case t.Field.Column == "id":
	default:
		it.sets = append(it.sets, setting{t.Field, v})
	}
}

// write stores the rows of a batch in the transaction of ctx, counts them, and
// reports those that are not good. An error is not about single rows, or about one
// that only the database found.
func (im *Import) write(ctx context.Context, items []item) error {
	return im.with(ctx, func(p *record.Plan, create, update *record.Access) error {
		for len(items) > 0 {
			n := distinct(items)
			if err := im.writeDistinct(ctx, p, create, update, items[:n]); err != nil {
				return err
			}
			items = items[n:]
		}
		return nil
	})
}

// distinct is how many rows from the first have keys of their own: one that
// comes again must find what the one before it left.
func distinct(items []item) int {
	seen := make(map[string]bool, len(items))
	for i := range items {
		if items[i].keyed == nil {
			continue
		}
		if seen[items[i].key] {
			return i
		}
		seen[items[i].key] = true
	}
	return len(items)
}

func (im *Import) writeDistinct(ctx context.Context, p *record.Plan, create, update *record.Access, items []item) error {
	key := im.by
	if im.job.Pass > 0 {
		key, update = im.self, create
	}
	if err := im.find(ctx, p, update, key, items); err != nil {
		return err
	}
	if err := im.refer(ctx, p, create, items); err != nil {
		return err
	}
	var news, olds []int
	for i := range items {
		switch it := &items[i]; {
		case it.bad() != nil:
		case it.id != 0:
			olds = append(olds, i)
		case im.job.Pass > 0: // it was reported by the first pass
			if it.keyed == nil && len(it.wants) > 0 {
				it.fail(it.wants[0].t.Column, "exists", "names a row that comes later, and the row has no "+key.Column+" to find it by again")
			}
		case im.o.Upsert == "id":
			it.fail("id", "exists", "is the id of no "+im.Object.Name+" that you have access to")
		default:
			news = append(news, i)
		}
	}
	if err := im.create(ctx, p, create, items, news); err != nil {
		return err
	}
	if err := im.update(ctx, p, update, items, olds); err != nil {
		return err
	}
	return im.count(items)
}

// find looks the rows up that exist.
func (im *Import) find(ctx context.Context, p *record.Plan, a *record.Access, key *object.Field, items []item) error {
	if key == nil {
		return nil
	}
	var values []any
	for i := range items {
		if items[i].keyed != nil {
			values = append(values, items[i].keyed)
		}
	}
	if len(values) == 0 {
		return nil
	}
	found, err := p.IDsBy(ctx, a, key, values)
	if err != nil {
		return err
	}
	for i := range items {
		if ids := found[items[i].key]; items[i].keyed != nil && len(ids) > 0 {
			items[i].id = ids[0]
		}
	}
	return nil
}

// refer fills in the references that are named by other fields than the id.
func (im *Import) refer(ctx context.Context, p *record.Plan, a *record.Access, items []item) error {
	var wants []want
	for i := range items {
		if items[i].bad() != nil {
			continue
		}
		for _, w := range items[i].wants {
			w.item = i
			wants = append(wants, w)
		}
	}
	missing, err := im.resolve(ctx, p, a, wants, items)
	if err != nil {
		return err
	}
	for _, w := range missing {
		if im.job.Pass == 0 && im.self != nil && w.t.Field.Target == im.Object.Record.Type {
			im.job.pending++
			continue
		}
		items[w.item].fail(w.t.Column, "exists", "names no "+w.t.Field.Key+" "+quoted(w.key))
	}
	return nil
}

func (im *Import) create(ctx context.Context, p *record.Plan, a *record.Access, items []item, which []int) error {
	rows := make([]any, 0, len(which))
	made := make([]int, 0, len(which))
	for _, i := range which {
		row := p.NewRow()
		if err := items[i].apply(p, row); err != nil {
			items[i].err = err
			continue
		}
		rows, made = append(rows, row), append(made, i)
	}
	if len(rows) == 0 {
		return nil
	}
	before := int(im.job.Created)
	errs, err := p.CreateEach(ctx, a, rows)
	if err != nil {
		return err
	}
	for j, i := range made {
		if items[i].err = errs[j]; errs[j] == nil {
			im.job.Created++
		}
	}
	return p.Grown(ctx, before, int(im.job.Created))
}

func (im *Import) update(ctx context.Context, p *record.Plan, a *record.Access, items []item, which []int) error {
	if len(which) == 0 {
		return nil
	}
	ids := make([]int64, len(which))
	for j, i := range which {
		ids[j] = items[i].id
	}
	done, err := p.UpdateEachSet(ctx, a, ids, func(j int, row any) (record.Mask, error) {
		it := &items[which[j]]
		return it.given(p), it.apply(p, row)
	})
	if err != nil {
		return err
	}
	for j, i := range which {
		switch items[i].err = done[j].Err; {
		case done[j].Err != nil || im.job.Pass > 0:
		case done[j].Stored:
			im.job.Updated++
		default:
			im.job.Unchanged++
		}
	}
	return nil
}

// count moves the position on and reports what was not stored.
func (im *Import) count(items []item) error {
	im.job.Rows += int64(len(items))
	for i := range items {
		err := items[i].bad()
		if err == nil || im.job.Pass > 0 && items[i].misread() {
			continue // well, or reported by the first pass
		}
		if err := im.fault(items[i].line, err); err != nil {
			return err
		}
	}
	return nil
}

func (im *Import) fault(line int, err error) error {
	im.faults++
	if im.job.Pass == 0 {
		im.job.Failed++
	}
	for _, f := range faultsOf(line, err) {
		if err := im.report.add(f); err != nil {
			return err
		}
	}
	return nil
}

// state is what a transaction that is undone is undone to.
type state struct {
	counts Counts
	faults int64
	size   int64
	first  int
}

func (im *Import) state() state {
	return state{im.job.Counts, im.faults, im.report.size, len(im.report.First)}
}

// restore forgets what a transaction did that is not stored.
func (im *Import) restore(s state) error {
	im.job.Counts, im.faults = s.counts, s.faults
	im.report.First = im.report.First[:s.first]
	im.lookups = map[*object.Field]*lookup{} // they may know rows that are gone
	return im.report.cut(s.size)
}

// ofRow says whether an error that ended a transaction is the fault of a row.
func ofRow(err error) bool {
	if errors.Is(err, errMoved) {
		return false
	}
	for e := error(nil); ; {
		kind, ok := store.KindOf(err)
		if !ok {
			break
		}
		if kind != store.Aborted {
			return slices.Contains([]store.ErrorKind{store.Unique, store.ForeignKey, store.NotNull, store.CheckFailed, store.Range}, kind)
		}
		var se *store.Error
		errors.As(err, &se)
		if e = se.Err; e == nil {
			return false
		}
		err = e
	}
	switch object.AsError(err).Code {
	case object.RecordFault, object.Timeout:
		return false
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

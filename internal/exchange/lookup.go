package exchange

import (
	"context"
	"errors"
	"fmt"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// cachedKeys bounds what is remembered of rows that were looked up, per column.
const cachedKeys = 50_000

// lookup finds the rows that a column names by another field than the id.
type lookup struct {
	known map[string]int64 // by FormatValue
}

// want is a reference of a row that waits for its id.
type want struct {
	item int
	t    *Target
	key  string
	v    any
}

// resolve finds the rows that the references of a batch name, with a query per
// column. Those that name no row are returned.
func (im *Import) resolve(ctx context.Context, p *record.Plan, a *record.Access, wants []want, items []item) (missing []want, err error) {
	byColumn := map[*object.Field][]want{}
	for _, w := range wants {
		byColumn[w.t.Field] = append(byColumn[w.t.Field], w)
	}
	for f, some := range byColumn {
		l := im.lookups[f]
		if l == nil || len(l.known) > cachedKeys {
			l = &lookup{known: map[string]int64{}}
			im.lookups[f] = l
		}
		if err := l.load(ctx, p, a, some); err != nil {
			return nil, err
		}
		for _, w := range some {
			id, ok := l.known[w.key]
			switch {
			case !ok:
				missing = append(missing, w)
			case id < 0:
				items[w.item].fail(w.t.Column, "ambiguous", fmt.Sprintf("%q names more than one %s", clip(w.key), w.t.Field.Key))
			default:
				it := &items[w.item]
				it.sets = append(it.sets, setting{f, id})
			}
		}
	}
	return missing, nil
}

// load asks for the keys that are not known. Those that are missing are asked
// for again by the next batch, which may have stored them.
func (l *lookup) load(ctx context.Context, p *record.Plan, a *record.Access, wants []want) error {
	asked := map[string]bool{}
	var values []any
	for _, w := range wants {
		if _, ok := l.known[w.key]; !ok && !asked[w.key] {
			asked[w.key] = true
			values = append(values, w.v)
		}
	}
	if len(values) == 0 {
		return nil
	}
	t := wants[0].t
	target, ta, err := p.Target(a, t.Field)
	if errors.Is(err, object.Denied) {
		return nil // as if there were no rows
	}
	if err != nil {
		return err
	}
	found, err := target.IDsBy(ctx, ta, t.By, values)
	if err != nil {
		return err
	}
	for key, ids := range found {
		l.known[key] = ids[0]
		if len(ids) > 1 {
			l.known[key] = -1
		}
	}
	return nil
}

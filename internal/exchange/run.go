package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/apposengine/appos/internal/object"
)

// batches stores the rows that are good, a transaction a batch.
func (im *Import) batches(ctx context.Context) error {
	for {
		for ended := false; !ended; {
			items, err := im.batch(batchRows)
			if ended = err == io.EOF; ended {
				err = nil
			}
			if len(items) > 0 {
				if err := im.commit(ctx, items); err != nil {
					return err
				}
			}
			if err != nil {
				return err
			}
			im.progress()
		}
		if im.job.pending == 0 || im.job.Pass > 0 {
			return nil
		}
		if err := im.again(ctx, true); err != nil {
			return err
		}
	}
}

// commit stores a batch together with the position after it. When the database
// finds a row that the checks have not found, the batch is halved until that row
// stands alone.
func (im *Import) commit(ctx context.Context, items []item) error {
	before := im.state()
	err := im.db.Tx(ctx, func(ctx context.Context) error {
		if err := im.write(ctx, items); err != nil {
			return err
		}
		return im.advance(ctx, before.counts)
	})
	if err == nil {
		return nil
	}
	if e := im.restore(before); e != nil {
		return e
	}
	if !ofRow(err) || ctx.Err() != nil {
		return err
	}
	if len(items) > 1 {
		for i := range items { // what was found out about them is not so any more
			items[i].reset()
		}
		half := len(items) / 2
		if err := im.commit(ctx, items[:half]); err != nil {
			return err
		}
		return im.commit(ctx, items[half:])
	}
	im.job.Rows++
	if err := im.fault(items[0].line, err); err != nil {
		return err
	}
	return im.db.Tx(ctx, func(ctx context.Context) error { return im.advance(ctx, before.counts) })
}

// advance writes the report out before the position that includes it is stored.
func (im *Import) advance(ctx context.Context, from Counts) (err error) {
	if im.job.reported, err = im.report.flush(); err != nil {
		return err
	}
	return im.job.advance(ctx, im.db, from, im.job.Counts, im.now())
}

// again begins the second pass.
func (im *Import) again(ctx context.Context, store bool) error {
	from := im.job.Counts
	im.job.Pass, im.job.Rows = 1, 0
	im.lookups = map[*object.Field]*lookup{}
	if store {
		if err := im.advance(ctx, from); err != nil {
			return err
		}
	}
	return im.rewind()
}

// whole does everything in one transaction, which is stored when nothing is wrong
// and it is no dry run. A dry run of more than MaxWhole rows takes several, each
// undone: rows that are further apart do not find each other.
func (im *Import) whole(ctx context.Context) error {
	for {
		var last []item
		ended := false
		before := im.state()
		err := im.db.Tx(ctx, func(ctx context.Context) error {
			for n := 0; !ended; n += len(last) {
				if n >= MaxWhole {
					if im.o.DryRun {
						return errUndone
					}
					return object.Errorf(object.Invalid, "the file has more than %s rows, which are too many to store all or nothing; import it with on_error=%s, "+
						"which stores what is good in batches and can be resumed", strconv.Itoa(MaxWhole), Continue)
				}
				var err error
				if last, err = im.batch(batchRows); err != nil && err != io.EOF {
					return err
				}
				ended = err == io.EOF
				if ended && len(last) == 0 && im.o.DryRun {
					break
				}
				if err := im.write(ctx, last); err != nil {
					return err
				}
				im.progress()
				if ended && im.job.pending > 0 && im.job.Pass == 0 {
					if err := im.again(ctx, false); err != nil {
						return err
					}
					ended = false
				}
			}
			switch {
			case im.o.DryRun:
				return errUndone
			case im.faults > 0:
				return errRefused
			}
			return nil
		})
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errUndone):
			im.lookups = map[*object.Field]*lookup{}
			if ended {
				return nil
			}
		case errors.Is(err, errRefused):
			return err
		case ofRow(err) && len(last) > 0 && !isOfFile(err):
			if e := im.restoreKeeping(before, last); e != nil {
				return e
			}
			return im.blame(ctx, last, err)
		default:
			return err
		}
	}
}

func isOfFile(err error) bool {
	var known *object.Error
	return errors.As(err, &known) && known.Object == ""
}

// restoreKeeping forgets what the transaction stored, but not what it found wrong.
func (im *Import) restoreKeeping(before state, last []item) error {
	im.job.Created, im.job.Updated, im.job.Unchanged = before.counts.Created, before.counts.Updated, before.counts.Unchanged
	im.lookups = map[*object.Field]*lookup{}
	for i := range last {
		last[i].reset()
	}
	return nil
}

// blame finds the rows of a batch that the database, or what follows a change,
// refuses: each is tried alone, and undone.
func (im *Import) blame(ctx context.Context, items []item, cause error) error {
	found := false
	for i := range items {
		var failed error
		err := im.db.Tx(ctx, func(ctx context.Context) error {
			s := im.state()
			failed = im.write(ctx, items[i:i+1])
			if failed == nil {
				im.job.Counts, im.faults = s.counts, s.faults
				if err := im.report.cut(s.size); err != nil {
					return err
				}
				im.report.First = im.report.First[:s.first]
			}
			return errUndone
		})
		if err != nil && !errors.Is(err, errUndone) && failed == nil {
			return err
		}
		if failed != nil {
			if !ofRow(failed) {
				return failed
			}
			found = true
			if err := im.fault(items[i].line, failed); err != nil {
				return err
			}
		}
	}
	if !found { // they fail only together
		e := *object.AsError(cause)
		e.Text = fmt.Sprintf("lines %d to %d: %s", items[0].line, items[len(items)-1].line, e.Public())
		return &e
	}
	return errRefused
}

func quoted(s string) string { return strconv.Quote(clip(s)) }

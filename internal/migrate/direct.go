package migrate

import (
	"context"
	"fmt"
	"strings"
)

// follow makes the database what the code declares, without a file.
func (r Runner) follow(ctx context.Context, s Set) (changed bool, err error) {
	st, err := load(ctx, s.DB, s.Name)
	if err != nil || same(st.schema, s.Tables) {
		return false, err
	}
	err = s.DB.Migrate(ctx, func(ctx context.Context) error {
		st, err := locked(ctx, s)
		if err != nil {
			return err
		}
		changed, err = r.direct(ctx, s, st)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("following the declarations of %s: %w", s.Name, err)
	}
	return changed, nil
}

// direct applies the difference between what the database has and the code.
func (r Runner) direct(ctx context.Context, s Set, st *state) (bool, error) {
	if same(st.schema, s.Tables) {
		return false, nil
	}
	c, err := Plan(s.DB.Dialect(), st.schema, s.Tables, Options{AllowDrop: r.AllowDrop})
	if err != nil {
		return false, err
	}
	all := make([]statement, len(c.Statements))
	for i, one := range c.Statements {
		all[i] = statement{sql: one.SQL, line: i + 1}
	}
	began := r.Now()
	step := Step{Set: s.Name, Version: strings.Join(c.Notes, "; "), Kind: Direct, Statements: len(all)}
	r.tell(step)
	if err := execute(ctx, s.DB, "the planned change", all); err != nil {
		return false, err
	}
	took := r.Now().Sub(began)
	e := Entry{Version: st.directVersion(began), Name: "development", Kind: Direct, AppliedAt: began, Took: took, By: r.By}
	if err := enter(ctx, s.DB, s.Name, e); err != nil {
		return false, err
	}
	step.Done, step.Took = true, took
	s.DB.AfterCommit(ctx, func() { r.tell(step) })
	return true, keep(ctx, s.DB, s.Name, s.Tables, !same(s.Tables, s.Folder.Snapshot))
}

// adopt deals with files that arrive in a database which has changes of development
// that no file had: what the files change of the schema, it has already or gets from
// the declarations. Files that only change rows are run.
func (r Runner) adopt(ctx context.Context, s Set) (changed bool, err error) {
	err = s.DB.Migrate(ctx, func(ctx context.Context) error {
		st, err := locked(ctx, s)
		if err != nil {
			return err
		}
		pending, err := s.pending(st)
		if err != nil || !st.ahead || len(pending) == 0 {
			return err
		}
		if !r.Direct && !same(st.schema, s.Folder.Snapshot) {
			return &FolderError{s.Folder.Path, []string{fmt.Sprintf("%s is pending, but the database followed declarations in development that no file has; it can only be brought up to date where database.migrate is auto", pending[0])}}
		}
		for _, v := range pending {
			if v.Data {
				continue
			}
			if err := r.enterAdopted(ctx, s, v); err != nil {
				return err
			}
		}
		if r.Direct {
			if _, err := r.direct(ctx, s, st); err != nil {
				return err
			}
			st.schema = s.Tables
		}
		for _, v := range pending {
			if !v.Data {
				continue
			}
			if err := r.runData(ctx, s, v); err != nil {
				return err
			}
		}
		changed = true
		return keep(ctx, s.DB, s.Name, st.schema, !same(st.schema, s.Folder.Snapshot))
	})
	if err != nil {
		return false, fmt.Errorf("adopting the migrations of %s: %w", s.Name, err)
	}
	return changed, nil
}

func (r Runner) enterAdopted(ctx context.Context, s Set, v Version) error {
	step := Step{Set: s.Name, Version: v.String(), Kind: Adopted, Done: true}
	s.DB.AfterCommit(ctx, func() { r.tell(step) })
	return enter(ctx, s.DB, s.Name, Entry{Version: v.ID, Name: v.Name, Kind: Adopted, Checksum: v.files[s.DB.Dialect()].checksum, AppliedAt: r.Now(), By: r.By})
}

func (r Runner) runData(ctx context.Context, s Set, v Version) error {
	file := v.files[s.DB.Dialect()]
	all, err := statements(s.DB.Dialect(), file.text)
	if err != nil {
		return err
	}
	began := r.Now()
	step := Step{Set: s.Name, Version: v.String(), Kind: File, Statements: len(all)}
	r.tell(step)
	if err := execute(ctx, s.DB, file.name, all); err != nil {
		return err
	}
	step.Done, step.Took = true, r.Now().Sub(began)
	s.DB.AfterCommit(ctx, func() { r.tell(step) })
	return enter(ctx, s.DB, s.Name, Entry{v.ID, v.Name, File, file.checksum, began, step.Took, r.By})
}

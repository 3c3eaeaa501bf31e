package migrate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// Set is the migrations of the tables of one owner in one database: those of the
// project's records, or the platform's own. Sets of one database have different
// names and no table in common.
type Set struct {
	Name   string
	DB     store.DB
	Folder *Folder
	Tables []store.Table // what the code declares
}

// Runner applies migrations.
type Runner struct {
	// Direct follows the declarations where they are ahead of the files, as
	// development wants it; otherwise only files are run.
	Direct bool
	// AllowDrop lets Direct lose data.
	AllowDrop bool
	By        string // who runs it, for the ledger
	Now       func() time.Time
	// Progress is told of every version before it is run, and after it; nil is
	// nobody.
	Progress func(Step)
}

// Step is a version that is run.
type Step struct {
	Set, Version string // such as "20261123043000_add_credit"
	Kind         Kind
	Statements   int
	Done         bool
	Took         time.Duration // of one that is done
}

// Check compares a set's files with what its database has run, and returns the
// versions that are pending. The error is a *FolderError.
func (s Set) Check(ctx context.Context) ([]Version, error) {
	st, err := load(ctx, s.DB, s.Name)
	if err != nil {
		return nil, err
	}
	return s.pending(st)
}

func (s Set) pending(st *state) ([]Version, error) {
	d := s.DB.Dialect()
	var pending []Version
	var problems []string
	note := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	newest := st.newest()
	for _, v := range s.Folder.Versions {
		e := st.entry(v.ID)
		switch {
		case e == nil && v.ID < newest:
			note("%s is older than %s, which the database has run already: it was made on another branch. Rename its files to a version after that, then appos migrate hash", v, newest)
		case e == nil:
			pending = append(pending, v)
		case e.Checksum != v.files[d].checksum:
			note("%s is not what the database has run: restore it, and put the change into another migration", v.file(d))
		}
	}
	for _, e := range st.entries {
		known := slices.ContainsFunc(s.Folder.Versions, func(v Version) bool { return v.ID == e.Version })
		if e.Kind != Direct && !known {
			note("the database has run %s_%s, which is not here: this program is older than its database, or the file was removed. Run the newer program, or restore the file", e.Version, e.Name)
		}
	}
	if len(problems) > 0 {
		return nil, &FolderError{s.Folder.Path, problems}
	}
	return pending, nil
}

// Apply runs what is pending, each version in a transaction of its own, under a
// lock that other processes wait for. With Direct it then follows the declarations.
// It says whether anything changed.
func (r Runner) Apply(ctx context.Context, s Set) (changed bool, err error) {
	for {
		st, err := load(ctx, s.DB, s.Name)
		if err != nil {
			return changed, err
		}
		pending, err := s.pending(st)
		if err != nil {
			return changed, err
		}
		if st.ahead && len(pending) > 0 {
			return r.adopt(ctx, s)
		}
		if len(pending) == 0 {
			break
		}
		if err := r.run(ctx, s, pending[0]); err != nil {
			return changed, fmt.Errorf("migration %s of %s: %w; the database is as it was before", pending[0], s.Name, err)
		}
		changed = true
	}
	if r.Direct {
		did, err := r.follow(ctx, s)
		return changed || did, err
	}
	return changed, nil
}

// run runs one version, unless another process has done so meanwhile.
func (r Runner) run(ctx context.Context, s Set, v Version) error {
	file := v.files[s.DB.Dialect()]
	all, err := statements(s.DB.Dialect(), file.text)
	if err != nil {
		return err
	}
	return s.DB.Migrate(ctx, func(ctx context.Context) error {
		st, err := locked(ctx, s)
		if err != nil {
			return err
		}
		pending, err := s.pending(st)
		if err != nil || len(pending) == 0 || pending[0].ID != v.ID {
			return err // it was run by another
		}
		began := r.Now()
		step := Step{Set: s.Name, Version: v.String(), Kind: File, Statements: len(all)}
		r.tell(step)
		if err := execute(ctx, s.DB, file.name, all); err != nil {
			return err
		}
		took := r.Now().Sub(began)
		if err := enter(ctx, s.DB, s.Name, Entry{v.ID, v.Name, File, file.checksum, began, took, r.By}); err != nil {
			return err
		}
		if len(pending) == 1 {
			if err := keep(ctx, s.DB, s.Name, s.Folder.Snapshot, false); err != nil {
				return err
			}
		}
		step.Done, step.Took = true, took
		s.DB.AfterCommit(ctx, func() { r.tell(step) })
		return nil
	})
}

// locked reads the state of a set under the lock; the ledger is made where it is
// missing.
func locked(ctx context.Context, s Set) (*state, error) {
	if err := makeLedger(ctx, s.DB); err != nil {
		return nil, fmt.Errorf("the ledger of migrations: %w", err)
	}
	return load(ctx, s.DB, s.Name)
}

func (r Runner) tell(s Step) {
	if r.Progress != nil {
		r.Progress(s)
	}
}

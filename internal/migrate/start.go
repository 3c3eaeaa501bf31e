package migrate

import (
	"context"
	"fmt"
	"strings"
)

// NotReady is the error of a start that leaves the schema to people: what they
// have to do first.
type NotReady struct {
	Set     string
	Pending []Version
	Ahead   []string // what the declarations have that no migration makes
	Path    string   // of the folder
	First   bool     // there are no migrations at all
}

func (e *NotReady) Error() string {
	switch {
	case e.First:
		return fmt.Sprintf("the database %q has no migrations in %s: make the first with \"appos migrate new initial\" where the project is developed, and deploy its files", e.Set, e.Path)
	case len(e.Ahead) > 0:
		return fmt.Sprintf("the declarations are ahead of the migrations in %s:\n  %s\nmake the next with \"appos migrate new NAME\" where the project is developed, and deploy its files", e.Path, strings.Join(e.Ahead, "\n  "))
	}
	names := make([]string, len(e.Pending))
	for i, v := range e.Pending {
		names[i] = v.String()
	}
	return fmt.Sprintf("the database %q lacks %d migrations of %s:\n  %s\nrun them with \"appos migrate\"", e.Set, len(names), e.Path, strings.Join(names, "\n  "))
}

// Ahead says what the declarations have that the files do not make.
func (s Set) Ahead() *NotReady {
	if same(s.Folder.Snapshot, s.Tables) {
		return nil
	}
	before, moves, _ := renamed(s.Folder.Snapshot, s.Tables)
	return &NotReady{Set: s.Name, Path: s.Folder.Path, Ahead: compare(before, s.Tables, moves).notes(), First: len(s.Folder.Versions) == 0}
}

// Start makes sure that a database is what a server needs. With Direct, or where
// the set was never in this database, it is made so; otherwise the error says what
// to do, a *NotReady where that is running or making migrations.
func (r Runner) Start(ctx context.Context, s Set) error {
	if !r.Direct {
		if ahead := s.Ahead(); ahead != nil {
			return ahead
		}
		st, err := load(ctx, s.DB, s.Name)
		if err != nil {
			return err
		}
		pending, err := s.pending(st)
		if err != nil {
			return err
		}
		// a schema that never was has nothing to lose; one with data is left to people
		if len(pending) > 0 && len(st.entries) > 0 {
			return &NotReady{Set: s.Name, Path: s.Folder.Path, Pending: pending}
		}
	}
	_, err := r.Apply(ctx, s)
	return err
}

// Planned is what Apply would run.
type Planned struct {
	Name string // of the file, or what follows the declarations
	SQL  string
}

// DryRun returns what Apply would run, and runs nothing.
func (r Runner) DryRun(ctx context.Context, s Set) ([]Planned, error) {
	st, err := load(ctx, s.DB, s.Name)
	if err != nil {
		return nil, err
	}
	pending, err := s.pending(st)
	if err != nil {
		return nil, err
	}
	var all []Planned
	schema := st.schema
	for _, v := range pending {
		if st.ahead && !v.Data {
			continue // adopted
		}
		file := v.files[s.DB.Dialect()]
		all = append(all, Planned{file.name, file.text})
	}
	if len(pending) > 0 && !st.ahead {
		schema = s.Folder.Snapshot
	}
	if r.Direct && !same(schema, s.Tables) {
		c, err := Plan(s.DB.Dialect(), schema, s.Tables, Options{AllowDrop: r.AllowDrop})
		if err != nil {
			return nil, err
		}
		all = append(all, Planned{"without a file", script("declarations that no migration makes yet", c, false)})
	}
	return all, nil
}

// Status is how a set stands in its database.
type Status struct {
	Set      string          `json:"database"`
	Dialect  string          `json:"dialect"`
	Path     string          `json:"path"`
	Versions []VersionStatus `json:"migrations"`
	Ahead    []string        `json:"ahead,omitempty"`    // what the declarations have that no migration makes
	Problems []string        `json:"problems,omitempty"` // why nothing can be run
}

// VersionStatus is how a migration stands.
type VersionStatus struct {
	Version   string `json:"version"`
	Name      string `json:"name"`
	State     string `json:"state"` // pending, applied, adopted, development or missing
	AppliedAt string `json:"applied_at,omitempty"`
	Took      int64  `json:"took_ms,omitempty"`
	By        string `json:"by,omitempty"`
}

// Status returns how the set stands.
func (s Set) Status(ctx context.Context) (Status, error) {
	st, err := load(ctx, s.DB, s.Name)
	if err != nil {
		return Status{}, err
	}
	out := Status{Set: s.Name, Dialect: s.DB.Dialect().String(), Path: s.Folder.Path, Versions: []VersionStatus{}}
	if _, err := s.pending(st); err != nil {
		out.Problems = err.(*FolderError).Problems
	}
	if ahead := s.Ahead(); ahead != nil {
		out.Ahead = ahead.Ahead
	}
	done := map[string]bool{}
	for _, e := range st.entries {
		v := VersionStatus{Version: e.Version, Name: e.Name, AppliedAt: e.AppliedAt.UTC().Format("2006-01-02T15:04:05Z"), Took: e.Took.Milliseconds(), By: e.By}
		switch e.Kind {
		case File:
			v.State = "applied"
		case Adopted:
			v.State = "adopted"
		default:
			v.State = "development"
		}
		if e.Kind != Direct && !s.Folder.has(e.Version) {
			v.State = "missing"
		}
		done[e.Version] = true
		out.Versions = append(out.Versions, v)
	}
	for _, v := range s.Folder.Versions {
		if !done[v.ID] {
			out.Versions = append(out.Versions, VersionStatus{Version: v.ID, Name: v.Name, State: "pending"})
		}
	}
	return out, nil
}

// Ran are the checksums of the files that the database has run, by name.
func (s Set) Ran(ctx context.Context) (map[string]string, error) {
	st, err := load(ctx, s.DB, s.Name)
	if err != nil {
		return nil, err
	}
	ran := map[string]string{}
	for _, e := range st.entries {
		if e.Kind != Direct {
			ran[Version{ID: e.Version, Name: e.Name}.file(s.DB.Dialect())] = e.Checksum
		}
	}
	return ran, nil
}

func (f *Folder) has(version string) bool {
	for _, v := range f.Versions {
		if v.ID == version {
			return true
		}
	}
	return false
}

package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// File is the form of a file under Config.Dir. Only Uses is read back; UsedBy is
// there for people and for other programs.
type File struct {
	Object string `json:"object"`
	Uses   []Link `json:"uses"`
	UsedBy []Link `json:"used_by"`
}

// Link is one end of an edge in a File.
type Link struct {
	Object    string `json:"object"`
	FirstSeen string `json:"first_seen"` // such as "2026-01-31"
	LastSeen  string `json:"last_seen"`
	Count     uint64 `json:"count"`
}

// Flush writes {ref}.json for each object whose edges or days have changed since
// they were written. A count alone does not bring a write; Close writes counts.
// Edges that another process wrote meanwhile are taken over, not overwritten.
func (o *Observed) Flush() error { return o.save(false) }

// Close writes every object whose edges, days or counts have changed. The
// Observed stays usable.
func (o *Observed) Close() error { return o.save(true) }

func (o *Observed) save(counts bool) error {
	if o.dir == "" {
		o.turn()
		return nil
	}
	o.flush.Lock()
	defer o.flush.Unlock()
	// Other nodes write the same folder: join what they saw before writing.
	errs := []error{o.load()}
	o.turn()
	for i := range o.objects {
		uses, usedBy := o.Uses(i), o.UsedBy(i)
		if len(uses)+len(usedBy) == 0 {
			continue
		}
		v := version(uses, usedBy, counts)
		if o.written[i] == v {
			continue
		}
		if err := o.write(File{o.objects[i].Ref, links(uses, false), links(usedBy, true)}); err != nil {
			errs = append(errs, err)
			continue
		}
		o.written[i] = v
	}
	return errors.Join(errs...)
}

var seed = maphash.MakeSeed()

// version is a number that changes with the edges: with their ends and days, and
// with the counts when asked.
func version(uses, usedBy []Edge, counts bool) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, edges := range [][]Edge{uses, usedBy} {
		for _, e := range edges {
			h.WriteString(e.From.Ref)
			h.WriteByte(0)
			h.WriteString(e.To.Ref)
			maphash.WriteComparable(&h, e.FirstSeen.Unix())
			maphash.WriteComparable(&h, e.LastSeen.Unix())
			if counts {
				maphash.WriteComparable(&h, e.Count)
			}
		}
	}
	return h.Sum64() | 1 // zero is "never written"
}

func links(edges []Edge, callers bool) []Link {
	out := make([]Link, len(edges))
	for i, e := range edges {
		end := e.To
		if callers {
			end = e.From
		}
		out[i] = Link{end.Ref, e.FirstSeen.Format(time.DateOnly), e.LastSeen.Format(time.DateOnly), e.Count}
	}
	return out
}

// write replaces the file of an object in one step, so that readers never see
// half of it.
func (o *Observed) write(f File) error {
	if f.Object != filepath.Base(f.Object) {
		return fmt.Errorf("graph: %q cannot name a file", f.Object)
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("graph: %q: %w", f.Object, err)
	}
	if err := os.MkdirAll(o.dir, 0o750); err != nil {
		return fmt.Errorf("graph: cannot make the folder of dependencies: %w", err)
	}
	tmp, err := os.CreateTemp(o.dir, ".*.tmp")
	if err != nil {
		return fmt.Errorf("graph: cannot write the dependencies of %q: %w", f.Object, err)
	}
	_, err = tmp.Write(append(text, '\n'))
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(o.dir, f.Object+".json"))
	}
	if err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("graph: cannot write the dependencies of %q: %w", f.Object, err)
	}
	return nil
}

// load joins the edges in the files. Edges of objects that are no longer
// declared are left out.
func (o *Observed) load() error {
	if o.dir == "" {
		return nil
	}
	entries, err := os.ReadDir(o.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("graph: cannot read the dependencies: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		ref, ok := strings.CutSuffix(entry.Name(), ".json")
		caller, known := o.byRef[ref]
		if !ok || !known {
			continue
		}
		if err := o.read(caller, filepath.Join(o.dir, entry.Name())); err != nil {
			errs = append(errs, fmt.Errorf("graph: %q: %w; delete the file to start anew", entry.Name(), err))
		}
	}
	return errors.Join(errs...)
}

func (o *Observed) read(caller int, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	for _, l := range f.Uses {
		callee, known := o.byRef[l.Object]
		first, err1 := time.Parse(time.DateOnly, l.FirstSeen)
		last, err2 := time.Parse(time.DateOnly, l.LastSeen)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if known {
			o.join(caller, callee, day(first), day(last), l.Count)
		}
	}
	return nil
}

// join adds an edge from a file: the earlier first day, the later last day, the
// greater count.
func (o *Observed) join(caller, callee int, first, last int32, count uint64) {
	e := o.rows[caller].Load().find(int32(callee))
	if e == nil {
		e = o.add(caller, callee)
		e.last.Store(last)
	}
	if first < e.first.Load() {
		e.first.Store(first)
	}
	if last > e.last.Load() {
		e.last.Store(last)
	}
	for {
		n := e.count.Load()
		if count <= n || e.count.CompareAndSwap(n, count) {
			return
		}
	}
}

package exchange

import (
	"context"
	"io"
	"os"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// Preview is what a file looks like before it is imported.
type Preview struct {
	Columns []PreviewColumn
	Fields  []string        // to which a column can go, references also by a unique field
	Uniques []*object.Field // by which rows can be found
}

// PreviewColumn is a column with the field that it seems to belong to.
type PreviewColumn struct {
	Name    string
	Target  string   // as a mapping names it; "-" is none
	Samples []string // its first values
}

// sampled is how many rows a preview reads.
const sampled = 5

// Look reads the beginning of a file.
func Look(ctx context.Context, cfg Config, o Options) (*Preview, error) {
	view := &Preview{}
	err := cfg.Gate.With(ctx, cfg.Object, object.Create, func(p *record.Plan, a *record.Access) error {
		f, err := os.Open(cfg.File)
		if err != nil {
			return err
		}
		defer f.Close()
		src, err := open(f, &o)
		if err != nil {
			return invalid(err)
		}
		for _, f := range importable(p, a) {
			view.Fields = append(view.Fields, f.Column)
			if f.Kind == object.FieldRef {
				if by := naming(p, a, f); by != nil {
					view.Fields = append(view.Fields, f.Key+"."+by.Column)
				}
			}
		}
		view.Uniques = uniques(p, a)
		return view.read(src, newMapper(p, a, &o))
	})
	return view, err
}

func (view *Preview) read(src source, m *mapper) error {
	at := map[string]int{}
	add := func(name string) int {
		i, ok := at[name]
		if !ok {
			i = len(view.Columns)
			at[name] = i
			c := PreviewColumn{Name: name, Target: "-"}
			if t, err := m.target(name); err == nil {
				c.Target = t.Name()
			}
			view.Columns = append(view.Columns, c)
		}
		return i
	}
	header := src.columns()
	for _, name := range header {
		add(name)
	}
	var r row
	for range sampled {
		if err := src.next(&r); err == io.EOF {
			return nil
		} else if err != nil {
			return invalid(err)
		}
		for i, c := range r.cells {
			names := header
			if header == nil {
				names = r.names
			}
			if r.err == nil {
				j := add(names[i])
				view.Columns[j].Samples = append(view.Columns[j].Samples, clip(c.text))
			}
		}
	}
	return nil
}

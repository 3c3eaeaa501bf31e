package server

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
)

// locate gives the problems of a plan the lines of the fields that they are about,
// where the source is at hand; otherwise they have the line of the record.
func (s *Server) locate(r *migrate.Refusal) {
	if s.engine == nil {
		return // the platform's own tables, which no record declares
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		for _, o := range s.engine.Registry().Of("", object.KindRecord) {
			if o.Record.Table != p.Table {
				continue
			}
			p.Source = o.Source.String()
			if f := o.Record.Field(p.Column); f != nil {
				if at := fieldLine(o, f.Name); at != "" {
					p.Source = at
				}
			}
		}
	}
}

// fieldLine finds a field in the files of the folder that declares the record.
func fieldLine(o *object.Object, field string) string {
	dir := filepath.FromSlash(o.Source.File)
	for range 8 { // from within the module too
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Join("..", dir)
	}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*.go"))
	if err != nil {
		return ""
	}
	for _, name := range names {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		if line := lineIn(files, file, o.Record.Type.Name(), field); line > 0 {
			return fmt.Sprintf("%s/%s:%d", strings.TrimSuffix(o.Source.File, "/"+filepath.Base(o.Source.File)), filepath.Base(name), line)
		}
	}
	return ""
}

// lineIn is the line of a field of a struct in a file, or 0.
func lineIn(files *token.FileSet, file *ast.File, typeName, field string) (line int) {
	ast.Inspect(file, func(n ast.Node) bool {
		t, ok := n.(*ast.TypeSpec)
		if !ok || t.Name.Name != typeName {
			return line == 0
		}
		if st, ok := t.Type.(*ast.StructType); ok {
			for _, f := range st.Fields.List {
				for _, name := range f.Names {
					if name.Name == field {
						line = files.Position(name.Pos()).Line
					}
				}
			}
		}
		return false
	})
	return line
}

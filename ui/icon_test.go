package ui_test

import (
	"go/ast"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apposengine/appos/ui"
)

// Every icon that Go code of the repository names is one of Lucide's.
func TestIconsExist(t *testing.T) {
	at := map[string]int{"Icon": 0, "EmptyState": 0, "Menu": 1, "MenuItem": 1, "schemeButton": 1}
	found := 0
	check := func(pos token.Position, e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		found++
		if name, _ := strconv.Unquote(lit.Value); name != "" && !ui.IconExists(name) {
			t.Errorf("%s: Lucide has no icon %q", pos, name)
		}
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != ".." && (strings.HasPrefix(name, ".") || name == "testdata") {
			return fs.SkipDir
		}
		eachCall(t, path, func(pos token.Position, name string, args []ast.Expr) {
			if i, ok := at[name]; ok && i < len(args) {
				check(pos, args[i])
			}
		})
		eachFile(t, path, func(fset *token.FileSet, file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Icon" {
						check(fset.Position(n.Pos()), n.Value)
					}
				case *ast.AssignStmt:
					for i, l := range n.Lhs {
						if id, ok := l.(*ast.Ident); ok && id.Name == "icon" && i < len(n.Rhs) {
							check(fset.Position(n.Pos()), n.Rhs[i])
						}
					}
				}
				return true
			})
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 20 {
		t.Errorf("only %d icons found; does the test still read the sources?", found)
	}
}

func TestIconUnknown(t *testing.T) {
	if got, want := render(t, ui.Icon(`"><script>`)), render(t, ui.Icon("square-dashed")); got != want {
		t.Errorf("an unknown icon is drawn as %q", got)
	}
	if render(t, ui.Icon("alarm-clock-check")) != render(t, ui.Icon("alarm-check")) {
		t.Error("an alias is not drawn as what it stands for")
	}
}

func render(t testing.TB, n ui.Node) string {
	t.Helper()
	var b strings.Builder
	if err := n.Render(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

package ui_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apposengine/appos/ui"
)

func TestWordsAreComplete(t *testing.T) {
	blanks := regexp.MustCompile(`\{[a-z]+\}`)
	for key, p := range ui.Words {
		want := blanks.FindAllString(p[0], -1)
		slices.Sort(want)
		for i, lang := range ui.Languages() {
			if strings.TrimSpace(p[i]) == "" {
				t.Errorf("%q has no text in %q", key, lang)
			}
			got := blanks.FindAllString(p[i], -1)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%q has the blanks %v in %q, and %v in %q", key, got, lang, want, ui.Languages()[0])
			}
		}
	}
}

// Every key that the kit's sources name has words; a misspelt one would be shown
// as it is.
func TestWordsExist(t *testing.T) {
	keys := 0
	eachCall(t, ".", func(pos token.Position, name string, args []ast.Expr) {
		if name != "T" && name != "count" || len(args) == 0 {
			return
		}
		lit, ok := args[0].(*ast.BasicLit)
		if !ok {
			return
		}
		keys++
		if key, _ := strconv.Unquote(lit.Value); !ui.HasWord(key) {
			t.Errorf("%s: the kit has no words for %q", pos, key)
		}
	})
	if keys < 50 {
		t.Errorf("only %d keys found; does the test still read the sources?", keys)
	}
}

// eachCall calls f for the calls in the Go files of a folder, without tests.
func eachCall(t *testing.T, dir string, f func(pos token.Position, name string, args []ast.Expr)) {
	t.Helper()
	eachFile(t, dir, func(fset *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				name = fun.Name
			case *ast.SelectorExpr:
				name = fun.Sel.Name
			}
			f(fset.Position(call.Pos()), name, call.Args)
			return true
		})
	})
}

func eachFile(t *testing.T, dir string, f func(*token.FileSet, *ast.File)) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, dir+"/"+e.Name(), nil, 0)
		if err != nil {
			continue // the compiler tells
		}
		f(fset, file)
	}
}

package appos_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/apposengine/appos"

// arrows says which packages of this module each package may import. Data flows
// one way: object is the leaf, engine meets the concerns, web and admin stand on
// engine and ui, server puts it all together. A package that is not here fails.
var arrows = map[string]string{
	"internal/object": "",

	"internal/wording": "internal/object",

	// what developers see
	"":   "internal/object",
	"ui": ". internal/object internal/wording",

	// one concern each, unaware of each other
	"internal/config":          "internal/object",
	"internal/cache":           "internal/object",
	"internal/store":           "internal/object",
	"internal/cache/cachetest": "internal/cache",
	"internal/store/storetest": "internal/store internal/object internal/migrate",
	"internal/migrate":         "internal/store",
	"internal/logs":            "internal/object",
	"internal/metrics":         "internal/object",
	"internal/graph":           "internal/object",
	"internal/condition":       "internal/object",
	"internal/feed":            "internal/object",
	"internal/backup":          "internal/store",
	"internal/queue":           "internal/store",
	"internal/wire":            "internal/object",
	"internal/record":          "internal/condition internal/object internal/secret internal/store internal/wire",
	"internal/secret":          "internal/store",
	"internal/system":          "internal/object internal/secret internal/store",
	"internal/security":        "internal/object internal/store internal/cache",

	"internal/revision": "internal/store",
	"internal/constant": "internal/object internal/revision internal/store",
	"internal/text":     "internal/object internal/revision internal/store",

	"internal/exchange": "internal/object internal/record internal/store",
	"internal/openapi":  "internal/object internal/wire",
	"internal/apidocs":  "ui internal/object internal/openapi",

	"internal/engine": "internal/object internal/cache internal/constant internal/graph internal/logs internal/metrics internal/record internal/secret internal/security internal/store internal/text internal/wire",

	// follows changes of rows through the gate, as another user
	"internal/webhook": "internal/engine internal/object internal/queue internal/record internal/secret internal/store",

	"platform":             ". internal/constant internal/object internal/queue internal/security internal/system internal/text internal/webhook",
	"internal/limit":       "internal/object",
	"internal/idempotency": "internal/store",

	"internal/web":   "ui internal/apidocs internal/engine internal/exchange internal/feed internal/idempotency internal/limit internal/logs internal/object internal/openapi internal/record internal/security internal/text internal/wire internal/wording",
	"internal/admin": ". ui internal/apidocs internal/openapi platform internal/object internal/cache internal/constant internal/engine internal/exchange internal/graph internal/logs internal/metrics internal/queue internal/record internal/revision internal/security internal/store internal/system internal/text internal/webhook",

	"internal/declare": ". ui internal/config internal/object internal/security",

	"server":    ". ui platform internal/admin internal/backup internal/cache internal/config internal/constant internal/declare internal/engine internal/exchange internal/feed internal/graph internal/idempotency internal/limit internal/logs internal/metrics internal/migrate internal/object internal/queue internal/record internal/revision internal/secret internal/security internal/store internal/system internal/text internal/web internal/webhook",
	"appostest": ". ui internal/cache internal/declare internal/engine internal/graph internal/logs internal/metrics internal/migrate internal/object internal/revision internal/secret internal/security internal/store internal/store/storetest internal/text internal/web",

	// projects see only what is public
	"demo":                    ". server platform demo/apps demo/apps/crm demo/apps/finance",
	"demo/apps":               ". demo/apps/crm demo/apps/finance demo/apps/finance/logic",
	"demo/apps/crm":           ". ui demo/apps/finance",
	"demo/apps/finance":       ".",
	"demo/apps/finance/logic": ". ui demo/apps/crm demo/apps/finance",
}

type listed struct {
	ImportPath, Doc string
	Imports         []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		seen[name] = true
		allowed, ok := arrows[name]
		if !ok {
			t.Errorf("package %q has no row in arrows; say what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			if imported != module && !strings.HasPrefix(imported, module+"/") {
				continue
			}
			short := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
			if short == "" {
				short = "."
			}
			if !slices.Contains(strings.Fields(allowed), short) {
				t.Errorf("package %q imports %q, against the direction of the layers", name, short)
			}
		}
	}
	for name := range arrows {
		if !seen[name] {
			t.Errorf("arrows has a row for %q, which is no package", name)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.Doc) < 30 {
			t.Errorf("package %s has no doc comment that says what it is for", p.ImportPath)
		}
	}
}

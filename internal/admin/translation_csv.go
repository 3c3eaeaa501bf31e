package admin

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// keyColumn names the column of the keys.
const keyColumn = "key"

// textsCSV is a set for a translator: a line for every text, a column for every
// language. What a spreadsheet would take for a formula is guarded.
func textsCSV(entries []text.Entry, languages []string) []byte {
	var b bytes.Buffer
	b.WriteString("\uFEFF") // or spreadsheets take it for another encoding
	w := csv.NewWriter(&b)
	_ = w.Write(append([]string{keyColumn}, languages...)) // a buffer takes everything
	for _, e := range entries {
		line := []string{e.Key}
		for _, s := range e.Said {
			line = append(line, exchange.Guard(s.Text))
		}
		_ = w.Write(line)
	}
	w.Flush()
	return b.Bytes()
}

// readTexts reads what textsCSV writes, by key and language, also when a
// spreadsheet has changed the commas into semicolons or tabs.
func readTexts(sent string) (map[string]map[string]string, error) {
	sent = strings.TrimPrefix(sent, "\uFEFF")
	head, _, _ := strings.Cut(sent, "\n")
	r := csv.NewReader(strings.NewReader(sent))
	for _, comma := range ";\t" {
		if strings.Count(head, string(comma)) > strings.Count(head, string(r.Comma)) {
			r.Comma = comma
		}
	}
	columns, err := r.Read()
	if err != nil || len(columns) < 2 || strings.TrimSpace(strings.ToLower(columns[0])) != keyColumn {
		return nil, errors.New("the first line must be key and the languages, such as key,en,fr")
	}
	all := map[string]map[string]string{}
	for {
		line, err := r.Read()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("it cannot be read: %w", err)
		}
		at, _ := r.FieldPos(0)
		if all[line[0]] != nil {
			return nil, fmt.Errorf("line %d has the key %q once more", at, line[0])
		}
		texts := map[string]string{}
		for i, said := range line[1:] {
			tag := strings.TrimSpace(columns[i+1])
			if _, twice := texts[tag]; twice {
				return nil, fmt.Errorf("the language %q has two columns", tag)
			}
			texts[tag] = plainText(exchange.Unguard(said))
		}
		all[line[0]] = texts
	}
}

// importTexts takes a file over that was exported and translated.
func (d Deps) importTexts(c *ui.Ctx, o *object.Object) (ui.Node, error) {
	f := ui.NewForm(c, "texts", map[string]string{"csv": ""})
	if f.Submitted() {
		texts, err := readTexts(c.Posting("csv"))
		if err != nil {
			f.Check("csv", false, sentenceOf(err))
		} else {
			done, err := appos.Call(c, platform.ImportTranslations{Set: o.Ref, Texts: texts})
			if err == nil {
				c.Toast(ui.OK, plural(done.Changed, "text")+" changed", "")
				return c.Redirect(TranslationSet{Ref: o.Ref})
			}
			if !importFaults(f, err) {
				return nil, err
			}
		}
	}
	return f.Node(
		ui.Fields("Import", "The lines of a file that was exported here and translated, with its first line; straight from a spreadsheet, too. What is empty stays as it is. All of it is taken over, or nothing.",
			f.Text("csv", "Lines", ui.Field{Required: true, Wide: true, Code: true, Placeholder: "key,en,it"})),
		ui.Footer(ui.Save(c, "Import"))), nil
}

// importFaults notes what is wrong with texts, the first of them.
func importFaults(f *ui.Form, err error) bool {
	var known *appos.Error
	if !errors.As(err, &known) || !errors.Is(err, appos.Invalid) || len(known.Fields) == 0 {
		return f.Fail(err)
	}
	const shown = 10
	for i, x := range known.Fields {
		if i == shown {
			f.Fault(fmt.Sprintf("And %d more", len(known.Fields)-shown))
			break
		}
		f.Fault(strings.TrimPrefix(x.Field, "texts.") + ": " + x.Message)
	}
	return true
}

// sentenceOf is an error as a sentence.
func sentenceOf(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

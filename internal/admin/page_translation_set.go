package admin

import (
	"strconv"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// TranslationSet is /admin/translations/{ref}: the texts of a set, in several
// views.
type TranslationSet struct {
	appos.Returns[ui.Node]

	Ref      string
	View     string // "" is the texts
	Language string // beside English; "" is the first one
}

// The views of a set that no other page has.
const (
	viewImport = "import"
	viewExport = "export"
)

func (k console) translationSet(c *ui.Ctx, in TranslationSet) (ui.Node, error) {
	d := k.deps()
	o, err := d.translationsOf(in.Ref)
	if err != nil {
		return nil, err
	}
	if c.Posting(do) != "" {
		return d.restoreText(c, o)
	}
	if err := d.Board.Refresh(c); err != nil {
		return nil, err
	}
	entries, languages := d.Texts.Entries(o)
	if in.Language == "" {
		in.Language = languages[min(1, len(languages)-1)]
	}
	if in.Language, err = text.Tag(object.Text{}, in.Language); err != nil {
		return nil, appos.Errorf(appos.NotFound, "there is no such language; a language %w", err)
	}
	var body ui.Node
	switch in.View {
	case "":
		body = d.textTable(c, o, entries, languages, in.Language)
	case viewImport:
		body, err = d.importTexts(c, o)
	case viewExport:
		return c.Download(o.App.Name+"-"+o.Name+".csv", "text/csv; charset=utf-8", textsCSV(entries, languages))
	case viewHistory:
		body = d.textHistory(c, o, "")
	default:
		return nil, appos.Errorf(appos.NotFound, "there is no view %q of a translation set", in.View)
	}
	if body == nil || err != nil { // a form that was saved goes on elsewhere
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Translations.In(c), URL: c.URL(Translations{})})
	at := func(label, view string) section {
		return section{label, TranslationSet{Ref: o.Ref, View: view}, in.View == view}
	}
	return ui.Screen(c, o.Ref,
		ui.Sub(plural(len(entries), "text")+" of the app "+o.App.Name+" · "+o.Source.String()),
		ui.Actions(ui.LinkButton(c.URL(TranslationSet{Ref: o.Ref, View: viewExport}), "Export CSV", ui.Outline, ui.Icon("download"))),
		sections(c, at("Texts", ""), at("Import", viewImport), at("History", viewHistory)),
		body), nil
}

func (d Deps) translationsOf(ref string) (*object.Object, error) {
	o := d.registry().ByRef(ref)
	if o == nil || o.Translations == nil {
		return nil, appos.Errorf(appos.NotFound, "no translation set has the reference %q", ref)
	}
	return o, nil
}

// A textRow is a text in English and in the language that is worked on.
type textRow struct {
	key         string
	english, in text.Said
}

func (r textRow) state() string {
	switch {
	case r.in.Stale != "":
		return stateUnused
	case r.in.Text == "":
		return stateMissing
	case r.in.Changed():
		return stateChanged
	}
	return stateCode
}

// textTable lists the texts in a language beside English.
func (d Deps) textTable(c *ui.Ctx, o *object.Object, entries []text.Entry, languages []string, language string) ui.Node {
	rows := make([]textRow, len(entries))
	missing, added := 0, true
	for i, e := range entries {
		rows[i] = textRow{e.Key, e.Said[0], d.Texts.In(o, e.Key, language)}
		if rows[i].in.Text == "" {
			missing++
		}
	}
	var tabs []section
	for _, tag := range languages {
		added = added && tag != language
		tabs = append(tabs, section{tag, TranslationSet{Ref: o.Ref, Language: tag}, tag == language})
	}
	if added {
		tabs = append(tabs, section{language + " (new)", TranslationSet{Ref: o.Ref, Language: language}, true})
	}
	var note ui.Node
	if missing > 0 {
		note = ui.Alert(ui.Warn, plural(missing, "text")+" missing in "+language, "People who read "+language+" see them in English.")
	}
	columns := []ui.Column[textRow]{
		{Key: "key", Title: "Key", Main: true, Sort: true, Text: func(r *textRow) string { return r.key }},
		{Key: "en", Title: "English", Text: func(r *textRow) string { return r.english.Text }, Cell: func(r *textRow) ui.Node { return ui.Text(shortened(r.english.Text, 80)) }},
	}
	if language != "en" {
		columns = append(columns, ui.Column[textRow]{Key: "text", Title: language, Text: func(r *textRow) string { return r.in.Text }, Cell: func(r *textRow) ui.Node {
			if r.in.Text == "" {
				return muted("–")
			}
			return h.Span(h.Lang(language), ui.Text(shortened(r.in.Text, 80)))
		}})
	}
	columns = append(columns, ui.Column[textRow]{Key: "state", Title: "State", Sort: true, Text: func(r *textRow) string { return r.state() },
		Cell: func(r *textRow) ui.Node { return settingBadge(r.state()) }})
	var states []ui.Option
	for _, s := range []string{stateMissing, stateChanged, stateUnused, stateCode} {
		states = append(states, ui.Option{Value: s, Label: s})
	}
	return ui.Stack(sections(c, tabs...), note, ui.DataTable(c, ui.Table[textRow]{
		ID: "texts", Name: "texts", Rows: rows, Search: true, Columns: columns,
		Filters: []ui.Filter{{Key: "state", Title: "State", Options: states}},
		Key:     func(r *textRow) string { return r.key },
		URL:     func(r *textRow) string { return c.URL(Translation{Ref: o.Ref, Key: r.key, Language: language}) },
	}), newLanguage(c, o))
}

// newLanguage asks for a language that the set does not have yet. It has it with
// the first text.
func newLanguage(c *ui.Ctx, o *object.Object) ui.Node {
	return ui.Card("Another language", h.Form(h.Class("inline row"), h.Method("get"), h.Action(c.URL(TranslationSet{Ref: o.Ref})),
		h.Input(h.Type("text"), h.Name("language"), h.Class("input"), h.Required(), h.MaxLength("35"), h.Placeholder("it, pt-BR, zh-Hant …"), h.Aria("label", "Language tag"), h.SpellCheck("false"), h.AutoComplete("off")),
		h.Button(h.Type("submit"), h.Class("btn sm outline"), ui.Text("Translate"))))
}

// textHistory lists what was changed in the set, or of one of its texts; each text
// can be set again.
func (d Deps) textHistory(c *ui.Ctx, o *object.Object, key string) ui.Node {
	said := func(s *string) ui.Node {
		if s == nil {
			return muted("as the code says")
		}
		return ui.Text(shortened(*s, 80))
	}
	return ui.DataTable(c, ui.Table[text.Past]{
		ID: "past", Name: "changes",
		Key: func(p *text.Past) string { return strconv.FormatInt(p.ID, 10) },
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[text.Past], error) {
			t := trailOf(s)
			rows, err := d.Texts.History(c, text.PastQuery{Set: o.Ref, Key: key, Before: position(t), Limit: s.Size + 1})
			next := ""
			if len(rows) > s.Size {
				rows = rows[:s.Size]
				next = strconv.FormatInt(rows[s.Size-1].ID, 10)
			}
			return slice(t, rows, next, -1), err
		},
		Columns: []ui.Column[text.Past]{
			{Key: "at", Title: "When", Text: func(p *text.Past) string { return c.Time(p.At) }},
			{Key: "key", Title: "Key", Main: true, Cell: func(p *text.Past) ui.Node {
				return anchor(c.URL(Translation{Ref: o.Ref, Key: p.Key, Language: p.Language}), ui.Text(p.Key))
			}},
			{Key: "language", Title: "Language", Text: func(p *text.Past) string { return p.Language }},
			{Key: "was", Title: "Was", Cell: func(p *text.Past) ui.Node { return said(p.Was) }},
			{Key: "said", Title: "Became", Cell: func(p *text.Past) ui.Node { return said(p.Said) }},
			{Key: "by", Title: "By", Cell: func(p *text.Past) ui.Node { return userLink(c, p.By) }},
			{Key: "restore", Title: "", Number: true, Cell: func(p *text.Past) ui.Node {
				name := p.Key + " in " + p.Language
				if p.Said == nil {
					return rowButton(c, "Reset again", "Reset "+name+" again", ui.Outline, do, "reset", "key", p.Key, "language", p.Language)
				}
				return rowButton(c, "Restore", "Restore "+name+", as of "+c.Time(p.At), ui.Outline, do, "restore", "key", p.Key, "language", p.Language, "text", *p.Said)
			}},
		},
	})
}

// restoreText does what a button of a history asks for.
func (d Deps) restoreText(c *ui.Ctx, o *object.Object) (ui.Node, error) {
	key, language := c.Posting("key"), c.Posting("language")
	switch c.Posting(do) {
	case "restore":
		return change(c, platform.SetTranslation{Set: o.Ref, Key: key, Language: language, Text: plainText(c.Posting("text"))}, key+" is restored")
	case "reset":
		return change(c, platform.ResetTranslation{Set: o.Ref, Key: key, Language: language}, key+" is what the code says")
	}
	return nil, unknown(c)
}

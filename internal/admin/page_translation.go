package admin

import (
	"strconv"
	"strings"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Translation is /admin/translations/{ref}/{key}: one text in one language.
type Translation struct {
	appos.Returns[ui.Node]

	Ref      string
	Key      string
	Language string // "" is English
}

func (k console) translation(c *ui.Ctx, in Translation) (ui.Node, error) {
	d := k.deps()
	o, err := d.translationsOf(in.Ref)
	if err != nil {
		return nil, err
	}
	declared, ok := o.Translations.Texts[in.Key]
	if !ok {
		return nil, appos.Errorf(appos.NotFound, "the set has no text %q", in.Key)
	}
	if in.Language == "" {
		in.Language = "en"
	}
	if in.Language, err = text.Tag(declared, in.Language); err != nil {
		return nil, appos.Errorf(appos.NotFound, "there is no such language; a language %w", err)
	}
	if c.Posting(do) != "" {
		return d.restoreText(c, o)
	}
	if err := d.Board.Refresh(c); err != nil {
		return nil, err
	}
	now := d.Texts.In(o, in.Key, in.Language)
	form, err := textForm(c, o, in, now)
	if form == nil || err != nil { // it was saved and goes on elsewhere
		return nil, err
	}
	var unused ui.Node
	if now.Stale != "" {
		unused = ui.Alert(ui.Err, "It is not used", "An administrator wrote "+strconv.Quote(now.Said)+", but "+now.Stale+".")
	}
	var tabs []section
	shown := false
	for _, tag := range d.Texts.Languages(o) {
		shown = shown || tag == in.Language
		tabs = append(tabs, section{tag, Translation{Ref: o.Ref, Key: in.Key, Language: tag}, tag == in.Language})
	}
	if !shown {
		tabs = append(tabs, section{in.Language + " (new)", in, true})
	}
	c.Crumbs(ui.Crumb{Label: titles.Translations.In(c), URL: c.URL(Translations{})},
		ui.Crumb{Label: o.Ref, URL: c.URL(TranslationSet{Ref: o.Ref, Language: in.Language})})
	return ui.Screen(c, in.Key,
		ui.Sub("A text of "+o.Ref),
		ui.Actions(settingBadge(textRow{in: now}.state()), resetText(c, in, now)),
		sections(c, tabs...), unused,
		ui.Split(form, d.textFacts(o, declared, now)),
		d.textHistory(c, o, in.Key)), nil
}

// resetText takes back what an administrator wrote.
func resetText(c *ui.Ctx, in Translation, now text.Said) ui.Node {
	if now.Version == 0 {
		return nil
	}
	return ui.PostButton(c, c.Request().URL.RequestURI(), "Reset", ui.Danger, do, "reset", "key", in.Key, "language", in.Language)
}

// textFacts is what a translator needs to know.
func (d Deps) textFacts(o *object.Object, declared object.Text, now text.Said) ui.Node {
	english := d.Texts.Texts().Of(declared)["en"]
	blanks := strings.Join(text.Blanks(declared["en"]), " ")
	if blanks == "" {
		blanks = "none"
	}
	code := now.Code
	if code == "" {
		code = "nothing"
	}
	return ui.Card("What it stands for", ui.KV(
		ui.Pair{Label: "English", Value: h.Span(h.Lang("en"), ui.Text(english))},
		ui.Pair{Label: "Blanks to keep", Value: ui.Text(blanks)},
		ui.Pair{Label: "The code says", Value: ui.Text(code)},
		ui.Pair{Label: "App", Value: ui.Text(o.App.Name)}))
}

// textForm changes the text. The version that the form carries is of what it shows.
func textForm(c *ui.Ctx, o *object.Object, in Translation, now text.Said) (ui.Node, error) {
	f := ui.NewForm(c, "text", map[string]string{"text": now.Text, "version": strconv.FormatInt(now.Version, 10)})
	if f.Submitted() {
		version, err := strconv.ParseInt(f.Value("version"), 10, 64)
		if err != nil {
			return nil, unknown(c)
		}
		_, err = appos.Call(c, platform.SetTranslation{Set: o.Ref, Key: in.Key, Language: in.Language, Text: plainText(c.Posting("text")), Version: &version})
		if err == nil {
			c.Toast(ui.OK, "Saved", "It shows at once, on other nodes within a second.")
			return c.Redirect(Translation{Ref: o.Ref, Key: in.Key, Language: in.Language})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	return f.Node(
		h.Input(h.Type("hidden"), h.Name("version"), h.Value(f.Value("version"))),
		ui.Fields("In "+in.Language, "What is written is shown as it is: HTML is text.",
			f.Text("text", "Text", ui.Field{Required: true, Wide: true, MaxLen: 4000})),
		ui.Footer(ui.LinkButton(c.URL(TranslationSet{Ref: o.Ref, Language: in.Language}), "All texts", ui.Outline), ui.Save(c, "Save"))), nil
}

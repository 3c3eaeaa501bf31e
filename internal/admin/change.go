package admin

import (
	"errors"
	"strings"
	"unicode"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/ui"
)

// do is the field in which buttons say what they ask for.
const do = "_do"

// change runs a rule that a button asked for and comes back to the page, where a
// toast says how it went. What the state of the data does not allow is told in
// the same way; other errors end the request.
func change(c *ui.Ctx, rule appos.Callable[appos.None], done string) (ui.Node, error) {
	return changeThen(c, rule, done, c.Request().URL.RequestURI())
}

// changeThen is change that goes on to another address when all went well.
func changeThen(c *ui.Ctx, rule appos.Callable[appos.None], done, address string) (ui.Node, error) {
	_, err := appos.Call(c, rule)
	switch {
	case err == nil:
		c.Toast(ui.OK, done, "")
		return c.RedirectTo(address)
	case refused(c, err):
		return c.RedirectTo(c.Request().URL.RequestURI())
	}
	return nil, err
}

// refused tells in a toast what the state of the data does not allow; every other
// error is none of its kind.
func refused(c *ui.Ctx, err error) bool {
	if errors.Is(err, appos.Conflict) || errors.Is(err, appos.Invalid) || errors.Is(err, appos.NotFound) {
		c.Toast(ui.Err, "Nothing was changed", reason(err))
		return true
	}
	return false
}

// reason is what may be shown of an error, as a sentence.
func reason(err error) string {
	var known *appos.Error
	if !errors.As(err, &known) {
		return ""
	}
	text := known.Public()
	for _, f := range known.Fields {
		text = f.Field + " " + f.Message
		break
	}
	if text == "" {
		return ""
	}
	r := []rune(text)
	r[0] = unicode.ToUpper(r[0])
	return strings.TrimSuffix(string(r), ".") + "."
}

// unknown answers a button that the page does not have.
func unknown(c *ui.Ctx) error {
	return appos.Errorf(appos.Invalid, "this page has no action %q", c.Posting(do))
}

// rowButton is the button of an action on one row of a list: small, and with a
// name of its own for assistive technology, because every row has one. The pairs
// are hidden fields.
func rowButton(c *ui.Ctx, label, name string, tone ui.Variant, pairs ...string) ui.Node {
	var hidden []ui.Node
	for i := 0; i+1 < len(pairs); i += 2 {
		hidden = append(hidden, h.Input(h.Type("hidden"), h.Name(pairs[i]), h.Value(pairs[i+1])))
	}
	return h.Form(h.Class("inline"), h.Method("post"), h.Action(c.Request().URL.RequestURI()),
		h.Input(h.Type("hidden"), h.Name("_csrf"), h.Value(c.CSRF())), g.Group(hidden),
		h.Button(h.Type("submit"), h.Class("btn sm "+string(tone)), h.Aria("label", name), ui.Text(label)))
}

// confirm is a button that asks before it posts.
func confirm(c *ui.Ctx, label, title, text, action string, pairs ...string) ui.Node {
	return ui.Dialog(c, label, ui.Danger, title,
		h.Div(h.Class("confirm"), h.P(ui.Text(text)),
			ui.PostButton(c, c.Request().URL.RequestURI(), action, ui.Danger, pairs...)))
}

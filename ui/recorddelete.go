package ui

import (
	"errors"
	"net/http"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// deleteScreen asks whether to delete a row, and deletes it.
func deleteScreen(c *Ctx, o *object.Object) (Node, error) {
	id, err := rowParam(c)
	if err != nil {
		return nil, err
	}
	row, err := c.load(o, id)
	if err != nil {
		return nil, err
	}
	if !c.may(o, object.Delete) {
		return nil, denied(o)
	}
	name := c.rowName(o, row)
	c.Crumbs(Crumb{c.plural(o), listURL(o)}, Crumb{name, rowURL(o, id)})
	var refused Node
	if c.Posted() {
		version, _ := strconv.ParseInt(c.Posting("_version"), 10, 64) // without it the row goes as it is
		err := c.runtime().Delete(c, o.Record.Type, id, version)
		if err == nil {
			c.Toast(OK, c.T("record.deleted", "name", c.singular(o)), name)
			return c.RedirectTo(listURL(o))
		}
		if refused, err = c.refusedDelete(err); err != nil {
			return nil, err
		}
	}
	version := &o.Record.Fields[object.FieldVersion]
	return confirm(c, o, c.T("record.delete", "name", name), rowURL(o, id), refused,
		h.Input(h.Type("hidden"), h.Name("_version"), h.Value(plainText(version, row.FieldByIndex(version.Index)))))
}

// confirm is the page that asks before rows go. It works without JavaScript, and
// the keyboard lands on the safe button first.
func confirm(c *Ctx, o *object.Object, title, back string, refused Node, hidden ...Node) (Node, error) {
	text := c.T("record.delete.text")
	if o.Record.SoftDeleted {
		text = c.T("record.delete.soft")
	}
	return Screen(c, title, refused, Card("",
		h.Form(class("confirm"), h.Method("post"), h.Action(c.s.HTTP.URL.RequestURI()), csrfField(c), group(hidden),
			h.P(g.Text(text)),
			Row(LinkButton(back, c.T("cancel"), Outline), Button(c.T("delete"), Danger, Icon("trash-2")))))), nil
}

// refusedDelete says why rows stay, when the state of the data is the reason.
func (c *Ctx) refusedDelete(err error) (Node, error) {
	if !errors.Is(err, object.Conflict) && !errors.Is(err, object.Invalid) {
		return nil, err
	}
	c.SetStatus(http.StatusConflict)
	return Alert(Err, c.T("record.delete.refused"), c.sentence(object.AsError(err).Public())), nil
}

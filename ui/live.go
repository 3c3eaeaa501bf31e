package ui

import (
	"net/url"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// live is the place at which a screen says that others have changed what it
// shows. The browser listens to one stream for it; without JavaScript, or a
// server that streams, it stays empty. Nothing on the screen is replaced: to see
// what is new, or not, is up to the user.
type live struct {
	c     *Ctx
	since string // nothing from before this is new
}

// live begins to listen for a screen: call it before its rows are read.
func (c *Ctx) live() live {
	if c.s.Since == nil {
		return live{c: c}
	}
	return live{c, c.s.Since()}
}

// rows tells of changes of the record's rows that meet filters, as the API
// understands them.
func (l live) rows(o *object.Object, filters url.Values) Node {
	return l.node(o, filters, true,
		h.Data("one", l.c.count("live.rows", 1)), h.Data("other", l.c.T("live.rows.other")), h.Data("some", l.c.T("live.rows.some")))
}

// row tells of changes of one row. A form keeps what was entered: it offers no
// refreshing.
func (l live) row(o *object.Object, id int64, form bool) Node {
	return l.node(o, url.Values{"id__eq": {strconv.FormatInt(id, 10)}}, !form,
		h.Data("by", l.c.T("live.row")), h.Data("gone", l.c.T("live.row.gone")), h.Data("some", l.c.T("live.row.some")),
		when(form, h.Data("form", "")))
}

func (l live) node(o *object.Object, filters url.Values, refresh bool, words ...Node) Node {
	if l.since == "" {
		return nil
	}
	filters.Set("rows", "false")
	address := "/api/changes?" + url.Values{"record": {o.Ref + "?" + filters.Encode()}}.Encode()
	return h.Div(h.ID("live"), class("live"), h.Role("status"), h.Data("live", address), h.Data("since", l.since), group(words),
		h.Div(class("alert info"), flag("hidden"), Icon("refresh-cw"), h.P(class("grow")),
			when(refresh, h.A(class("btn outline sm"), Href(l.c.s.HTTP.URL.RequestURI()), g.Text(l.c.T("live.refresh"))))))
}

// listFilters are those of a list's state as the API understands them.
func (t *grid) listFilters(c *Ctx, o *object.Object) url.Values {
	s := t.stateOf(c)
	v := url.Values{}
	if s.Search != "" {
		v.Set("q", s.Search)
	}
	for i := range o.Record.Fields {
		f := &o.Record.Fields[i]
		if value := s.Filters[filterKey(f.Column)]; value != "" {
			v.Set(f.Column+"__eq", value)
		}
	}
	return v
}

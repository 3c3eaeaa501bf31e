package ui

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
)

// URL is the address of the page that the message addresses: its fields fill
// the route's wildcards and the query string. The message of something that is
// not a page has the address "#".
func (c *Ctx) URL(to View) string {
	address, err := c.address(to)
	if err != nil {
		return "#"
	}
	return address
}

// Link is a link to a page.
func Link(c *Ctx, label string, to View) Node {
	return anchor(c.URL(to), "link", Text(label))
}

// ListURL is the address of the list of the record T; pairs of columns and
// values narrow it: ListURL[Order](c, "customer_id", "12").
func ListURL[T any](c *Ctx, filters ...string) string {
	o := c.object(reflect.TypeFor[T]())
	if o == nil || o.Record == nil {
		return "#"
	}
	v := url.Values{}
	for i := 0; i+1 < len(filters); i += 2 {
		v.Set(filterKey(filters[i]), filters[i+1])
	}
	if len(v) == 0 {
		return listURL(o)
	}
	return listURL(o) + "?" + v.Encode()
}

// RowURL is the address of the view of a row.
func RowURL[T any](c *Ctx, id appos.ID[T]) string {
	o := c.object(reflect.TypeFor[T]())
	if o == nil || o.Record == nil {
		return "#"
	}
	return rowURL(o, int64(id))
}

// NewURL is the address where a row of the record T is created.
func NewURL[T any](c *Ctx) string {
	o := c.object(reflect.TypeFor[T]())
	if o == nil || o.Record == nil {
		return "#"
	}
	return listURL(o) + "/new"
}

func listURL(o *object.Object) string          { return "/" + o.App.Name + "/" + o.Record.Path }
func rowURL(o *object.Object, id int64) string { return listURL(o) + "/" + strconv.FormatInt(id, 10) }

// object is what is declared with the message or record type, or nil.
func (c *Ctx) object(t reflect.Type) *object.Object {
	if rt := c.runtime(); rt != nil {
		return rt.Registry().ByType(t)
	}
	return nil
}

func (c *Ctx) address(to any) (string, error) {
	o := c.object(reflect.TypeOf(to))
	if o == nil || o.Page == nil {
		return "", object.Errorf(object.Dispatch, "%T is not the message of a page, so it has no address", to)
	}
	return pageURL(o, to)
}

func pageURL(o *object.Object, message any) (string, error) {
	v := reflect.ValueOf(message)
	query := url.Values{}
	path := o.Page.Route
	for i := range o.Message.Fields {
		f := &o.Message.Fields[i]
		text := plainText(f, v.FieldByIndex(f.Index))
		mark := "{" + f.Key + "}"
		switch {
		case strings.Contains(path, mark):
			if text == "" {
				return "", fmt.Errorf("%T: field %s is empty, and the route %q needs it", message, f.Name, o.Page.Route)
			}
			path = strings.Replace(path, mark, url.PathEscape(text), 1)
		case text != "" && !v.FieldByIndex(f.Index).IsZero():
			query.Set(f.Key, text)
		}
	}
	address := "/" + o.App.Name + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address, nil
}

package ui

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

const (
	fewChoices  = 50 // up to so many rows are offered in a list
	typedOffers = 20 // so many that match what was typed
)

// choices are rows to refer to, by name: all when they are few, else those that
// match what was typed.
func (c *Ctx) choices(o *object.Object, typed string) (options []Option, few bool, err error) {
	name := o.Record.DisplayField()
	q := &object.Query{Limit: fewChoices + 1, Order: []object.Order{{Field: name}}}
	if typed != "" {
		q.Limit = typedOffers
		switch {
		case searchable(o):
			q.Search = typed
		case name.Kind == object.FieldText:
			q.Where = []object.Cond{{Op: object.OpContains, Field: name, Value: typed}}
		}
	}
	rows, err := c.find(o, q)
	if err != nil {
		return nil, false, err
	}
	for _, row := range rows {
		options = append(options, Option{strconv.FormatInt(rowID(o, row), 10), c.rowName(o, row)})
	}
	if few = typed == "" && len(rows) <= fewChoices; !few && len(options) > typedOffers {
		options = options[:typedOffers]
	}
	return options, few, nil
}

func searchable(o *object.Object) bool {
	for i := range o.Record.Fields {
		if o.Record.Fields[i].Search {
			return true
		}
	}
	return false
}

// choiceText is a row as the user types or picks it. The id tells rows of the
// same name apart.
func choiceText(name string, id int64) string { return name + " #" + strconv.FormatInt(id, 10) }

// parseReference reads an id, a text of choiceText, or the name of one row.
func (c *Ctx) parseReference(f *object.Field, text string) (v reflect.Value, fault string) {
	if text == "" {
		return reflect.Value{}, ""
	}
	v = reflect.New(f.Type).Elem()
	tail := text[strings.LastIndexByte(text, '#')+1:]
	if id, err := strconv.ParseInt(tail, 10, 64); err == nil && id > 0 {
		v.SetInt(id)
		return v, ""
	}
	target := c.target(f)
	if target == nil || !c.may(target, object.View) {
		return v, "rule.reference"
	}
	name := target.Record.DisplayField()
	if name.Kind != object.FieldText {
		return v, "rule.reference"
	}
	rows, err := c.find(target, &object.Query{Limit: 2, Where: []object.Cond{{Op: object.OpEq, Field: name, Value: text}}})
	if err != nil || len(rows) != 1 {
		return v, "rule.reference"
	}
	v.SetInt(rowID(target, rows[0]))
	return v, ""
}

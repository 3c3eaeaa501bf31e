package exchange

import (
	"encoding/json"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// value reads a cell as a value of the field, nil for none.
func (o *Options) value(f *object.Field, c cell) (any, error) {
	text := c.text
	if c.null || o.Null != "" && text == o.Null {
		return nil, nil
	}
	if f.Kind == object.FieldText && len(f.Enum) == 0 {
		if text == "" && f.Optional {
			return nil, nil
		}
		if o.Format == CSV {
			text = unguarded(text)
		}
		return record.ParseValue(f, text)
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	switch f.Kind {
	case object.FieldBool:
		text = truth(text)
	case object.FieldFloat, object.FieldDecimal:
		if o.DecimalComma {
			text = strings.ReplaceAll(strings.NewReplacer(".", "", "\u00A0", "", "\u202F", "", " ", "").Replace(text), ",", ".")
		}
	case object.FieldJSON:
		if !c.json && f.Elem != nil && text[0] != '[' {
			return list(f.Elem, text)
		}
	}
	return record.ParseValue(f, text)
}

var truths = map[string]string{
	"true": "true", "t": "true", "yes": "true", "y": "true", "1": "true", "on": "true", "x": "true", "ja": "true", "oui": "true", "vrai": "true", "wahr": "true",
	"false": "false", "f": "false", "no": "false", "n": "false", "0": "false", "off": "false", "nein": "false", "non": "false", "faux": "false", "falsch": "false",
}

func truth(text string) string {
	if t, ok := truths[strings.ToLower(text)]; ok {
		return t
	}
	return text
}

// list reads entries that are separated by semicolons as a JSON array.
func list(elem *object.Field, text string) (any, error) {
	var all []string
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		switch elem.Kind {
		case object.FieldInt, object.FieldFloat, object.FieldBool, object.FieldRef:
		default:
			quoted, err := json.Marshal(part)
			if err != nil {
				return nil, err
			}
			part = string(quoted)
		}
		all = append(all, part)
	}
	return record.ParseValue(&object.Field{Kind: object.FieldJSON}, "["+strings.Join(all, ",")+"]")
}

// Spreadsheets take a text that begins with one of these for a formula, which may
// do harm where the text came from a stranger.
const formula = "=+-@\t\r"

// Guard makes a text safe to stand in a cell of CSV, as exports do.
func Guard(text string) string { return guarded(text) }

// Unguard takes back what Guard did.
func Unguard(text string) string { return unguarded(text) }

// guarded puts a quote before a text that a spreadsheet would take for a formula,
// and before one that already has such quotes, so that unguarded restores it.
func guarded(text string) string {
	if isFormula(text) {
		return "'" + text
	}
	return text
}

// unguarded takes the quote of guarded away.
func unguarded(text string) string {
	if text != "" && text[0] == '\'' && isFormula(text[1:]) {
		return text[1:]
	}
	return text
}

func isFormula(text string) bool {
	text = strings.TrimLeft(text, "'")
	return text != "" && strings.IndexByte(formula, text[0]) >= 0
}

func appendQuoted(dst []byte, s string) []byte {
	data, err := json.Marshal(s)
	if err != nil {
		return append(dst, `""`...) // texts are always written
	}
	return append(dst, data...)
}

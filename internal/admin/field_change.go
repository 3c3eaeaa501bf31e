package admin

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// A fieldChange is one field of an audit entry, as it was and as it is; "" is
// what is absent or empty.
type fieldChange struct{ name, before, after string }

// fieldChanges compares the two sides of an audit entry, which are JSON objects
// or absent, and lists the fields that differ, by name.
func fieldChanges(before, after json.RawMessage) []fieldChange {
	was, is := plainFields(before), plainFields(after)
	names := map[string]bool{}
	for name := range was {
		names[name] = true
	}
	for name := range is {
		names[name] = true
	}
	var changes []fieldChange
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was[name] != is[name] {
			changes = append(changes, fieldChange{name, was[name], is[name]})
		}
	}
	return changes
}

// plainFields are the fields of a JSON object as texts for people.
func plainFields(data json.RawMessage) map[string]string {
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	texts := map[string]string{}
	for name, value := range fields {
		texts[name] = plainValue(value)
	}
	return texts
}

func plainValue(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, plainValue(x))
		}
		return strings.Join(parts, ", ")
	}
	b, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(b)
}

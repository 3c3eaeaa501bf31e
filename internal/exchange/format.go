package exchange

import (
	"fmt"
	"mime"
	"path"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Format is how rows are written in a file.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	JSON   Format = "json"   // an array of objects
	NDJSON Format = "ndjson" // one object a line
)

var contentTypes = map[Format]string{CSV: "text/csv", JSON: "application/json", NDJSON: "application/x-ndjson"}

// ContentType is the media type of the format.
func (f Format) ContentType() string {
	if f == CSV {
		return "text/csv; charset=utf-8"
	}
	return contentTypes[f]
}

// ParseFormat returns the format with the name.
func ParseFormat(name string) (Format, error) {
	f := Format(strings.ToLower(name))
	if f == "jsonl" {
		f = NDJSON
	}
	if contentTypes[f] == "" {
		return "", object.Errorf(object.Invalid, "the format is %q; there are csv, json and ndjson", name)
	}
	return f, nil
}

// FormatOfFile returns the format that the name of a file ends in.
func FormatOfFile(name string) (Format, error) {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".csv", ".tsv", ".txt":
		return CSV, nil
	case ".json":
		return JSON, nil
	case ".ndjson", ".jsonl":
		return NDJSON, nil
	default:
		return "", object.Errorf(object.Invalid, "the name %q does not end in .csv, .tsv, .json, .ndjson or .jsonl, so say the format", name)
	}
}

// FormatOfType returns the format, and the encoding "" when none is named, of a
// media type such as "text/csv; charset=utf-8".
func FormatOfType(contentType string) (Format, string, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err == nil {
		switch media {
		case "text/csv", "text/tab-separated-values":
			return CSV, params["charset"], nil
		case "application/json":
			return JSON, params["charset"], nil
		case "application/x-ndjson", "application/jsonl", "application/ndjson":
			return NDJSON, params["charset"], nil
		}
	}
	return "", "", fmt.Errorf("%q is none of text/csv, application/json, application/x-ndjson", contentType)
}

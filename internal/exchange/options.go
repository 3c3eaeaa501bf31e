package exchange

import (
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// OnError says what an import does about rows that cannot be stored.
type OnError string

// What there is to do about a row that cannot be stored.
const (
	// Stop stores nothing of a file in which anything is wrong: the import is one
	// transaction, of at most MaxWhole rows.
	Stop OnError = "stop"
	// Continue stores the rows that are good, in batches, and reports the others.
	Continue OnError = "continue"
)

// MaxWhole is how many rows an import that stores all or nothing takes at most;
// others wait while its transaction is under way.
const MaxWhole = 100_000

// Options say how a file is read and what is done with its rows.
type Options struct {
	Format       Format            `json:"format"`
	Delimiter    string            `json:"delimiter,omitempty"` // of CSV; "" is found out
	Encoding     string            `json:"encoding,omitempty"`  // "" is UTF-8, or UTF-16 with its mark
	Map          map[string]string `json:"map,omitempty"`       // column → field; "-" leaves the column out
	Null         string            `json:"null,omitempty"`      // a text that stands for no value, beside the empty one
	DecimalComma bool              `json:"decimal_comma,omitempty"`
	Upsert       string            `json:"upsert,omitempty"` // the unique field by which rows that exist are updated; "" only creates
	OnError      OnError           `json:"on_error,omitempty"`
	DryRun       bool              `json:"dry_run,omitempty"` // do everything and undo it
}

// complete fills defaults in and refuses what is no option.
func (o *Options) complete() error {
	if o.OnError == "" {
		o.OnError = Stop
	}
	if o.OnError != Stop && o.OnError != Continue {
		return object.Errorf(object.Invalid, "on_error is %q; it is stop or continue", o.OnError)
	}
	_, err := ParseFormat(string(o.Format))
	return err
}

// ParseMap reads pairs such as "Company Name=name,Fax=-": the column, and the
// field that it goes to, or "-" for none.
func ParseMap(text string) (map[string]string, error) {
	pairs := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		at := strings.LastIndexByte(pair, '=')
		if at < 1 || at == len(pair)-1 {
			return nil, object.Errorf(object.Invalid, `%q maps nothing; a mapping is "Column=field", and "Column=-" leaves the column out`, pair)
		}
		pairs[strings.TrimSpace(pair[:at])] = strings.TrimSpace(pair[at+1:])
	}
	return pairs, nil
}

package logs

import (
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apposengine/appos/internal/object"
)

// Category says what an entry is about, and with it how it is kept.
type Category uint8

const (
	// Execution is what ran, and what it logged.
	Execution Category = iota
	// Performance is how long things took.
	Performance
	// Security is who was let in, who was refused and who changed what. It is
	// never dropped.
	Security

	categories = 3
)

var categoryNames = [categories]string{"execution", "performance", "security"}

// String is the category's folder.
func (c Category) String() string {
	if int(c) < len(categoryNames) {
		return categoryNames[c]
	}
	return "unknown"
}

// ParseCategory returns the category with the name.
func ParseCategory(name string) (Category, bool) {
	i := slices.Index(categoryNames[:], name)
	return Category(max(i, 0)), i >= 0
}

// Kind is the folder of an entry: the plural of an object's kind, System or Admin.
type Kind string

const (
	// System is the folder of what belongs to no object, such as start and stop.
	System Kind = "system"
	// Admin is the folder of the console.
	Admin Kind = "admin"
)

// KindOf is the folder of an object's entries; System when o is nil.
func KindOf(o *object.Object) Kind {
	if o == nil {
		return System
	}
	return Kind(o.Kind.Plural())
}

// Kinds lists every folder.
func Kinds() []Kind {
	var all []Kind
	for _, k := range object.Kinds() {
		all = append(all, Kind(k.Plural()))
	}
	// Steps and documents have logs, and are no kinds of declared objects.
	for _, k := range []Kind{"steps", "documents", System, Admin} {
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

// MaxFields is how many fields an Entry has room for.
const MaxFields = 8

// MaxText is the most bytes of a message or of a field's value that are kept.
const MaxText = 4096

// MaxPayload is the most bytes of a payload that are kept.
const MaxPayload = 12 << 10

// Entry is one line of a log. Strings and slices it refers to must not change
// afterwards. Empty values are left out of the line.
type Entry struct {
	Time        time.Time // zero is now
	Kind        Kind      // an unknown one is System
	Category    Category
	Level       slog.Level // zero is info
	App         string
	Object      string // a reference
	Caller      string // a reference
	User        string // a sign-in name
	ExecutionID string
	Duration    time.Duration
	Code        object.Code // the class of the error, or ""
	Status      int         // of HTTP, or 0
	Message     string

	fields  [MaxFields]Field
	n       uint8
	dropped uint8
}

// Add appends fields. Those above MaxFields are left out; the line says how many.
func (e *Entry) Add(fields ...Field) {
	for _, f := range fields {
		if e.n == MaxFields {
			if e.dropped < math.MaxUint8 {
				e.dropped++
			}
			continue
		}
		e.fields[e.n] = f
		e.n++
	}
}

// With returns the entry with more fields.
func (e Entry) With(fields ...Field) Entry {
	e.Add(fields...)
	return e
}

// Field is a named value of an entry.
type Field struct {
	Key  string
	text string
	bits uint64
	kind fieldKind
}

type fieldKind uint8

const (
	fieldText fieldKind = iota
	fieldInt
	fieldFloat
	fieldBool
	fieldDuration
	fieldPayload
)

// String is a field with a text.
func String(key, value string) Field { return Field{Key: key, text: value} }

// Payload is a field with a text that may be longer than others, up to MaxPayload.
func Payload(key, value string) Field { return Field{Key: key, text: value, kind: fieldPayload} }

// Int is a field with an integer.
func Int(key string, value int64) Field {
	return Field{Key: key, bits: uint64(value), kind: fieldInt}
}

// Float is a field with a number. What JSON has no number for becomes a text.
func Float(key string, value float64) Field {
	return Field{Key: key, bits: math.Float64bits(value), kind: fieldFloat}
}

// Bool is a field with a truth value.
func Bool(key string, value bool) Field {
	f := Field{Key: key, kind: fieldBool}
	if value {
		f.bits = 1
	}
	return f
}

// Duration is a field in milliseconds.
func Duration(key string, value time.Duration) Field {
	return Field{Key: key, bits: uint64(value), kind: fieldDuration}
}

// bound cuts texts that are too long, so that the queue cannot be made to hold
// megabytes.
func (e *Entry) bound() {
	if len(e.Message) > MaxText {
		e.Message = Cut(e.Message, MaxText)
	}
	if len(e.App)+len(e.Object)+len(e.Caller)+len(e.User)+len(e.ExecutionID)+len(e.Code) > maxNames {
		e.App, e.Object, e.Caller = Cut(e.App, maxName), Cut(e.Object, maxName), Cut(e.Caller, maxName)
		e.User, e.ExecutionID, e.Code = Cut(e.User, maxName), Cut(e.ExecutionID, maxName), object.Code(Cut(string(e.Code), maxName))
	}
	for i := range e.fields[:e.n] {
		f := &e.fields[i]
		most := MaxText
		if f.kind == fieldPayload {
			most = MaxPayload
		}
		if len(f.text) > most {
			f.text = Cut(f.text, most)
		}
		if len(f.Key) > maxName {
			f.Key = Cut(f.Key, maxName)
		}
	}
}

const (
	maxName  = 256
	maxNames = 1024
)

// Cut copies the first n bytes of a longer text, and says how many are missing.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n]) + "…[" + strconv.Itoa(len(s)-n) + " bytes more]"
}

// Sealed ends the names of fields whose value is encrypted.
const Sealed = "_sealed"

package engine

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// keeps says whether answers of o are kept here. Within a transaction they are
// not: they may tell what is never stored, and must tell what it has stored.
func (e *Engine) keeps(ctx context.Context, o *object.Object) bool {
	return o.CacheFor > 0 && !e.db.InTx(ctx)
}

// cacheKey identifies an answer: the rule, the inputs, who asks with which
// rights, in which environment and language, and what constants and texts are. It is false for inputs that have
// no JSON form.
func (e *Engine) cacheKey(f *object.Frame, o *object.Object, message any) (string, bool) {
	in, err := json.Marshal(message)
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256(in)
	settings := strconv.FormatInt(e.constants.Current().Revision(), 36) + "." + strconv.FormatInt(f.Exec.Texts.Revision(), 36)
	return "rule:" + o.Ref + ":" + f.Exec.Env + ":" + f.Exec.Language + ":" + settings + ":" + strconv.FormatInt(f.Exec.User.ID, 10) +
		scopeOf(f.Exec.User) + ":" + strconv.FormatInt(f.Exec.User.Epoch, 10) + ":" + hex.EncodeToString(sum[:]), true
}

// scopeOf tells a narrowed user from the whole one, who has other rights.
func scopeOf(u *object.User) string {
	if u.Scope == nil {
		return ""
	}
	return "[" + strings.Join(u.Scope, " ") + "]"
}

// recall returns an answer that was kept. Answers are kept as JSON, so that what
// a caller does to one is not seen by the next.
func (e *Engine) recall(ctx context.Context, o *object.Object, key string) (any, bool) {
	kept, ok := e.cache.Get(ctx, key)
	if !ok {
		return nil, false
	}
	answer := reflect.New(o.Output)
	if json.Unmarshal(kept, answer.Interface()) != nil {
		return nil, false
	}
	return answer.Elem().Interface(), true
}

func (e *Engine) keep(ctx context.Context, o *object.Object, key string, answer any) {
	if kept, err := json.Marshal(answer); err == nil {
		e.cache.Set(ctx, key, kept, o.CacheFor)
	}
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// lost describes the first part of t that JSON leaves out, or cannot bring back as it
// was; "" is none. Types that write themselves are believed to read themselves.
func lost(t reflect.Type, path string, seen map[reflect.Type]bool) string {
	if seen[t] || t.Implements(marshaler) || t.Implements(textMarshaler) {
		return ""
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		if path == "" {
			return "the type " + t.String()
		}
		return "the field " + path
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return lost(t.Elem(), path, seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			at := strings.TrimPrefix(path+"."+f.Name, ".")
			switch {
			case f.Type.Size() == 0:
			case !f.IsExported() && !f.Anonymous, f.Tag.Get("json") == "-":
				return "the field " + at
			default:
				if l := lost(f.Type, at, seen); l != "" {
					return l
				}
			}
		}
	}
	return ""
}

package wire

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Response is an answer as it is sent.
type Response struct {
	Status int
	Header [][2]string
	Body   []byte // nil is none
	Raw    bool   // Body is no JSON; a header says what it is
}

// Respond writes what the object answered, for the user who asked. The error is
// about an answer that cannot be sent, which is a defect.
func (a *API) Respond(answer any, u *object.User) (Response, error) {
	out := &a.Answer
	resp := Response{Status: out.Status}
	if out.Body == nil {
		return resp, nil
	}
	v := reflect.ValueOf(answer)
	if a.Object.WebAPI.To.Output.Kind() == reflect.Pointer {
		if v.IsNil() {
			resp.Body = []byte("null")
			return resp.settled()
		}
		v = v.Elem()
	} else if v.IsValid() { // where it can be addressed it is not copied again
		at := reflect.New(v.Type()).Elem()
		at.Set(v)
		v = at
	}
	w := writer{dst: make([]byte, 0, 512), book: a.book, user: u}
	if out.status != nil {
		if n := field(v, out.status).Int(); n != 0 {
			resp.Status = int(n)
		}
	}
	for i := range out.Headers {
		m := &out.Headers[i]
		text := headerText(m, field(v, m))
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return resp, fmt.Errorf("the header %s is %q, which has a line break or another control character", m.Header, text)
		}
		if text != "" {
			resp.Header = append(resp.Header, [2]string{m.Header, text})
			resp.Raw = resp.Raw || out.Raw && m.Header == "Content-Type"
		}
	}
	switch {
	case out.body == nil && !v.IsValid(): // an any that holds nothing
		w.text("null")
	case out.body == nil:
		w.value(out.root, v, 0)
	default:
		if v = field(v, out.body); out.body.Optional {
			if v.IsNil() {
				w.text("null")
				break
			}
			v = v.Elem()
		}
		switch {
		case resp.Raw && out.Body.Form == Bytes:
			w.dst = v.Bytes()
		case resp.Raw:
			w.text(v.String())
		default:
			w.value(out.Body, v, 0)
		}
	}
	resp.Body = w.dst
	if w.err != nil {
		return resp, w.err
	}
	return resp.settled()
}

// settled checks the status, and takes the body from those that have none.
func (r Response) settled() (Response, error) {
	if r.Status < 200 || r.Status > 599 {
		return r, fmt.Errorf("the status %d is none of an answer; those are 200 to 599", r.Status)
	}
	if r.Status == http.StatusNoContent || r.Status == http.StatusNotModified {
		r.Body, r.Raw = nil, false
	}
	return r, nil
}

func field(v reflect.Value, m *Member) reflect.Value {
	for _, i := range m.index {
		v = v.Field(i)
	}
	return v
}

// headerText is a value as a header has it; "" leaves the header out.
func headerText(m *Member, v reflect.Value) string {
	if m.Optional {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	} else if v.IsZero() {
		return ""
	}
	switch m.Type.Kind {
	case object.FieldText:
		return v.String()
	case object.FieldTime:
		return pointer[time.Time](v).UTC().Format(http.TimeFormat)
	}
	w := writer{}
	w.single(m.Type.Kind, v)
	text := string(w.dst)
	if s, err := strconv.Unquote(text); err == nil {
		return s
	}
	return text
}

package web

import (
	"fmt"
	"net/http"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
)

// maxPayload is how much of a request or an answer the log keeps, in bytes.
const maxPayload = 8 << 10

// notePayloads adds what was asked and answered. Both are written anew from the
// values, so that only what is declared gets there: no credentials, nothing that
// is hidden or sensitive, nothing of a request that could not be read.
func (x *serving) notePayloads(entry *logs.Entry, r *http.Request, err error) {
	f := object.FrameOf(r.Context())
	if x.message != nil {
		asked, wrong := x.api.AppendMessage(nil, x.message, f.Exec.User)
		if wrong == nil {
			x.keep(entry, f.Exec.ID, "request", asked)
		}
	}
	if err == nil && x.response.Body != nil {
		answered := x.response.Body
		if x.response.Raw {
			answered = fmt.Appendf(nil, "%d bytes", len(answered))
		}
		x.keep(entry, f.Exec.ID, "answer", answered)
	}
}

// keep adds a payload to an entry, encrypted where that is asked for. What cannot
// be encrypted is not kept.
func (x *serving) keep(entry *logs.Entry, executionID, field string, payload []byte) {
	text := logs.Cut(string(payload), maxPayload)
	if !x.o.WebAPI.Encrypt {
		entry.Add(logs.Payload(field, text))
		return
	}
	if x.site.Seal == nil {
		return
	}
	sealed, err := x.site.Seal([]byte(text), executionID, field)
	if err != nil {
		entry.Add(logs.String(field, "could not be encrypted, and is not kept"))
		return
	}
	entry.Add(logs.Payload(field+logs.Sealed, sealed))
}

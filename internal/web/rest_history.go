package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// historyOfAll answers what was changed in all rows of the record.
func (rs *resource) historyOfAll(w http.ResponseWriter, r *http.Request) error {
	return rs.entries(w, r, 0)
}

// history answers what was changed in one row.
func (rs *resource) history(w http.ResponseWriter, r *http.Request) error {
	id, err := rs.id(r)
	if err != nil {
		return err
	}
	return rs.entries(w, r, id)
}

func (rs *resource) entries(w http.ResponseWriter, r *http.Request, id int64) error {
	params, err := query(r)
	if err != nil {
		return err
	}
	var body []byte
	err = rs.site.engine.With(r.Context(), rs.o, object.View, func(p *record.Plan, a *record.Access) error {
		q, err := p.ParseHistory(a, params)
		if err != nil {
			return err
		}
		q.Row = id
		entries, next, err := p.History(r.Context(), a, q)
		if err != nil {
			return err
		}
		body = append(make([]byte, 0, 64+len(entries)*400), `{"items":[`...)
		for i := range entries {
			if i > 0 {
				body = append(body, ',')
			}
			body = p.AppendHistoryJSON(body, &entries[i])
		}
		cursor := ""
		if next != 0 {
			cursor = p.HistoryCursor(next)
		}
		body = appendNext(body, cursor)
		body = append(body, '}')
		return nil
	})
	if err != nil {
		return malformed(err)
	}
	return writeJSON(w, http.StatusOK, body)
}

// restore brings the version back that the body names.
func (rs *resource) restore(w http.ResponseWriter, r *http.Request) error {
	id, err := rs.id(r)
	if err != nil {
		return err
	}
	expected, err := ifMatch(r)
	if err != nil {
		return err
	}
	sent, err := jsonBody(r)
	if err != nil {
		return err
	}
	version, err := restoreBody(sent)
	if err != nil {
		return err
	}
	var body []byte
	err = rs.site.engine.With(r.Context(), rs.o, object.Update, func(p *record.Plan, a *record.Access) error {
		row := p.NewRow()
		lost, err := p.Restore(r.Context(), a, id, version, expected, row, func() error {
			return rs.site.engine.Permit(r.Context(), rs.o, object.Delete)
		})
		if err != nil {
			return err
		}
		for _, column := range lost { // what the version had and could not be brought back
			w.Header().Add("X-Not-Restored", column)
		}
		w.Header().Set("ETag", etag(p.Version(row)))
		if rs.site.engine.Allowed(r.Context(), rs.o, object.View) {
			body = p.AppendJSON(make([]byte, 0, 512), row, a.Hidden)
		}
		return nil
	})
	if err != nil {
		return stale(expected, err)
	}
	return writeRow(w, body)
}

// restoreBody reads {"version": n}.
func restoreBody(sent []byte) (int64, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(sent, &fields); err != nil || fields == nil {
		return 0, with(http.StatusBadRequest, object.Invalid, `the body must be a JSON object that names the version to bring back: {"version": 3}`)
	}
	var faults []object.FieldError
	for name := range fields {
		if name != "version" {
			faults = append(faults, object.FieldError{Field: name, Rule: "unknown", Message: "is not known here; only version is"})
		}
	}
	version, err := strconv.ParseInt(string(fields["version"]), 10, 64)
	if err != nil {
		faults = append(faults, object.FieldError{Field: "version", Rule: "type", Message: "must be the number of the version to bring back"})
	}
	if faults != nil {
		return 0, &object.Error{Code: object.Invalid, Text: "some fields are not valid", Fields: faults}
	}
	return version, nil
}

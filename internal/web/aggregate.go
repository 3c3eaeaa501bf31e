package web

import (
	"net/http"
	"strconv"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// aggregate answers with figures about the rows that the filters leave.
func (rs *resource) aggregate(w http.ResponseWriter, r *http.Request) error {
	params, err := query(r)
	if err != nil {
		return err
	}
	var body []byte
	err = rs.site.engine.With(r.Context(), rs.o, object.View, func(p *record.Plan, a *record.Access) error {
		q, err := p.ParseAggregate(a, params)
		if err != nil {
			return err
		}
		body = append(body, `{"groups":[`...)
		start := len(body)
		more, err := p.Aggregate(r.Context(), a, q, func(values []any) error {
			if len(body) > start {
				body = append(body, ',')
			}
			body = record.AppendFigures(body, q, values)
			return nil
		})
		body = append(strconv.AppendBool(append(body, `],"more":`...), more), '}')
		return err
	})
	if err != nil {
		return malformed(err)
	}
	return writeJSON(w, http.StatusOK, body)
}

package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// Check is something that the server depends on.
type Check struct {
	Name string
	// Ask returns an error when the dependency does not work.
	Ask func(ctx context.Context) error
	// Needed dependencies make the server not ready; others only degrade it.
	Needed bool
}

// checkTime bounds how long /ready waits for one dependency.
const checkTime = 2 * time.Second

func (s *Site) operationRoutes() []Route {
	routes := []Route{
		{Method: "GET", Path: "/health", API: true, Anybody: true, handle: s.health},
		{Method: "GET", Path: "/ready", API: true, Anybody: true, handle: s.ready},
		{Method: "GET", Path: "/{$}", Guard: "session", handle: s.start},
	}
	if s.Metrics != nil {
		routes = append(routes, Route{Method: "GET", Path: "/metrics", API: true, Anybody: true, handle: s.metrics})
	}
	return routes
}

// health says that the process answers; it asks nobody.
func (s *Site) health(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

// ready says whether requests can be served: 200 when ready or degraded, 503
// when something that is needed does not work. Reasons stay in the log.
func (s *Site) ready(w http.ResponseWriter, r *http.Request) error {
	answer := struct {
		Status string            `json:"status"`
		Checks map[string]string `json:"checks"`
	}{"ready", map[string]string{}}
	status := http.StatusOK
	for _, c := range s.Checks {
		ctx, cancel := context.WithTimeout(r.Context(), checkTime)
		err := c.Ask(ctx)
		cancel()
		switch {
		case err == nil:
			answer.Checks[c.Name] = "ok"
		case c.Needed:
			answer.Checks[c.Name], answer.Status, status = "down", "not ready", http.StatusServiceUnavailable
		default:
			answer.Checks[c.Name] = "degraded"
			if status == http.StatusOK {
				answer.Status = "degraded"
			}
		}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return writeJSON(w, status, body)
}

// start goes to the first app that the user may open. To whom none is open it says
// so, with the way to the own account and out.
func (s *Site) start(w http.ResponseWriter, r *http.Request) error {
	apps := s.appsFor(r)
	if len(apps) == 0 {
		c := ui.NewCtx(r.Context(), s.uiRequest(r, identityOf(r), nil))
		return c.Respond(w, ui.Screen(c, c.T("noapps"), ui.Card("", ui.EmptyState("blocks", "", c.T("noapps.text"), ui.LinkButton(accountPath, c.T("account"), ui.Outline)))))
	}
	http.Redirect(w, r, apps[0].Path+"/", http.StatusSeeOther)
	return nil
}

// metrics serves the figures to those whom the configuration lets read them. Only
// of the others the database is asked who they are, so that figures come also when
// it is down.
func (s *Site) metrics(w http.ResponseWriter, r *http.Request) error {
	if s.MetricsAccess != "public" && (s.MetricsAccess != "local" || !s.isLocal(r)) {
		who, err := s.identify(r, true)
		if err != nil {
			return err
		}
		const text = "the figures are not for you; monitoring.metrics.access in appos.yaml says for whom they are"
		switch {
		case who.user.Type == object.SystemAdmin:
		case who.session == nil && who.key == nil:
			return object.Errorf(object.Denied, text)
		default:
			return with(http.StatusForbidden, object.Denied, text)
		}
	}
	s.Metrics.ServeHTTP(w, r)
	return nil
}

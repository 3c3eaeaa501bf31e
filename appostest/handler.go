package appostest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/web"
)

// Handler serves the APIs of the apps, derived and declared, as the server does.
// Every request is sent by the user of ctx, which comes from [Env.As] or
// [Env.System]; a context of neither sends them as nobody. It panics when a web API
// has a path that something else answers.
//
//	w := httptest.NewRecorder()
//	env.Handler(env.As(crm.Sales)).ServeHTTP(w, httptest.NewRequest("GET", "/api/crm/v1/customers/1", nil))
func (e *Env) Handler(ctx context.Context) http.Handler {
	site, err := e.site()
	if err != nil {
		panic("appostest: " + err.Error())
	}
	f := object.FrameOf(ctx)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f != nil {
			r = web.As(r, f.Exec.User)
		}
		site.ServeHTTP(w, r)
	})
}

func (e *Env) openSite() (*web.Site, error) {
	if e.engine == nil {
		return nil, errors.New("the platform is not open")
	}
	site, err := web.New(web.Config{Engine: e.engine, Security: e.security, Texts: e.texts, Logs: e.logs, Data: e.dir, Now: time.Now})
	if err == nil {
		e.onClose(func() { _ = site.Close() })
	}
	return site, err
}

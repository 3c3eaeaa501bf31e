package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// An app in which users see the rows of their own ward, some without the notes.
var clinic = appos.NewApp("clinic", []byte("app:\n  name: Clinic\n  groups: [nurses, doctors, ward_one, ward_two]\n"))

type Patient struct {
	appos.Entity[Patient]

	Name string `validate:"required" appos:"display,search"`
	Ward int64
	Note string `appos:"view=doctors"`
}

var _ = appos.Record[Patient](clinic, appos.CRUD{
	View: appos.Allow("nurses", "doctors"), Create: appos.Allow("doctors"), Update: appos.Allow("doctors"), Delete: appos.Allow("doctors"),
}, appos.Audited, appos.SoftDeleted)

var _ = appos.Rows(clinic, func(ctx context.Context, p *Patient, q *appos.Query) {
	switch {
	case appos.Member(ctx, "ward_one"):
		q.Where(appos.Eq(&p.Ward, 1))
	case appos.Member(ctx, "ward_two"):
		q.Where(appos.Eq(&p.Ward, 2))
	}
})

type Bed struct {
	appos.Entity[Bed]

	Label  string `validate:"required" appos:"display"`
	Broken bool
}

var _ = appos.Record[Bed](clinic, appos.CRUD{
	View: appos.Allow("nurses", "doctors"), Create: appos.Allow("doctors"), Update: appos.Allow("doctors"), Delete: appos.Allow("doctors"),
})

// ward is a server of the clinic on a network, with a doctor who sees everything,
// and nurses who see a ward each.
type ward struct {
	*httptest.Server
	s      *server.Server
	system context.Context
	tokens map[string]string
}

func openClinic(t testing.TB, url string, change func(*config.Config)) *ward {
	t.Helper()
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.Database.URL = config.NewSecret(url)
	cfg.AdminPassword = config.NewSecret(password)
	cfg.Realtime.Recheck = 50 * time.Millisecond
	if change != nil {
		change(cfg)
	}
	s, err := server.Open(t.Context(), cfg, clinic)
	if err != nil {
		t.Fatal(err)
	}
	w := &ward{Server: httptest.NewUnstartedServer(s.Handler()), s: s, tokens: map[string]string{}}
	w.Config.WriteTimeout, w.Config.ReadTimeout = time.Second, time.Second
	w.Start()
	t.Cleanup(func() {
		s.EndStreams()
		w.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.system, err = s.As(t.Context(), "system"); err != nil {
		t.Fatal(err)
	}
	return w
}

// users makes the users of the clinic, once for a database.
func (w *ward) users(t testing.TB) *ward {
	t.Helper()
	for _, u := range []platform.CreateUser{
		{Name: "dora", Groups: []string{"doctors"}},
		{Name: "one", Groups: []string{"nurses", "ward_one"}},
		{Name: "two", Groups: []string{"nurses", "ward_two"}},
		{Name: "clerk"},
	} {
		u.Password = password
		if _, err := appos.Call(w.system, u); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *ward) token(t testing.TB, user string) string {
	t.Helper()
	if w.tokens[user] == "" {
		status, body := w.send(t, "", "POST", "/api/auth/token", fmt.Sprintf(`{"username":%q,"password":%q}`, user, password))
		var answer struct{ Token string }
		if json.Unmarshal(body, &answer) != nil || answer.Token == "" {
			t.Fatalf("no token for %s: %d %s", user, status, body)
		}
		w.tokens[user] = answer.Token
	}
	return w.tokens[user]
}

// send sends a request as a user.
func (w *ward) send(t testing.TB, user, method, path, body string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if user != "" {
		r.Header.Set("Authorization", "Bearer "+w.token(t, user))
	}
	resp, err := w.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := new(strings.Builder)
	if _, err := bufio.NewReader(resp.Body).WriteTo(answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, []byte(answer.String())
}

// must sends a request that is to succeed and returns the id in its answer.
func (w *ward) must(t testing.TB, user, method, path, body string) int64 {
	t.Helper()
	status, answer := w.send(t, user, method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s = %d: %s", method, path, status, answer)
	}
	var made struct{ ID int64 }
	_ = json.Unmarshal(answer, &made) // a deletion answers nothing
	return made.ID
}

// event is one that a stream sent.
type event struct {
	Name, ID, Data string
	Record         string         `json:"record"`
	Row            int64          `json:"id"`
	Version        int64          `json:"version"`
	By             string         `json:"by"`
	Values         map[string]any `json:"row"`
}

func (e event) String() string {
	if e.Row == 0 {
		return e.Name
	}
	return fmt.Sprintf("%s %d", e.Name, e.Row)
}

// listener is a client that reads a stream.
type listener struct {
	t      testing.TB
	status int
	header http.Header
	events chan event // closed at the end of the stream
	last   string     // the last event id, as a browser keeps it
	stop   context.CancelFunc
}

// listen opens a stream and waits until it has begun.
func (w *ward) listen(t testing.TB, user, path string, last ...string) *listener {
	t.Helper()
	l := w.dial(t, user, path, last...)
	if l.status != http.StatusOK {
		t.Fatalf("%s = %d", path, l.status)
	}
	l.wants("ready")
	return l
}

func (w *ward) dial(t testing.TB, user, path string, last ...string) *listener {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, "GET", w.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	if user != "" {
		r.Header.Set("Authorization", "Bearer "+w.token(t, user))
	}
	for _, id := range last {
		r.Header.Set("Last-Event-ID", id)
	}
	resp, err := w.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, status: resp.StatusCode, header: resp.Header, events: make(chan event, 100), stop: stop}
	go func() {
		defer close(l.events)
		defer resp.Body.Close()
		var e event
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.Name = value
			case "id":
				e.ID = value
			case "data":
				e.Data = value
				_ = json.Unmarshal([]byte(value), &e)
			case "":
				if e.Name != "" || e.ID != "" {
					l.events <- e
				}
				e = event{}
			}
		}
	}()
	return l
}

// next is the next event that a browser would be told of.
func (l *listener) next() (event, bool) {
	l.t.Helper()
	for {
		select {
		case e, ok := <-l.events:
			if e.ID != "" {
				l.last = e.ID
			}
			if ok && e.Name == "" {
				continue
			}
			return e, ok
		case <-time.After(20 * time.Second):
			l.t.Fatal("nothing was heard for too long")
		}
	}
}

// wants is an event as String says it.
func (l *listener) wants(want string) event {
	l.t.Helper()
	e, ok := l.next()
	if !ok || e.String() != want {
		l.t.Fatalf("heard %q %s (more: %v), want %q", e, e.Data, ok, want)
	}
	return e
}

// settled waits until the position of what was told has come.
func (l *listener) settled() string {
	l.t.Helper()
	for {
		select {
		case e, ok := <-l.events:
			if !ok || e.Name != "" {
				l.t.Fatalf("heard %q instead of a position", e)
			}
			l.last = e.ID
			return l.last
		case <-time.After(20 * time.Second):
			l.t.Fatal("no position came")
		}
	}
}

// ends waits for the end of the stream and returns the reason.
func (l *listener) ends() string {
	l.t.Helper()
	e, ok := l.next()
	if !ok {
		return ""
	}
	if e.Name != "end" {
		l.t.Fatalf("heard %q, want the end", e)
	}
	var data struct{ Reason string }
	_ = json.Unmarshal([]byte(e.Data), &data)
	if _, more := l.next(); more {
		l.t.Fatal("the stream goes on after its end")
	}
	return data.Reason
}

const patients, beds = "/api/clinic/patients", "/api/clinic/beds"

func TestChangesAreToldToWhoMaySeeThem(t *testing.T) {
	w := openClinic(t, storetest.URL(t), nil).users(t)
	doctor, one, two := w.listen(t, "dora", patients+"/changes"), w.listen(t, "one", patients+"/changes"), w.listen(t, "two", patients+"/changes")

	id := w.must(t, "dora", "POST", patients, `{"name":"Ida","ward":1,"note":"secret of Ida"}`)
	e := doctor.wants(fmt.Sprintf("created %d", id))
	if e.Record != "clinic.records.patient" || e.Version != 1 || e.By != "dora" || e.Values["note"] != "secret of Ida" {
		t.Errorf("the doctor hears %s", e.Data)
	}
	e = one.wants(fmt.Sprintf("created %d", id))
	if _, told := e.Values["note"]; told || e.Values["name"] != "Ida" {
		t.Errorf("the nurse hears %s", e.Data)
	}

	// out of the sight of one nurse, into that of another
	path := fmt.Sprintf("%s/%d", patients, id)
	w.must(t, "dora", "PATCH", path, `{"ward":2}`)
	doctor.wants(fmt.Sprintf("updated %d", id))
	if e := one.wants(fmt.Sprintf("deleted %d", id)); e.Values != nil || e.By != "" || e.Version != 0 {
		t.Errorf("of a row that went out of sight the nurse hears %s", e.Data)
	}
	two.wants(fmt.Sprintf("created %d", id))

	w.must(t, "dora", "PATCH", path, `{"name":"Ida B."}`)
	doctor.wants(fmt.Sprintf("updated %d", id))
	two.wants(fmt.Sprintf("updated %d", id))
	w.must(t, "dora", "DELETE", path, "")
	doctor.wants(fmt.Sprintf("deleted %d", id))
	two.wants(fmt.Sprintf("deleted %d", id))
	w.must(t, "dora", "POST", path+"/restore", `{"version":1}`)
	doctor.wants(fmt.Sprintf("created %d", id))
	// what two nurses heard in between was nothing: the next is this
	one.wants(fmt.Sprintf("created %d", id))
	mark := w.must(t, "dora", "POST", patients, `{"name":"Mark","ward":2}`)
	two.wants(fmt.Sprintf("created %d", mark))
}

func TestStreamsAreForThoseWhoMayView(t *testing.T) {
	w := openClinic(t, storetest.URL(t), nil).users(t)
	several := "/api/changes?record=clinic.bed"
	for _, c := range []struct {
		user, path string
		want       int
	}{
		{"clerk", patients + "/changes", 403}, {"clerk", several, 403}, {"", patients + "/changes", 401}, {"", several, 401},
		{"one", several + "&record=clinic.records.bed", 400}, {"one", "/api/changes", 400}, {"one", "/api/changes?record=clinic.beds", 400},
		{"one", several + "&limit=1", 400}, {"one", "/api/changes?record=" + url.QueryEscape("clinic.bed?broken=perhaps"), 400},
		{"one", patients + "/changes?sort=name", 400}, {"one", patients + "/changes?nme=x", 400}, {"one", patients + "/changes?note=x", 400},
		{"one", patients + "/changes?rows=perhaps", 400}, {"one", patients + "/changes?expand=nothing", 400}, {"one", patients + "/changes?fields=note", 400},
		{"one", patients + "/changes?ward=1&rows=false", 200}, {"dora", several + "&record=clinic.patient", 200},
	} {
		l := w.dial(t, c.user, c.path)
		l.stop()
		if l.status != c.want {
			t.Errorf("%s at %s = %d, want %d", c.user, c.path, l.status, c.want)
		}
	}
	if status, _ := w.send(t, "one", "GET", patients+"/changes", ""); status != http.StatusNotAcceptable {
		t.Errorf("a client that accepts anything gets %d", status)
	}
}

// The rights of a listener are those of now.
func TestStreamsEndWithTheRight(t *testing.T) {
	w := openClinic(t, storetest.URL(t), nil).users(t)
	l := w.listen(t, "one", patients+"/changes")
	w.must(t, "one", "DELETE", "/api/auth/token", "")
	if why := l.ends(); why != "signed_out" {
		t.Errorf("after signing out the stream ends with %q", why)
	}
}

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
	"github.com/apposengine/appos/internal/cache/cachetest"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store"
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
	call := func(in any) {
		t.Helper()
		var err error
		switch in := in.(type) {
		case platform.RemoveUserFromGroup:
			_, err = appos.Call(w.system, in)
		case platform.AddUserToGroup:
			_, err = appos.Call(w.system, in)
		case platform.SetUserActive:
			_, err = appos.Call(w.system, in)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ends := func(l *listener, want string) {
		t.Helper()
		if why := l.ends(); why != want {
			t.Errorf("the stream ends with %q, want %q", why, want)
		}
	}
	l := w.listen(t, "one", patients+"/changes")
	w.must(t, "one", "DELETE", "/api/auth/token", "")
	ends(l, "signed_out")
	delete(w.tokens, "one")

	// another ward is another view of the same rows
	l = w.listen(t, "one", patients+"/changes")
	call(platform.RemoveUserFromGroup{User: "one", Group: "ward_one"})
	call(platform.AddUserToGroup{User: "one", Group: "ward_two"})
	l.wants("reset")
	id := w.must(t, "dora", "POST", patients, `{"name":"Ida","ward":2}`)
	for e := (event{}); e.Row != id; { // both memberships may have been noticed
		if e, _ = l.next(); e.Name != "reset" && e.Name != "created" {
			t.Fatalf("heard %q", e)
		}
	}
	call(platform.RemoveUserFromGroup{User: "one", Group: "nurses"})
	ends(l, "denied")

	l = w.listen(t, "two", patients+"/changes")
	call(platform.SetUserActive{User: "two"})
	ends(l, "signed_out")
}

// A client that comes back hears what it missed, or that it must read again.
func TestStreamsGoOn(t *testing.T) {
	w := openClinic(t, storetest.URL(t), func(c *config.Config) { c.Realtime.Heartbeat = time.Second }).users(t)
	several := "/api/changes?record=clinic.bed&record=" + url.QueryEscape("clinic.patient?ward=2&fields=name")
	l := w.listen(t, "dora", several)
	bed := w.must(t, "dora", "POST", beds, `{"label":"A"}`)
	l.wants(fmt.Sprintf("created %d", bed))
	last := l.settled()
	l.stop()
	stays := w.must(t, "dora", "POST", patients, `{"name":"Ida","ward":2,"note":"x"}`)
	w.must(t, "dora", "PATCH", fmt.Sprintf("%s/%d", beds, bed), `{"label":"B"}`)
	w.must(t, "dora", "PATCH", fmt.Sprintf("%s/%d", beds, bed), `{"label":"C"}`)

	l = w.listen(t, "dora", several, last)
	if e := l.wants(fmt.Sprintf("updated %d", bed)); e.Values["label"] != "C" || e.Version != 3 {
		t.Errorf("of two changes is heard %s", e.Data)
	}
	if e := l.wants(fmt.Sprintf("created %d", stays)); len(e.Values) != 2 {
		t.Errorf("of the name is heard %s", e.Data)
	}
	last = l.settled()
	l.stop()
	// it left what the client sees while nobody could be told
	w.must(t, "dora", "PATCH", fmt.Sprintf("%s/%d", patients, stays), `{"ward":1}`)
	l = w.listen(t, "dora", several, last)
	l.wants("reset")
	l.stop()
	l = w.listen(t, "dora", several, "ABCDEF.17")
	l.wants("reset")
	l.stop()
	l = w.listen(t, "dora", several+"&last_event_id=ABCDEF.17")
	l.wants("reset")
	// a stream outlives the time of requests, and says that it is alive
	l.settled()
	l.settled()
}

// What is undone is never told; what is done in one transaction is told once it
// is over, many rows too.
func TestOnlyWhatIsStoredIsTold(t *testing.T) {
	w := openClinic(t, storetest.URL(t), nil).users(t)
	l := w.listen(t, "one", beds+"/changes?rows=false")
	undone := fmt.Errorf("undone")
	err := appos.Tx(w.system, func(ctx context.Context) error {
		bed, err := appos.Create(ctx, Bed{Label: "A"})
		if err != nil {
			return err
		}
		if _, err := appos.Update(ctx, bed.ID, func(b *Bed) { b.Label = "B" }); err != nil {
			return err
		}
		return undone
	})
	if err != undone {
		t.Fatal(err)
	}
	status, answer := w.send(t, "dora", "POST", beds+"/bulk", `{"create":[{"label":"A"},{"label":"B"},{"label":"C"}]}`)
	var made struct{ Created []int64 }
	if _ = json.Unmarshal(answer, &made); status != 200 || len(made.Created) != 3 {
		t.Fatalf("a bulk: %d %s", status, answer)
	}
	for _, id := range made.Created {
		if e := l.wants(fmt.Sprintf("created %d", id)); e.Values != nil || e.By != "dora" {
			t.Errorf("without rows is heard %s", e.Data)
		}
	}
	// more than a listener is told one by one
	var lines strings.Builder
	lines.WriteString("label\n")
	for i := range 3000 {
		fmt.Fprintf(&lines, "bed %d\n", i)
	}
	if _, _, err := w.upload(t, "dora", beds+"/import?format=csv", lines.String()); err != nil {
		t.Fatal(err)
	}
	for e := (event{}); e.Name != "reset"; {
		if e, _ = l.next(); e.Name != "reset" && e.Name != "created" {
			t.Fatalf("heard %q", e)
		}
	}
}

func (w *ward) upload(t testing.TB, user, path, body string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", w.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("Authorization", "Bearer "+w.token(t, user))
	resp, err := w.Client().Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	var b strings.Builder
	if _, err := bufio.NewReader(resp.Body).WriteTo(&b); err != nil || resp.StatusCode != 200 {
		return resp.StatusCode, b.String(), fmt.Errorf("%s = %d %s: %w", path, resp.StatusCode, b.String(), err)
	}
	return resp.StatusCode, b.String(), nil
}

func TestStreamsAreBounded(t *testing.T) {
	w := openClinic(t, storetest.URL(t), func(c *config.Config) { c.Realtime.MaxPerAccount, c.Realtime.MaxStreams = 2, 3 }).users(t)
	refused := func(user string, want int) {
		t.Helper()
		l := w.dial(t, user, beds+"/changes")
		if l.status != want || l.header.Get("Retry-After") == "" {
			t.Errorf("one stream more of %s = %d, Retry-After %q", user, l.status, l.header.Get("Retry-After"))
		}
	}
	first := w.listen(t, "one", beds+"/changes")
	w.listen(t, "one", beds+"/changes")
	refused("one", http.StatusTooManyRequests)
	w.listen(t, "two", beds+"/changes")
	refused("two", http.StatusServiceUnavailable)
	// a client that vanishes leaves nothing behind
	first.stop()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if l := w.dial(t, "two", beds+"/changes"); l.status == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatal("a stream that was given up is still counted")
		}
	}
	cachetest.Eventually(t, "idle streams hold no connection to the database", func() bool { return w.s.Stats().Busy == 0 })
}

// Who has signed in nowhere is counted by network: a client with a whole /64 of
// addresses takes no more streams than one with a single address.
func TestStreamsOfThePublic(t *testing.T) {
	w := openClinic(t, storetest.URL(t), func(c *config.Config) {
		c.Realtime.MaxPerAccount, c.Platform.TrustedProxies = 1, []string{"127.0.0.1/32"}
	})
	if _, err := appos.Call(w.system, platform.SetPermissions{Ref: "clinic.records.bed", Grants: map[string][]string{"public_access": {"view"}}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from string
		want int
	}{
		{"2001:db8::1", http.StatusOK},
		{"2001:db8::2", http.StatusTooManyRequests},
		{"2001:db8:0:1::1", http.StatusOK},
		{"192.0.2.1", http.StatusOK},
		{"192.0.2.2", http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", w.URL+beds+"/changes", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("X-Forwarded-For", tt.from)
		resp, err := w.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		if resp.StatusCode != tt.want {
			t.Errorf("a stream from %s = %d, want %d", tt.from, resp.StatusCode, tt.want)
		}
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	w := openClinic(t, storetest.URL(t), nil).users(t)
	l := w.listen(t, "one", beds+"/changes")
	w.Config.RegisterOnShutdown(w.s.EndStreams) // as the program does
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.Config.Shutdown(ctx); err != nil {
		t.Errorf("the server waits for a stream: %v", err)
	}
	if why := l.ends(); why != "shutdown" {
		t.Errorf("the stream ends with %q", why)
	}
}

// Nodes hear of each other's changes by the database or by Redis, and of what was
// lost meanwhile that it was.
func TestNodesTellEachOther(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		if storetest.Kind() != store.PostgreSQL {
			t.Skip("SQLite carries no messages")
		}
		url := storetest.URL(t)
		one := openClinic(t, url, nil).users(t)
		two := openClinic(t, url, nil)
		across(t, one, two)
	})
	t.Run("Redis", func(t *testing.T) {
		redis := cachetest.StartRedis(t)
		url := storetest.URL(t)
		with := func(c *config.Config) { c.Redis.URL = config.NewSecret(redis.URL()) }
		one := openClinic(t, url, with).users(t)
		two := openClinic(t, url, with)
		l := across(t, one, two)
		redis.Kill()
		one.must(t, "dora", "POST", beds, `{"label":"unheard"}`)
		l.wants("reset")
		redis.Start()
		// resets until the nodes hear each other again
		for heard := false; !heard; time.Sleep(100 * time.Millisecond) {
			id := one.must(t, "dora", "POST", beds, `{"label":"heard"}`)
			for more := true; more; {
				select {
				case e := <-l.events:
					heard = heard || e.Row == id
				case <-time.After(200 * time.Millisecond):
					more = false
				}
			}
		}
	})
}

// across has one node hear what is changed at the other.
func across(t *testing.T, one, two *ward) *listener {
	t.Helper()
	l := two.listen(t, "one", beds+"/changes")
	for heard := false; !heard; {
		id := one.must(t, "dora", "POST", beds, `{"label":"A"}`)
		select { // the nodes may be about to meet
		case e := <-l.events:
			if e.Name != "reset" && e.Name != "created" && e.Name != "" {
				t.Fatalf("heard %q", e)
			}
			heard = e.Row == id
		case <-time.After(time.Second):
		}
	}
	return l
}

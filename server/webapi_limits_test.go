package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
)

// Till counts how often its web APIs did something.
var till = appos.NewApp("till", []byte("app:\n  groups: [readers, writers]\n  security:\n    defaults:\n      logic: {groups: [readers, writers]}\n"))

type Ring struct {
	appos.Returns[Rung]

	Bell string `validate:"required"`
	Fail bool
	Wait bool
	Much int
	Hand string `appos:"header=X-Hand"`
}

type Rung struct {
	Location string `appos:"header=Location"`
	Times    int
	Noise    string
}

var (
	bells sync.Map // by name, *atomic.Int64
	holds sync.Map // by name, the channel that lets a bell go that waits
)

func rings(bell string) *atomic.Int64 {
	n, _ := bells.LoadOrStore(bell, &atomic.Int64{})
	return n.(*atomic.Int64)
}

func hold(bell string) chan struct{} {
	c, _ := holds.LoadOrStore(bell, make(chan struct{}))
	return c.(chan struct{})
}

func ring(ctx context.Context, in Ring) (Rung, error) {
	n := rings(in.Bell).Add(1)
	if in.Wait {
		select {
		case <-ctx.Done():
			return Rung{}, ctx.Err()
		case <-hold(in.Bell):
		}
	}
	if in.Fail {
		return Rung{}, errors.New("the bell is broken")
	}
	return Rung{"/bells/" + in.Bell, int(n), strings.Repeat("!", in.Much)}, nil
}

type Hear struct{ appos.Returns[string] }

var (
	_ = appos.Rule(till, ring)
	_ = appos.Rule(till, func(context.Context, Hear) (string, error) { return "ding", nil })

	_ = appos.WebAPI[Ring](till, "POST /v1/rings", appos.Allow("readers"), appos.Status(201), appos.MaxBody(2000))
	_ = appos.WebAPI[Ring](till, "POST /v2/rings", appos.Allow("readers"), appos.TimeLimit(300*time.Millisecond), appos.Named("ring_fast"))
	_ = appos.WebAPI[Hear](till, "GET /v1/sound", appos.Allow("readers"), appos.RateLimit(2, time.Hour))
)

func TestRateOfAWebAPI(t *testing.T) {
	at, tokens := openDepotOf(t, till, limitedTo(4))
	reader := at.as(tokens["reader"])
	for i, want := range []struct {
		path      string
		status    int
		rates     string
		remaining string
	}{
		{"/api/till/v1/sound", 200, `"web_api";r=1 "account";r=3`, "1"},
		{"/api/till/v1/sound", 200, `"web_api";r=0 "account";r=2`, "0"},
		{"/api/till/v1/sound", 429, `"web_api";r=0`, "0"},
		{"/api/nowhere", 404, `"account";r=1`, "1"}, // what the web API refused did not count here
		{"/api/nowhere", 404, `"account";r=0`, "0"},
		{"/api/nowhere", 429, `"account";r=0`, "0"},
	} {
		w := reader.do("GET", want.path, "")
		var rates []string
		for _, field := range w.Header()["Ratelimit"] {
			rate, _, _ := strings.Cut(field, ";t=")
			rates = append(rates, rate)
		}
		if w.Code != want.status || strings.Join(rates, " ") != want.rates || w.Header().Get("RateLimit-Remaining") != want.remaining {
			t.Errorf("request %d = %d, %q, %s", i, w.Code, rates, w.Header().Get("RateLimit-Remaining"))
		}
	}
	if w := at.as(tokens["robot"]).do("GET", "/api/till/v1/sound", ""); w.Code != http.StatusOK {
		t.Errorf("another account = %d", w.Code)
	}
}

func TestWebAPIsAreRepeated(t *testing.T) {
	at, tokens := openDepotOf(t, till, nil)
	reader := at.as(tokens["reader"])
	const path = "/api/till/v1/rings"
	t.Run("once", func(t *testing.T) {
		first := reader.keyed("POST", path, `{"bell":"once"}`, "once")
		if first.Code != http.StatusCreated || first.Header().Get("Location") != "/bells/once" {
			t.Fatalf("%d %s", first.Code, first.Body)
		}
		sameAnswer(t, first, reader.keyed("POST", path, `{"bell":"once"}`, "once"))
		if w := reader.keyed("POST", path, `{"bell":"twice"}`, "once"); w.Code != http.StatusConflict {
			t.Errorf("another body = %d %s", w.Code, w.Body)
		}
		if w := reader.keyed("POST", "/api/till/v2/rings", `{"bell":"once"}`, "once"); w.Code != http.StatusConflict {
			t.Errorf("another path = %d %s", w.Code, w.Body)
		}
		header := http.Header{"Idempotency-Key": {"once"}, "Content-Type": {"application/json"}, "X-Hand": {"left"}}
		if w := reader.with("POST", path, `{"bell":"once"}`, header); w.Code != http.StatusConflict {
			t.Errorf("another input in a header = %d %s", w.Code, w.Body)
		}
		header.Set("Idempotency-Key", "left")
		for _, replayed := range []string{"", "true"} {
			if w := reader.with("POST", path, `{"bell":"left"}`, header); w.Code != http.StatusCreated || w.Header().Get("Idempotent-Replayed") != replayed {
				t.Errorf("with an input in a header = %d %s", w.Code, w.Body)
			}
		}
		if n := rings("once").Load(); n != 1 {
			t.Errorf("it rang %d times", n)
		}
	})
	t.Run("fifty at once", func(t *testing.T) {
		fifty(t, path, `{"bell":"fifty"}`, reader)
		if n := rings("fifty").Load(); n != 1 {
			t.Errorf("it rang %d times", n)
		}
	})
	t.Run("after an error", func(t *testing.T) {
		for i, want := range []int{500, 500} {
			if w := reader.keyed("POST", path, `{"bell":"broken","fail":true}`, "broken"); w.Code != want {
				t.Errorf("request %d = %d %s", i, w.Code, w.Body)
			}
		}
		if n := rings("broken").Load(); n != 2 {
			t.Errorf("it rang %d times", n)
		}
	})
	t.Run("a large answer", func(t *testing.T) {
		body := `{"bell":"loud","much":1100000}`
		if w := reader.keyed("POST", path, body, "loud"); w.Code != http.StatusCreated || w.Body.Len() < 1_100_000 {
			t.Fatalf("%d, %d bytes", w.Code, w.Body.Len())
		}
		w := reader.keyed("POST", path, body, "loud")
		if w.Code != http.StatusConflict || w.Header().Get("Location") != "/bells/loud" || !strings.Contains(w.Body.String(), "was done, with status 201") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if n := rings("loud").Load(); n != 1 {
			t.Errorf("it rang %d times", n)
		}
	})
	t.Run("a client that goes away", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan int)
		go func() {
			r := httptest.NewRequestWithContext(ctx, "POST", path, strings.NewReader(`{"bell":"away","wait":true}`))
			r.Header = http.Header{"Idempotency-Key": {"away"}, "Authorization": {"Bearer " + reader.bearer}}
			w := httptest.NewRecorder()
			at.h.ServeHTTP(w, r)
			gone <- w.Code
		}()
		for rings("away").Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		close(hold("away"))
		<-gone
		// it was done, and who comes back hears of it
		if w := reader.keyed("POST", path, `{"bell":"away","wait":true}`, "away"); w.Code != http.StatusCreated || w.Header().Get("Idempotent-Replayed") != "true" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if n := rings("away").Load(); n != 1 {
			t.Errorf("it rang %d times", n)
		}
	})
}

// A web API says itself how much it reads and how long it may take; all others go
// by the configuration.
func TestSizesAndTimes(t *testing.T) {
	at, tokens := openDepotOf(t, till, func(cfg *config.Config) { cfg.API.MaxBody = 4096 })
	reader := at.as(tokens["reader"])
	long := `{"bell":"` + strings.Repeat("x", 3000) + `"}`
	if w := reader.do("POST", "/api/till/v1/rings", long); w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "larger than 2000B") {
		t.Errorf("more than the web API reads = %d %s", w.Code, w.Body)
	}
	if w := reader.do("POST", "/api/till/v2/rings", long); w.Code != http.StatusOK {
		t.Errorf("less than the server reads = %d %s", w.Code, w.Body)
	}
	for _, key := range []string{"", "k"} { // a request with a key is read before its rule runs
		h := http.Header{}
		if key != "" {
			h.Set("Idempotency-Key", key)
		}
		if w := reader.with("POST", "/api/till/v2/rings", strings.Repeat(long, 2), h); w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "larger than 4KB") {
			t.Errorf("more than the server reads = %d %s", w.Code, w.Body)
		}
	}
	if w := at.do("POST", "/api/auth/token", strings.Repeat(" ", 5000)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("more than the server reads, of a token = %d", w.Code)
	}
}

func TestTimeIsOver(t *testing.T) {
	at, tokens := openDepotOf(t, till, nil)
	quiet := rings("quiet")
	body := `{"bell":"quiet","wait":true}`
	reader := at.as(tokens["reader"])
	w := reader.keyed("POST", "/api/till/v2/rings", body, "k")
	var p struct{ Code, Detail string }
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusGatewayTimeout || p.Code != "timeout" || !strings.Contains(p.Detail, "took longer than 300ms") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// what it did by then nobody knows, and so it is not done again
	if w := reader.keyed("POST", "/api/till/v2/rings", body, "k"); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "its outcome is not known") {
		t.Errorf("again = %d %s", w.Code, w.Body)
	}
	if quiet.Load() != 1 {
		t.Errorf("it rang %d times", quiet.Load())
	}
}

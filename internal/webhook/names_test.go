package webhook_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apposengine/appos/internal/webhook"
)

// nameServer has every name lead to one address, asked anew each time.
type nameServer struct{ address atomic.Value }

func newNameServer(t testing.TB, address string) *nameServer {
	t.Helper()
	n := new(nameServer)
	n.address.Store(address)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() { net.DefaultResolver = before; _ = conn.Close() })
	go func() {
		for b := make([]byte, 512); ; {
			size, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(n.answer(b[:size]), from)
		}
	}()
	return n
}

// answer answers a question for an address, RFC 1035: an IPv4 one; there is none of
// IPv6.
func (n *nameServer) answer(question []byte) []byte {
	end := 12
	for end < len(question) && question[end] != 0 {
		end += 1 + int(question[end])
	}
	end += 5
	kind := binary.BigEndian.Uint16(question[end-4:])
	a := append([]byte(nil), question[:end]...)
	copy(a[2:12], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
	if kind == 1 {
		a[7] = 1
		ip := netip.MustParseAddr(n.address.Load().(string)).As4()
		a = append(append(a, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), ip[:]...)
	}
	return a
}

// TestNames: what a name leads to is looked at with every connection. Names of this
// machine, numbers that are no addresses, and names that change their mind lead
// nowhere.
func TestNames(t *testing.T) {
	each(t, func(e *env) {
		here := newTarget(e.TB, nil) // on 127.0.0.1
		_, port, err := net.SplitHostPort(here.Listener.Addr().String())
		e.check(err)
		l, err := net.Listen("tcp", "127.0.0.2:"+port)
		if err != nil {
			e.Skip("there is no second address on this machine: ", err)
		}
		there := &target{answer: func(_ int, w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") }}
		server := &http.Server{Handler: there}
		go func() { _ = server.Serve(l) }()
		e.Cleanup(func() { _ = server.Close() })

		names := newNameServer(e.TB, "127.0.0.2")
		e.start(webhook.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Plain: true, Attempts: 1})
		moving, _ := e.hook(webhook.Settings{Name: "moving", Target: "http://partner.example:" + port + "/in"})
		create(e, e.ctx, Customer{Name: "One"})
		e.within("the first to arrive", func() bool { return e.deliveries(moving)[0].State == webhook.Delivered })
		names.address.Store("127.0.0.1")
		all := map[string]int64{}
		for _, host := range []string{"localhost", "inside.example", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"} {
			all[host], _ = e.hook(webhook.Settings{Name: host, Target: "http://" + host + ":" + port + "/"})
		}
		create(e, e.ctx, Customer{Name: "Two"})
		all["partner.example"] = moving
		for host, id := range all {
			last := func() *webhook.Delivery { d := e.deliveries(id); return d[len(d)-1] }
			e.within(host+" to end", func() bool { return last().State != webhook.Waiting })
			refused := "is not public"
			if strings.Trim(host, "0123456789.") == "" {
				refused = "was not found" // no name is made of numbers
			}
			if d := last(); d.State != webhook.Failed || !strings.Contains(d.Fault, refused) {
				e.Errorf("%s: %s %q", host, d.State, d.Fault)
			}
		}
		if len(there.messages()) != 1 || len(here.messages()) != 0 {
			e.Errorf("%d allowed, %d not", len(there.messages()), len(here.messages()))
		}
	})
}

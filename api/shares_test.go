package api_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// send sends a request's head. Its body is waited for once the server says that
// it reads it.
func (x *bench) send(method, path, token string) *bufio.Reader {
	x.t.Helper()
	c, err := (&net.Dialer{}).DialContext(x.t.Context(), "tcp", x.server.Listener.Addr().String())
	x.store.Must(err)
	x.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	_, err = fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: "+
		"a\r\n"+
		"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n", method, path, token)
	x.store.Must(err)
	return bufio.NewReader(c)
}

// tooMany tells whether a request was refused because of its caller's others.
func tooMany(t *testing.T, in *bufio.Reader) bool {
	t.Helper()
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode == 429 && bytes.Contains(b, []byte("too many at once"))
}

// Whoever sends slowly, of any audience, has no place while they send, and no
// more requests at once than their share; everybody else is served.
func TestSlowBodiesHoldUpNobody(t *testing.T) {
	t.Parallel()
	const share = 24
	x := newBench(t)
	thief, lin := x.tokenOf(string(x.store.Customer.ID)), x.tokenOf("lin")
	for name, c := range map[string]struct {
		method, path, token string
		share               int
	}{
		"a customer": {"POST", "/v1/app/challenges/chal_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF/answer", thief, share},
		"an agent":   {"POST", "/v1/callbacks/case_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF/unmask", "agent.eve", share},
		"a client":   {"POST", "/v1/holds", x.newKey("slow", "holds:write"), 192},
	} {
		for range c.share {
			if line, err := x.send(c.method, c.path, c.token).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
				t.Fatalf("%s: %s %v", name, line, err)
			}
		}
		if !tooMany(t, x.send(c.method, c.path, c.token)) {
			t.Errorf("%s has more than their share", name)
		}
	}
	for path, token := range map[string]string{"/v1/app/challenges": lin, "/v1/callbacks/stats": "agent.ana", "/v1/holds?status=held": x.key} {
		if r := x.do("GET", path, nil, "Authorization", "Bearer "+token); r.status != 200 {
			t.Errorf("%s, of another: %d %s", path, r.status, r.body)
		}
	}
}

// Nor do many who send slowly together: a place is for what has been read.
func TestSlowBodiesOfManyHoldUpNobody(t *testing.T) {
	t.Parallel()
	const share, places = 24, 256
	x := newBench(t)
	for n := range places/share + 1 {
		name := fmt.Sprintf("slow-%d", n)
		x.putCustomer(name)
		token := x.tokenOf(name)
		for range share {
			in := x.send("POST", "/v1/app/challenges/chal_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF/answer", token)
			if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
				t.Fatalf("%s: %s %v", name, line, err)
			}
		}
	}
	if r := x.do("GET", "/v1/app/challenges", nil, "Authorization", "Bearer "+x.tokenOf("lin")); r.status != 200 {
		t.Errorf("another: %d %s", r.status, r.body)
	}
}

// One agent has as many streams as consoles could be open, and no more.
func TestStreamsOfOneAgent(t *testing.T) {
	t.Parallel()
	const share = 6
	x := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func(who string) int {
		r, err := http.NewRequestWithContext(ctx, "GET", x.server.URL+"/v1/callbacks/events", nil)
		x.store.Must(err)
		r.Header.Set("Authorization", "Bearer agent."+who)
		res, err := http.DefaultClient.Do(r)
		x.store.Must(err)
		t.Cleanup(func() { _ = res.Body.Close() })
		return res.StatusCode
	}
	for n := range share + 3 {
		want := 200
		if n >= share {
			want = 429
		}
		if got := open("ana"); got != want {
			t.Errorf("stream %d: %d, want %d", n+1, got, want)
		}
	}
	if got := open("bo"); got != 200 {
		t.Errorf("another agent: %d", got)
	}
}

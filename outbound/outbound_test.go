package outbound_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/outbound"

	"pgregory.net/rapid"
)

func guard(t *testing.T, allow ...string) *http.Client {
	t.Helper()
	g, err := outbound.New(allow)
	if err != nil {
		t.Fatal(err)
	}
	return g.Client(5 * time.Second)
}

func get(t *testing.T, c *http.Client, at string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// What leads inside is refused by address, by name, and in every spelling that
// a resolver understands; the error names no address.
func TestInsideIsRefused(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	t.Cleanup(s.Close)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1.2.3", "169.254.169.254",
		"10.0.0.1", "172.31.0.1", "192.168.1.1", "100.64.0.1",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]", "[::]", "224.0.0.1", "255.255.255.255"} {
		_, err := get(t, guard(t), "http://"+host+":"+port+"/")
		if !errors.Is(err, outbound.ErrInside) {
			t.Errorf("%s: %v", host, err)
		}
		var u *url.Error
		if errors.As(err, &u) && strings.Contains(u.Err.Error(), "127") {
			t.Errorf("%s: the error names an address: %v", host, u.Err)
		}
	}
}

// What is meant to be inside is named, as host and port or as a network, and
// nothing else beside it.
func TestAllowed(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(s.Close)
	at := strings.TrimPrefix(s.URL, "http://")
	for _, allow := range []string{at, "127.0.0.0/8"} {
		if status, err := get(t, guard(t, allow), s.URL); err != nil || status != http.StatusTeapot {
			t.Errorf("%s: %d, %v", allow, status, err)
		}
	}
	for _, allow := range []string{"127.0.0.1:1", "localhost:80", "10.0.0.0/8"} {
		if _, err := get(t, guard(t, allow), s.URL); !errors.Is(err, outbound.ErrInside) {
			t.Errorf("%s: %v", allow, err)
		}
	}
	for _, wrong := range []string{"ledger", "http://ledger:80", "10.0.0.0/33", "", ":80", "ledger:"} {
		if _, err := outbound.New([]string{wrong}); err == nil || !strings.Contains(err.Error(), "outbound_allow") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// A redirect from an allowed server leads nowhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	t.Cleanup(inner.Close)
	outer := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusTemporaryRedirect))
	t.Cleanup(outer.Close)
	if status, err := get(t, guard(t, "127.0.0.0/8"), outer.URL); err != nil || status != http.StatusTemporaryRedirect {
		t.Errorf("%d, %v", status, err)
	}
}

// Every address of a private network, however it is wrapped, is inside; public
// ones are not.
func TestInside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		private := rapid.SampledFrom([]string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
			"100.64.0.0/10"}).Draw(t, "network")
		p := netip.MustParsePrefix(private)
		b := p.Addr().As4()
		r := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "host")
		for i := range b {
			keep := max(0, min(8, p.Bits()-8*i))
			mask := byte(0xff) << (8 - keep)
			b[i] = b[i]&mask | r[i]&^mask
		}
		v4 := netip.AddrFrom4(b)
		nat64 := netip.MustParseAddr("64:ff9b::").As16()
		copy(nat64[12:], b[:])
		six := netip.MustParseAddr("2002::").As16()
		copy(six[2:], b[:])
		for _, ip := range []netip.Addr{v4, netip.AddrFrom16(v4.As16()), netip.AddrFrom16(nat64), netip.AddrFrom16(six)} {
			if !outbound.Inside(ip) {
				t.Fatalf("%s is not inside", ip)
			}
		}
	})
	for _, public := range []string{"1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"} {
		if outbound.Inside(netip.MustParseAddr(public)) {
			t.Errorf("%s is taken for inside", public)
		}
	}
}

package outbound_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/outbound"
)

// egress is a bank's proxy: it notes what it is asked for and connects every
// CONNECT to one server.
type egress struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newEgress(t *testing.T, to string) *egress {
	t.Helper()
	e := &egress{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		e.asked = append(e.asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		e.mu.Unlock()
		if r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		there, err := net.Dial("tcp", to)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
		_, _ = io.Copy(here, there)
		_ = here.Close()
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *egress) seen() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	got := e.asked
	e.asked = nil
	return got
}

// Calls to the outside go through the proxy with its credentials; to what is
// allowed inside they go directly; to anything else inside they go nowhere.
func TestProxy(t *testing.T) {
	t.Parallel()
	outside := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	forbidden := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	for _, s := range []*httptest.Server{outside, inside, forbidden} {
		t.Cleanup(s.Close)
	}
	e := newEgress(t, outside.Listener.Addr().String())
	at, err := outbound.ReadProxy(strings.Replace(e.URL, "://", "://bank:s3cret@", 1))
	if err != nil {
		t.Fatal(err)
	}
	g, err := outbound.New([]string{inside.Listener.Addr().String(), "10.20.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	g.Proxy, g.Roots = at, x509.NewCertPool()
	g.Lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
		switch host {
		case "outside.test":
			return []netip.Addr{netip.MustParseAddr("1.1.1.1")}, nil
		case "inside.test", "localhost":
			return []netip.Addr{netip.MustParseAddr("::ffff:127.0.0.1")}, nil
		case "both.test":
			return []netip.Addr{netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("10.0.0.1")}, nil
		case "unknown.test":
			return nil, &net.DNSError{IsNotFound: true}
		}
		return nil, &net.DNSError{IsTimeout: true}
	}
	g.Roots.AddCert(outside.Certificate())
	c := g.Client(5 * time.Second)
	const basic = "Basic YmFuazpzM2NyZXQ="
	for where, want := range map[string]string{"http://1.1.1.1/": "GET 1.1.1.1 " + basic, "https://1.1.1.1/": "CONNECT 1.1.1.1:443 " + basic,
		"http://outside.test/": "GET outside.test " + basic, "http://unknown.test/": "GET unknown.test " + basic, "http://nobody.answers/": ""} {
		status, err := get(t, c, where)
		if got := strings.Join(e.seen(), ", "); got != want {
			t.Errorf("%s: the proxy was asked %q, want %q (%v)", where, got, want, err)
		}
		if want != "" && strings.HasPrefix(where, "http:") && status != http.StatusTeapot {
			t.Errorf("%s: %d, %v", where, status, err)
		}
	}
	if status, err := get(t, c, inside.URL); err != nil || status != http.StatusTeapot {
		t.Errorf("allowed inside: %d, %v", status, err)
	}
	for _, where := range []string{forbidden.URL, "http://localhost:1/", "http://inside.test/", "https://both.test/", "http://10.21.0.1/",
		"https://[::ffff:169.254.169.254]/", "http://[64:ff9b::a00:1]/"} {
		if _, err := get(t, c, where); !errors.Is(err, outbound.ErrInside) {
			t.Errorf("%s: %v", where, err)
		}
	}
	if got := e.seen(); len(got) > 0 {
		t.Errorf("the proxy was asked for what is inside: %v", got)
	}
}

// What is no proxy, and no file of certificates, is refused and not quoted.
func TestProxyAndRootsAreChecked(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"proxy:3128", "socks5://bank:s3cret@p:1", "http://bank:s3cret@p/x", "http://"} {
		if _, err := outbound.ReadProxy(at); err == nil || !strings.Contains(err.Error(), "outbound_proxy") || strings.Contains(err.Error(),
			"s3cret") {
			t.Errorf("%s: %v", at, err)
		}
	}
	if p, err := outbound.ReadProxy("http://bank:s3cret@p:3128"); err != nil || p.Host != "p:3128" {
		t.Errorf("%v, %v", p, err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	for text, good := range map[string]bool{"": false, "no PEM": false,
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: selfMade(t)})): true} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := outbound.ReadRoots(path); (err == nil) != good || err != nil && !strings.Contains(err.Error(), "ca_file") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func selfMade(t *testing.T) []byte {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return s.Certificate().Raw
}

// A failed call says of itself what can be mended, and tells whoever listens.
func TestCause(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(nil)
	t.Cleanup(s.Close)
	g, err := outbound.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	var told error
	g.Told = func(host string, cause error) {
		if told = cause; host != s.Listener.Addr().String() {
			t.Errorf("told of %s", host)
		}
	}
	_, err = get(t, g.Client(5*time.Second), s.URL)
	if !errors.Is(err, outbound.ErrAuthority) || !errors.Is(told, outbound.ErrAuthority) || !strings.Contains(err.Error(), "ca_file") {
		t.Errorf("%v, told %v", err, told)
	}
	if outbound.Cause(nil) != nil || outbound.Cause(&url.Error{Err: io.EOF}) != nil {
		t.Error("a cause where there is none")
	}
}

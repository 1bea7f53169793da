// Package outbound carries every call that Holdfast makes to an address that
// somebody configured. It refuses what leads inside (a server that is made to
// call its own network, CWE-918), after resolution, so that no name can stand
// for one address when it is looked at and for another when it is called.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrInside means that an address leads inside and is not on the list of what
// is meant to be there. It names no address.
var ErrInside = errors.New("the address leads inside and is not named in outbound_allow")

// ErrAuthority means that a certificate was signed by an authority that is not
// known here.
var ErrAuthority = errors.New("the certificate's authority is not known; if it is the bank's own, name its file in ca_file")

// Cause is ErrInside or ErrAuthority when that is why a call failed, else nil:
// what the operator can mend, and what may be said aloud.
func Cause(err error) error {
	switch {
	case errors.Is(err, ErrInside):
		return ErrInside
	case errors.Is(err, ErrAuthority), errors.As(err, new(x509.UnknownAuthorityError)):
		return ErrAuthority
	}
	return nil
}

// Guard knows what inside is allowed. Its fields may be set before it is used.
type Guard struct {
	Told     func(host string, cause error)                               // of each call that has a Cause; nil: nobody
	Lookup   func(ctx context.Context, host string) ([]netip.Addr, error) // nil: the system's
	Proxy    *url.URL                                                     // carries every call but those to what is allowed inside; nil: none
	Roots    *x509.CertPool                                               // authorities that are trusted; nil: the system's
	hosts    []string                                                     // host:port, as in the URL
	networks []netip.Prefix
}

// New reads the list: host:port as the URL has them, or a network in CIDR
// notation. The error names the entry that is neither.
func New(allow []string) (*Guard, error) {
	g := &Guard{}
	for _, a := range allow {
		if p, err := netip.ParsePrefix(a); err == nil {
			g.networks = append(g.networks, p.Masked())
			continue
		}
		host, port, err := net.SplitHostPort(a)
		if err != nil || host == "" || port == "" || strings.Contains(a, "/") {
			return nil, fmt.Errorf("outbound_allow: %q is neither host:port nor a network such as 10.1.0.0/16", a)
		}
		g.hosts = append(g.hosts, strings.ToLower(net.JoinHostPort(host, port)))
	}
	return g, nil
}

// Client makes calls within the guard: no redirect is followed, no proxy but the
// guard's own is used, and timeout bounds each call whole.
func (g *Guard) Client(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: g.Transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Transport is the guard for clients that bring their own bounds.
func (g *Guard) Transport() http.RoundTripper {
	return &transport{g, &http.Transport{DialContext: g.dial, Proxy: g.proxy, TLSClientConfig: &tls.Config{RootCAs: g.Roots,
		MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 5 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true}}
}

// transport says of a failed call what the operator can mend.
type transport struct {
	guard *Guard
	*http.Transport
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.Transport.RoundTrip(r)
	cause := Cause(err)
	if cause == nil {
		return res, err
	}
	if t.guard.Told != nil {
		t.guard.Told(r.URL.Host, cause)
	}
	return nil, cause
}

func (g *Guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	if !g.named(address) && !(g.Proxy != nil && strings.EqualFold(address, hostPort(g.Proxy))) {
		d.ControlContext = func(_ context.Context, _, resolved string, _ syscall.RawConn) error { return g.check(resolved) }
	}
	conn, err := d.DialContext(ctx, network, address)
	if errors.Is(err, ErrInside) {
		return nil, ErrInside
	}
	return conn, err
}

// check looks at the address that is about to be called.
func (g *Guard) check(resolved string) error {
	at, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return ErrInside
	}
	if ip := at.Addr().WithZone(""); !g.allowed(ip) && Inside(ip) {
		return ErrInside
	}
	return nil
}

// named tells whether host:port is on the list.
func (g *Guard) named(address string) bool { return slices.Contains(g.hosts, strings.ToLower(address)) }

// allowed tells whether an address is in a network of the list.
func (g *Guard) allowed(ip netip.Addr) bool {
	return slices.ContainsFunc(g.networks, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) || p.Contains(ip) })
}

// inside are the special-purpose networks (IANA registries, RFC 6890) that lead
// into one's own, or nowhere.
var inside = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24",
	"192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "::1/128", "100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	// What carries an IPv4 address inside it, wherever that leads.
	"::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16")

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// Inside tells whether an address leads into one's own network, or nowhere.
func Inside(ip netip.Addr) bool {
	if ip.Is4In6() { // written as IPv6, called as IPv4
		return true
	}
	return !ip.IsValid() || slices.ContainsFunc(inside, func(p netip.Prefix) bool { return p.Contains(ip) })
}

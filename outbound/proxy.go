package outbound

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// ReadProxy reads a proxy's address; nil for an empty one. The error does not
// quote it: there may be a password in it.
func ReadProxy(at string) (*url.URL, error) {
	if at == "" {
		return nil, nil
	}
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("outbound_proxy: want http://host:port or https://host:port, with user:password@ if it asks for them")
	}
	return u, nil
}

// ReadRoots reads a file of certificates (PEM) of authorities that are trusted
// besides the system's; nil for no file.
func ReadRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("ca_file: %s has no certificate in PEM", path)
	}
	return pool, nil
}

// proxy says how a call goes: directly to what is allowed inside, else through
// the proxy. The proxy looks names up itself, so what a name leads to is judged
// here first. A name that is not known here is left to the proxy's own rules:
// in many banks only the proxy can look up what is outside.
func (g *Guard) proxy(r *http.Request) (*url.URL, error) {
	if g.Proxy == nil || g.named(hostPort(r.URL)) {
		return nil, nil
	}
	if ip, err := netip.ParseAddr(r.URL.Hostname()); err == nil {
		return g.through(ip)
	}
	lookup := g.Lookup
	if lookup == nil {
		lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	ips, err := lookup(r.Context(), r.URL.Hostname())
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return g.Proxy, nil
	} else if err != nil {
		return nil, errors.New("the name cannot be looked up")
	}
	to := g.Proxy
	for _, ip := range ips {
		// A resolver writes IPv4 as IPv6 at times; that is no trick of a URL's.
		if to, err = g.through(ip.Unmap()); to == nil {
			return nil, err
		}
	}
	return to, nil
}

// through is the proxy for an address outside, nothing for one in an allowed
// network, and an error for any other inside.
func (g *Guard) through(ip netip.Addr) (*url.URL, error) {
	switch {
	case g.allowed(ip.WithZone("")):
		return nil, nil
	case Inside(ip.WithZone("")):
		return nil, ErrInside
	}
	return g.Proxy, nil
}

// hostPort is an address's host and port, with the scheme's own port where it
// names none.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

package outbound

import (
	"net"
	"net/url"
)

// Safe tells whether nobody on the way can read or change what is said at an
// address: https, or http to the machine itself. It has no credentials and no
// fragment, which would be lost, or logged.
func Safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

package storetest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Meter stands between the store and Postgres and counts what is asked (the
// protocol's version 3, section 55.7 of Postgres' manual).
type Meter struct {
	mu   sync.Mutex
	took Took
}

// Took is what a Meter has counted.
type Took struct {
	Statements []string
	Trips      int
	Commits    int
}

// Reset begins anew.
func (m *Meter) Reset() { m.mu.Lock(); defer m.mu.Unlock(); m.took = Took{} }

// Took is what was asked since.
func (m *Meter) Took() Took { m.mu.Lock(); defer m.mu.Unlock(); return m.took }

// Listen gives the address of a database through the meter.
func (m *Meter) Listen(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go m.carry(c, server)
		}
	}()
	u.Host = l.Addr().String()
	return u.String()
}

func (m *Meter) carry(c net.Conn, server string) {
	s, err := net.Dial("tcp", server)
	if err != nil {
		_ = c.Close()
		return
	}
	go func() { _, _ = io.Copy(c, s); _ = c.Close() }()
	defer s.Close() //nolint:errcheck // the test is over
	named, bound := map[string]string{}, ""
	for first := true; ; first = false {
		head := make([]byte, 5)
		if first { // it has no type
			head = head[:4]
		}
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		body := make([]byte, int(binary.BigEndian.Uint32(head[len(head)-4:]))-4)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		if !first {
			bound = m.saw(head[0], bytes.Split(body, []byte{0}), named, bound)
		}
		if _, err := s.Write(append(head, body...)); err != nil {
			return
		}
	}
}

func (m *Meter) saw(kind byte, words [][]byte, named map[string]string, bound string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch kind {
	case 'P':
		named[string(words[0])] = string(words[1])
	case 'B':
		bound = named[string(words[1])]
	case 'E':
		if !strings.Contains(bound, "pg_notify") { // batched
			m.took.Statements = append(m.took.Statements, bound)
		}
		if bound == "COMMIT" {
			m.took.Commits++
		}
	case 'Q':
		m.took.Statements, m.took.Trips = append(m.took.Statements, string(words[0])), m.took.Trips+1
	case 'S':
		if !strings.Contains(bound, "pg_notify") {
			m.took.Trips++
		}
	}
	return bound
}

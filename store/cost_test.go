package store_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// meter stands between the store and Postgres and counts what is asked (the
// protocol's version 3, section 55.7 of Postgres' manual).
type meter struct {
	mu         sync.Mutex
	statements []string
	trips      int
	commits    int
}

func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.statements, m.trips, m.commits = nil, 0, 0
}

// listen gives the address of a database through the meter.
func (m *meter) listen(t *testing.T, dsn string) string {
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

func (m *meter) carry(c net.Conn, server string) {
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

func (m *meter) saw(kind byte, words [][]byte, named map[string]string, bound string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch kind {
	case 'P':
		named[string(words[0])] = string(words[1])
	case 'B':
		bound = named[string(words[1])]
	case 'E':
		if !strings.Contains(bound, "pg_notify") { // batched
			m.statements = append(m.statements, bound)
		}
		if bound == "COMMIT" {
			m.commits++
		}
	case 'Q':
		m.statements, m.trips = append(m.statements, string(words[0])), m.trips+1
	case 'S':
		if !strings.Contains(bound, "pg_notify") {
			m.trips++
		}
	}
	return bound
}

// mostStatements and mostTrips are the store's as counted last: sixty statements and
// twenty trips are allowed.
const mostStatements, mostTrips = 60, 10

// What a hold that is approved by push costs the database, besides what is
// batched: four commits, and no more round trips and statements than it took last.
func TestCostOfAHold(t *testing.T) {
	t.Parallel()
	m := &meter{}
	b := storetest.New(t, storetest.PostgresURL(t))
	s, err := store.Open(ctx, m.listen(t, b.URL), store.Options{Conns: 1})
	b.Must(err)
	t.Cleanup(func() { _ = s.Close() })
	b.Must(s.Deploy(ctx, atOnce()))
	b.Must(s.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: b.Old(), CustomerID: b.Customer.ID}}, nil))
	for range 3 { // the first prepares the statements
		m.reset()
		res, err := s.AcceptHold(ctx, b.Accepting(storetest.PushLadder()))
		b.Must(err)
		cs, err := b.Challenges(ctx, res.HoldID)
		b.Must(err)
		_, err = s.Answer(ctx, b.Attempt(cs[0].ID, b.Old(), hold.Approve))
		b.Must(err)
		_, p, err := s.Finish(ctx, res.HoldID, atOnce())
		b.Must(err)
		expect(b, "state", p.State, hold.Decided)
		b.Must(s.MarkSettled(ctx, res.HoldID))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t.Logf("%d commits, %d round trips, %d statements", m.commits, m.trips, len(m.statements))
	expect(b, "commits", m.commits, 4)
	if m.trips > mostTrips {
		t.Errorf("%d round trips, want at most %d", m.trips, mostTrips)
	}
	if len(m.statements) > mostStatements {
		t.Errorf("%d statements, want at most %d:\n%s", len(m.statements), mostStatements, strings.Join(slices.Clone(m.statements), "\n"))
	}
}

package stack

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
)

// listening is who was told the time once and goes by it: the app's sockets, and the
// streams of the console. Each comes back by itself when it is ended, and is told anew.
type listening struct {
	mu   sync.Mutex
	last int
	ends map[int]func()
}

// around notices sockets and streams among what Holdfast serves.
func (l *listening) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Upgrade") != "":
			w = upgrading{w, l}
		case strings.HasSuffix(r.URL.Path, "/callbacks/events"):
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer l.add(cancel)()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}

// end ends them all.
func (l *listening) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, end := range l.ends {
		end()
	}
}

// add keeps one until what it gives is called.
func (l *listening) add(end func()) (gone func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ends == nil {
		l.ends = map[int]func(){}
	}
	l.last++
	id := l.last
	l.ends[id] = end
	return func() { l.mu.Lock(); defer l.mu.Unlock(); delete(l.ends, id) }
}

// upgrading is a reply that becomes a socket.
type upgrading struct {
	http.ResponseWriter
	to *listening
}

func (u upgrading) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func (u upgrading) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(u.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &socket{conn, u.to.add(func() { _ = conn.Close() })}, rw, nil
}

// socket is forgotten when it is closed.
type socket struct {
	net.Conn
	gone func()
}

func (s *socket) Close() error { s.gone(); return s.Conn.Close() }

package serve

import (
	"net/http"
	"time"
)

// deadlines are how long a client may be silent: until its request's head has
// come, while a body is sent either way, and between two requests.
type deadlines struct{ header, transfer, idle time.Duration }

func (c Config) deadlines() deadlines {
	if c.Silence != 0 {
		return deadlines{c.Silence, c.Silence, c.Silence}
	}
	return deadlines{5 * time.Second, 30 * time.Second, 90 * time.Second}
}

// bounded gives every request a time, whatever serves it: the pages, the
// console, what is put around them. What lasts longer on purpose, a long poll, a
// stream, a socket, sets its own.
func bounded(next http.Handler, transfer time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctl, at := http.NewResponseController(w), time.Now().Add(transfer)
		_ = ctl.SetReadDeadline(at) // not every writer has one
		_ = ctl.SetWriteDeadline(at)
		next.ServeHTTP(w, r)
	})
}

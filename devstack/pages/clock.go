package pages

import (
	"errors"
	"net/http"
	"time"
)

// clockPath is where the stack's clock is read and put forward.
const clockPath = "/clock"

var errNoDuration = errors.New("advance: want a time such as 24h")

// Clock is what the stack's clock shows, and by how much it has been put forward.
type Clock struct {
	Now   time.Time `json:"now"`
	Ahead string    `json:"ahead"` // of the machine's: 24h0m0s
}

func (c Config) clock(mux *http.ServeMux) {
	mux.HandleFunc("GET "+clockPath, answer(func(*http.Request) (any, error) { return c.Stack.Clock(), nil }))
	mux.HandleFunc("POST "+clockPath, answer(func(r *http.Request) (any, error) {
		var in struct {
			Advance string `json:"advance"`
		}
		if err := read(r, &in); err != nil {
			return nil, err
		}
		by, err := time.ParseDuration(in.Advance)
		if err != nil {
			return nil, badRequest{errNoDuration}
		}
		if err := c.Stack.Advance(r.Context(), by); err != nil {
			return nil, err
		}
		return c.Stack.Clock(), nil
	}))
}

// timed tells the time with each reply, for pages that count down.
func (c Config) timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Stack-Time", c.Stack.Clock().Now.Format(time.RFC3339Nano))
		next.ServeHTTP(w, r)
	})
}

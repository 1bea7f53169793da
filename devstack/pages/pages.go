// Package pages has the pages that only the development stack has: the front
// door, the phones, and the picker that stands for a bank's own sign-in. They
// are put around Holdfast's handler, so that they share its origin, and are no
// part of the production binary. What they do is done by the stack: this
// package knows HTTP and nothing else.
package pages

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"holdfast/hold"
	"holdfast/web"
)

//go:embed all:dist
var dist embed.FS

//go:embed bank.js
var bankScript []byte

// Script is the path of what signs the app in; see serve.Config.AppScript.
const Script = "/dev/bank.js"

const maxBody = 64 << 10

// ErrUnknown means that there is no such customer, hold or scenario.
var ErrUnknown = errors.New("there is none of that name")

// Stack does what the pages ask for.
type Stack interface {
	People() People
	// Session signs a customer in and gives a customer token.
	Session(ctx context.Context, id hold.CustomerID) (string, error)
	// KnowDevice registers a key as one that the bank has known for long.
	KnowDevice(ctx context.Context, id hold.CustomerID, name string, jwk json.RawMessage) (hold.DeviceID, error)
	// Play submits a scenario's holds.
	Play(ctx context.Context, scenario string, id hold.CustomerID) ([]hold.ID, error)
	// Held are a customer's holds that wait, whoever submitted them, the newest first.
	Held(ctx context.Context, id hold.CustomerID) ([]hold.ID, error)
	// Hold is a hold as the bank's API has it.
	Hold(ctx context.Context, id hold.ID) (json.RawMessage, error)
	// Payee is what is said of a hold's payee, and what became of payments to it.
	Payee(ctx context.Context, id hold.ID) (Payee, error)
	// OfPayee does what the bank's people do about it: an act of theirs.
	OfPayee(ctx context.Context, id hold.ID, act string) error
	// Clock is what the stack's clock shows.
	Clock() Clock
	// Advance puts it forward.
	Advance(ctx context.Context, by time.Duration) error
}

// People are who lives in the stack.
type People struct {
	Customers []Customer `json:"customers"`
	Agents    []Agent    `json:"agents"`
}

// Customer is a customer with a phone.
type Customer struct {
	ID     hold.CustomerID `json:"id"`
	Name   string          `json:"name"`
	Number string          `json:"number"`
	Locale string          `json:"locale"`
}

// Agent is somebody of the call centre, with the phone on their desk.
type Agent struct {
	Sub    string `json:"sub"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	Number string `json:"number"`
}

// Config is where everything is.
type Config struct {
	Stack    Stack
	URL      string // of the stack: the only origin that is answered
	Provider string // of the fake provider
	Issuer   string // where agents sign in, in the console's frame
	Links    map[string]string
}

// Around puts the pages around Holdfast's handler.
func Around(c Config) (func(http.Handler) http.Handler, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	pages, err := web.New(files, web.Options{Ancestors: []string{c.URL}, Frames: []string{c.Issuer}})
	if err != nil {
		return nil, err
	}
	provider, err := url.Parse(c.Provider)
	if err != nil {
		return nil, err
	}
	own := http.NewServeMux()
	own.Handle("GET /{$}", pages.Page("door"))
	own.Handle("GET /phone", pages.Page("phone"))
	own.Handle("GET /pick", pages.Page("pick"))
	own.HandleFunc("GET /dev-assets/", pages.Static)
	c.routes(own, provider)
	guarded := sameOrigin(c.URL, c.timed(own))
	return func(holdfast http.Handler) http.Handler {
		all := http.NewServeMux()
		for _, p := range []string{"GET /{$}", "GET /phone", "GET /pick", "GET /dev-assets/", "/dev/", clockPath} {
			all.Handle(p, guarded)
		}
		all.Handle("/", holdfast)
		return all
	}, nil
}

func (c Config) routes(mux *http.ServeMux, provider *url.URL) {
	mux.HandleFunc("GET "+Script, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(bankScript) // the browser is gone
	})
	mux.HandleFunc("GET /dev/people", answer(func(*http.Request) (any, error) { return c.Stack.People(), nil }))
	mux.HandleFunc("GET /dev/links", answer(func(*http.Request) (any, error) { return c.Links, nil }))
	mux.HandleFunc("POST /dev/sessions", answer(func(r *http.Request) (any, error) {
		var in struct {
			Customer hold.CustomerID `json:"customer"`
		}
		if err := read(r, &in); err != nil {
			return nil, err
		}
		token, err := c.Stack.Session(r.Context(), in.Customer)
		return map[string]string{"token": token}, err
	}))
	mux.HandleFunc("POST /dev/customers/{id}/devices", answer(func(r *http.Request) (any, error) {
		var in struct {
			Name string          `json:"name"`
			Key  json.RawMessage `json:"public_key"`
		}
		if err := read(r, &in); err != nil {
			return nil, err
		}
		id, err := c.Stack.KnowDevice(r.Context(), hold.CustomerID(r.PathValue("id")), in.Name, in.Key)
		return map[string]hold.DeviceID{"device_id": id}, err
	}))
	mux.HandleFunc("POST /dev/holds", answer(func(r *http.Request) (any, error) {
		var in struct {
			Scenario string          `json:"scenario"`
			Customer hold.CustomerID `json:"customer"`
		}
		if err := read(r, &in); err != nil {
			return nil, err
		}
		ids, err := c.Stack.Play(r.Context(), in.Scenario, in.Customer)
		return map[string][]hold.ID{"holds": ids}, err
	}))
	mux.HandleFunc("GET /dev/holds", answer(func(r *http.Request) (any, error) {
		ids, err := c.Stack.Held(r.Context(), hold.CustomerID(r.URL.Query().Get("customer")))
		return map[string][]hold.ID{"holds": append([]hold.ID{}, ids...)}, err
	}))
	mux.HandleFunc("GET /dev/holds/{id}", answer(func(r *http.Request) (any, error) {
		return c.Stack.Hold(r.Context(), hold.ID(r.PathValue("id")))
	}))
	c.payees(mux)
	mux.Handle("/dev/provider/", phones(provider))
	c.clock(mux)
}

// phones passes on what phones do and what goes wrong, and nothing else of the
// provider's.
func phones(provider *url.URL) http.Handler {
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(provider)
		r.Out.Header.Del("Cookie")
		r.Out.Header.Del("Authorization")
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
	return http.StripPrefix("/dev/provider", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; p != "/phones" && p != "/faults" && !strings.HasPrefix(p, "/phones/") {
			http.NotFound(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		proxy.ServeHTTP(w, r)
	}))
}

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// phones serves the phones behind the provider, for people and drills:
//
//	GET  /phones?after=VERSION              Shown; waits up to 20 s for another version
//	GET  /phones/{number}/messages?after=N  those after the first N; waits up to 20 s for one
//	POST /phones/{number}/replies           the body is the text; answers with Holdfast's status
//	GET  /phones/{number}/calls?after=N     those after the first N; waits up to 20 s for one
//	POST /phones/{number}/calls/{sid}/answer, /decline, /hangup?lasted=31s
//	PUT  /phones/{number}/line              a Line
//	POST /faults, DELETE /faults            a Fault
func (p *Provider) phones(mux *http.ServeMux) {
	mux.HandleFunc("GET /phones", func(w http.ResponseWriter, r *http.Request) {
		after, err := strconv.Atoi(r.URL.Query().Get("after"))
		if err != nil {
			after = -1
		}
		_ = json.NewEncoder(w).Encode(p.awaitShown(r.Context(), after))
	})
	mux.HandleFunc("GET /phones/{number}/messages", func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
		defer cancel()
		got, err := p.Await(ctx, r.PathValue("number"), max(after, 0))
		if err != nil {
			got = []Message{}
		}
		_ = json.NewEncoder(w).Encode(got)
	})
	mux.HandleFunc("POST /phones/{number}/replies", func(w http.ResponseWriter, r *http.Request) {
		body, _ := readBody(r)
		_ = json.NewEncoder(w).Encode(p.Reply(r.PathValue("number"), string(body)))
	})
	mux.HandleFunc("POST /phones/{number}/forgeries", func(w http.ResponseWriter, r *http.Request) {
		body, _ := readBody(r)
		_ = json.NewEncoder(w).Encode(p.Forge(r.PathValue("number"), string(body), "guessed"))
	})
	mux.HandleFunc("GET /phones/{number}/calls", func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
		defer cancel()
		got, err := p.AwaitRing(ctx, r.PathValue("number"), max(after, 0))
		if err != nil {
			got = []Ring{}
		}
		_ = json.NewEncoder(w).Encode(got)
	})
	mux.HandleFunc("POST /phones/{number}/calls/{sid}/{what}", func(w http.ResponseWriter, r *http.Request) {
		lasted, _ := time.ParseDuration(r.URL.Query().Get("lasted"))
		var err error
		switch r.PathValue("what") {
		case "answer":
			err = p.Answer(r.PathValue("sid"))
		case "machine":
			err = p.AnswerMachine(r.PathValue("sid"))
		case "hangup":
			err = p.EndCall(r.PathValue("sid"), Completed, lasted)
		case "decline":
			err = p.EndCall(r.PathValue("sid"), Busy, 0)
		default:
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if err != nil {
			w.WriteHeader(http.StatusConflict)
		}
	})
	mux.HandleFunc("PUT /phones/{number}/line", func(w http.ResponseWriter, r *http.Request) {
		var l Line
		if json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&l) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.SetLine(r.PathValue("number"), l)
	})
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		if json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&f) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.Set(f)
	})
	mux.HandleFunc("DELETE /faults", func(http.ResponseWriter, *http.Request) { p.Clear() })
}

// Handset is a phone behind a provider that runs in another process.
type Handset struct {
	URL    string // of the provider
	Number string
}

var handsets = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}

func (h Handset) call(ctx context.Context, method, path, body string, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, h.URL+"/phones/"+url.PathEscape(h.Number)+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	res, err := handsets.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if res.StatusCode >= http.StatusBadRequest {
		return errors.New("the phone cannot do that now: " + res.Status)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// Messages waits for texts after the first n; none within 20 s is no error.
func (h Handset) Messages(ctx context.Context, n int) (out []Message, err error) {
	return out, h.call(ctx, http.MethodGet, "/messages?after="+strconv.Itoa(n), "", &out)
}

// Calls waits for calls after the first n; none within 20 s is no error.
func (h Handset) Calls(ctx context.Context, n int) (out []Ring, err error) {
	return out, h.call(ctx, http.MethodGet, "/calls?after="+strconv.Itoa(n), "", &out)
}

// Answer picks a call up.
func (h Handset) Answer(ctx context.Context, sid string) error {
	return h.call(ctx, http.MethodPost, "/calls/"+sid+"/answer", "", nil)
}

// HangUp ends a call; the account is told that it lasted so long, when that is
// above 0.
func (h Handset) HangUp(ctx context.Context, sid string, lasted time.Duration) error {
	return h.call(ctx, http.MethodPost, "/calls/"+sid+"/hangup?lasted="+lasted.String(), "", nil)
}

// Decline is busy.
func (h Handset) Decline(ctx context.Context, sid string) error {
	return h.call(ctx, http.MethodPost, "/calls/"+sid+"/decline", "", nil)
}

// Reply sends a text back and gives Holdfast's status.
func (h Handset) Reply(ctx context.Context, body string) (status int, err error) {
	return status, h.call(ctx, http.MethodPost, "/replies", body, &status)
}

// Forge sends what only looks like a text from this phone.
func (h Handset) Forge(ctx context.Context, body string) (status int, err error) {
	return status, h.call(ctx, http.MethodPost, "/forgeries", body, &status)
}

// SetLine says what the network tells of this number.
func (h Handset) SetLine(ctx context.Context, l Line) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return h.call(ctx, http.MethodPut, "/line", string(b), nil)
}

var lastLine = regexp.MustCompile(`\n@\S+ #([0-9]{6,8})$`)

// Code is the code of a text, as a phone reads it off the last line; "" when
// it has none.
func Code(body string) string {
	if m := lastLine.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

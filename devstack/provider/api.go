package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const maxBody = 64 << 10

func readBody(r *http.Request) ([]byte, error) { return io.ReadAll(io.LimitReader(r.Body, maxBody)) }

func restore(r *http.Request, body []byte) { r.Body = io.NopCloser(bytes.NewReader(body)) }

// refuse answers an error in Twilio's form; like Twilio's, its text quotes what
// was sent.
func refuse(w http.ResponseWriter, status, code int) { refuseWith(w, status, code, "refused") }

func refuseWith(w http.ResponseWriter, status, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "message": text, "status": status,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code)})
}

func (p *Provider) create(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	to, body := r.PostForm.Get("To"), r.PostForm.Get("Body")
	f := p.fault(to, Sends)
	if !p.pass(w, r, f, to) {
		p.count("refused")
		return
	}
	m := &Message{SID: newSID("SM"), To: to, Body: body, Status: "queued", At: p.Now(), callback: r.PostForm.Get("StatusCallback"),
		wire: f.Wire}
	p.keep(m)
	if f.Wire == Early { // the webhooks are there before the answer is
		p.report(m)
	}
	switch f.Kind {
	case Cut:
		cut(w)
		return
	case Stall:
		p.linger(r, f.Delay)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(p.show(*m))
	if f.Wire != Early {
		p.calls.Add(1)
		go func() { defer p.calls.Done(); p.report(m) }()
	}
}

func (p *Provider) show(m Message) map[string]any {
	return map[string]any{"sid": m.SID, "account_sid": p.AccountSID, "to": m.To, "from": p.From, "body": m.Body, "status": m.Status,
		"direction":    "outbound-api",
		"date_created": m.At.UTC().Format(time.RFC1123Z), "num_segments": "1", "error_code": nil, "api_version": "2010-04-01",
		"uri": fmt.Sprintf("/2010-04-01/Accounts/%s/Messages/%s.json", p.AccountSID, m.SID)}
}

func (p *Provider) list(w http.ResponseWriter, r *http.Request) {
	p.count("lists")
	to := r.URL.Query().Get("To")
	f := p.fault(to, Lists)
	if !p.pass(w, r, f, to) {
		return
	}
	p.mu.Lock()
	rows := []map[string]any{}
	of := p.of(to)
	for i := len(of) - 1; i >= 0 && f.Kind != Hidden; i-- {
		rows = append(rows, p.show(of[i]))
	}
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": rows, "page": 0, "page_size": 100})
}

func (p *Provider) lookup(w http.ResponseWriter, r *http.Request) {
	p.count("lookups")
	number := r.PathValue("number")
	if !p.pass(w, r, p.fault(number, Lookups), number) {
		return
	}
	p.mu.Lock()
	l := p.lines[number]
	p.mu.Unlock()
	if l.Type == "" {
		l.Type = "mobile"
	}
	if l.Swapped.IsZero() {
		l.Swapped = p.Now().AddDate(-3, 0, 0)
	}
	swap := map[string]any{"last_sim_swap": map[string]any{"last_sim_swap_date": l.Swapped.UTC().Format(time.RFC3339),
		"swapped_period":    "PT24H",
		"swapped_in_period": p.Now().Sub(l.Swapped) < 24*time.Hour}, "carrier_name": "Fake Mobile", "error_code": nil}
	if l.Unknown {
		swap = map[string]any{"last_sim_swap": nil, "error_code": 60607}
	}
	out := map[string]any{"phone_number": number, "valid": true, "country_code": nil, "url": p.url + r.URL.Path}
	for _, f := range strings.Split(r.URL.Query().Get("Fields"), ",") {
		switch f {
		case "sim_swap":
			out[f] = swap
		case "line_type_intelligence":
			out[f] = map[string]any{"type": l.Type, "error_code": nil}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

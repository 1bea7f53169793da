package provider

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Kind is a way in which a send fails.
type Kind string

const (
	Fine     Kind = ""
	Slow     Kind = "slow"      // answers after Delay
	Throttle Kind = "throttle"  // 429 with Retry-After: Delay
	Broken   Kind = "broken"    // 500, nothing sent
	Down     Kind = "down"      // 503, nothing sent
	NoNumber Kind = "no_number" // 400, 21211
	OptedOut Kind = "opted_out" // 400, 21610
	Cut      Kind = "cut"       // sent, and the connection cut instead of an answer
	Refused  Kind = "refused"   // the connection cut before anything was sent
	Stall    Kind = "stall"     // sent, and the answer comes after Delay
	Hidden   Kind = "hidden"    // of the list: it does not show what was sent
)

// On is the call that a fault is about.
type On string

const (
	Sends     On = ""
	Lookups   On = "lookups"
	Lists     On = "lists"
	Calls     On = "calls"
	CallLists On = "call_lists"
)

// wire is what happens to a message's webhooks.
type wire string

const (
	Plain    wire = ""
	Twice    wire = "twice"
	Reversed wire = "reversed" // delivered before sent
	Late     wire = "late"     // a second later
	Early    wire = "early"    // before the send's answer
	Forged   wire = "forged"   // a forged "failed" beside the true ones
	Lost     wire = "lost"     // none at all
	Failing  wire = "failing"  // not delivered: 30003
)

// Fault is what goes wrong from now on: for one number or, empty, for all, and
// Times times or, 0, always.
type Fault struct {
	Kind   Kind          `json:"kind"`
	Wire   wire          `json:"wire"`
	Number string        `json:"number"`
	Times  int           `json:"times"`
	Delay  time.Duration `json:"delay"`
	On     On            `json:"on"`
}

// Set adds a fault. The latest that fits a number counts.
func (p *Provider) Set(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Times == 0 {
		f.Times = -1
	}
	p.faults = append([]*Fault{&f}, p.faults...)
	p.changed()
}

// Clear ends every fault.
func (p *Provider) Clear() { p.mu.Lock(); defer p.mu.Unlock(); p.faults = nil; p.changed() }

func (p *Provider) fault(number string, on On) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if on == Sends && p.optedOut[number] {
		return Fault{Kind: OptedOut}
	}
	for _, f := range p.faults {
		if f.Times == 0 || f.On != on || f.Number != "" && f.Number != number {
			continue
		}
		if f.Times > 0 {
			f.Times--
			p.changed()
		}
		return *f
	}
	return Fault{}
}

// pass answers what fails and tells whether the message is to be taken.
func (p *Provider) pass(w http.ResponseWriter, r *http.Request, f Fault, to string) bool {
	switch f.Kind {
	case Slow:
		p.linger(r, f.Delay)
	case Throttle:
		w.Header().Set("Retry-After", strconv.Itoa(int(f.Delay/time.Second)))
		refuse(w, http.StatusTooManyRequests, 20429)
		return false
	case Broken:
		refuse(w, http.StatusInternalServerError, 20500)
		return false
	case Down:
		refuse(w, http.StatusServiceUnavailable, 20503)
		return false
	case NoNumber:
		refuseWith(w, http.StatusBadRequest, 21211, fmt.Sprintf("The 'To' number %s is not a valid phone number.", to))
		return false
	case OptedOut:
		refuseWith(w, http.StatusBadRequest, 21610, fmt.Sprintf("Attempt to send to unsubscribed recipient %s", to))
		return false
	case Refused:
		cut(w)
		return false
	}
	return true
}

// linger waits as long as the caller does.
func (p *Provider) linger(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-p.stopped.Done():
	}
}

// cut closes the connection without an answer.
func cut(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

package provider

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/twilio"
)

// Ring is a call as a phone sees it, and as the account's list has it.
type Ring struct {
	SID      string    `json:"sid"`
	Parent   string    `json:"parent,omitempty"` // the agent's leg of a customer's
	To       string    `json:"to"`
	From     string    `json:"from"`
	Status   State     `json:"status"`
	Said     string    `json:"said,omitempty"` // what the phone was told
	At       time.Time `json:"at"`
	Answered time.Time `json:"answered_at,omitzero"`
	Ended    time.Time `json:"ended_at,omitzero"`
	url      string    // of the TwiML
	status   string    // where its status is told
	machine  string    // where it is told who answered; empty: nowhere
	wire     wire
	news     chan struct{} // closed when it ends
	told     chan struct{} // closed when what was last to be told of it is told
}

func (p *Provider) createCall(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f := p.fault(r.PostForm.Get("To"), Calls)
	if !p.pass(w, r, f, r.PostForm.Get("To")) {
		p.count("calls_refused")
		return
	}
	timeout, _ := strconv.Atoi(r.PostForm.Get("Timeout"))
	c := p.ring(&Ring{To: r.PostForm.Get("To"), From: r.PostForm.Get("From"), url: r.PostForm.Get("Url"),
		status: r.PostForm.Get("StatusCallback"), wire: f.Wire}, time.Duration(timeout)*time.Second)
	switch f.Kind {
	case Cut:
		cut(w)
		return
	case Stall:
		p.linger(r, f.Delay)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(p.showCall(c))
}

func (p *Provider) showCall(c Ring) map[string]any {
	return map[string]any{"sid": c.SID, "account_sid": p.AccountSID, "to": c.To, "from": c.From, "status": c.Status,
		"direction":    "outbound-api",
		"date_created": c.At.UTC().Format(time.RFC1123Z), "uri": fmt.Sprintf("/2010-04-01/Accounts/%s/Calls/%s.json", p.AccountSID, c.SID)}
}

// callOf finds the call that a path names, and passes what its fault lets through.
func (p *Provider) callOf(w http.ResponseWriter, r *http.Request) (Ring, bool) {
	p.mu.Lock()
	c, err := p.find(strings.TrimSuffix(r.PathValue("call"), ".json"))
	var shown Ring
	if err == nil {
		shown = *c
	}
	p.mu.Unlock()
	if err != nil {
		refuse(w, http.StatusNotFound, 20404)
		return shown, false
	}
	return shown, p.pass(w, r, p.fault(shown.To, CallLists), shown.To)
}

func (p *Provider) fetchCall(w http.ResponseWriter, r *http.Request) {
	p.count("call_fetches")
	if c, ok := p.callOf(w, r); ok {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.showCall(c))
	}
}

// updateCall ends a call: Status=completed is all that this fake knows.
func (p *Provider) updateCall(w http.ResponseWriter, r *http.Request) {
	p.count("call_ends")
	c, ok := p.callOf(w, r)
	if !ok {
		return
	}
	p.calls.Add(1)
	go func() { defer p.calls.Done(); _ = p.EndCall(c.SID, Completed, 0) }()
	c.Status = Completed
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p.showCall(c))
}

func (p *Provider) listCalls(w http.ResponseWriter, r *http.Request) {
	p.count("call_lists")
	q := r.URL.Query()
	f := p.fault(q.Get("To"), CallLists)
	if !p.pass(w, r, f, q.Get("To")) {
		return
	}
	rows := []map[string]any{}
	for _, c := range slices.Backward(p.Rings(q.Get("To"))) {
		if c.From == q.Get("From") && f.Kind != Hidden {
			rows = append(rows, p.showCall(c))
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"calls": rows, "page": 0, "page_size": 100})
}

// Rings are the calls to a number, the oldest first; to every one for "".
func (p *Provider) Rings(number string) (out []Ring) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.rings {
		if number == "" || c.To == number {
			out = append(out, *c)
		}
	}
	return out
}

// AwaitRing waits until a number has more than n calls and gives those after the
// first n.
func (p *Provider) AwaitRing(ctx context.Context, number string, n int) ([]Ring, error) {
	for {
		p.mu.Lock()
		news := p.news
		p.mu.Unlock()
		if got := p.Rings(number); len(got) > n {
			return got[n:], nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.stopped.Done():
			return nil, errors.New("the fake provider has stopped")
		}
	}
}

// ring lets a phone ring until somebody does something or the time is up.
func (p *Provider) ring(c *Ring, timeout time.Duration) Ring {
	c.SID, c.Status, c.At, c.news = newSID("CA"), Ringing, p.Now(), make(chan struct{})
	p.mu.Lock()
	p.rings = append(p.rings, c)
	p.counts["calls"]++
	p.changed()
	shown := *c
	turn := c.turn()
	p.mu.Unlock()
	p.calls.Add(1)
	go func() {
		defer p.calls.Done()
		turn(func() { p.tell(shown, Ringing, 0) })
		t := time.NewTimer(timeout)
		defer t.Stop()
		select {
		case <-t.C:
			p.mu.Lock()
			rings := c.Status == Ringing // else it was answered, and lasts
			p.mu.Unlock()
			if rings {
				_ = p.EndCall(shown.SID, NoAnswer, 0)
			}
		case <-c.news:
		case <-p.stopped.Done():
		}
	}()
	return shown
}

// turn gives the next place in the order in which a call's news is told: whoever
// has it waits until what came before was told. The provider's lock is held.
func (c *Ring) turn() func(tell func()) {
	before, told := c.told, make(chan struct{})
	c.told = told
	return func(tell func()) {
		defer close(told)
		if before != nil {
			<-before
		}
		tell()
	}
}

// tell calls the status webhook of a leg.
func (p *Provider) tell(c Ring, state State, duration time.Duration) {
	if c.status == "" || c.wire == Lost {
		return
	}
	form := p.callForm(c)
	form.Set("CallStatus", string(state))
	if state == Completed {
		form.Set("CallDuration", strconv.Itoa(int(duration/time.Second)))
	}
	p.post(c.status, form, p.AuthToken)
	if c.wire == Twice {
		p.post(c.status, form, p.AuthToken)
	}
}

func (p *Provider) callForm(c Ring) url.Values {
	form := url.Values{"CallSid": {c.SID}, "AccountSid": {p.AccountSID}, "From": {c.From}, "To": {c.To}, "CallStatus": {string(c.Status)},
		"ApiVersion": {"2010-04-01"}, "Direction": {"outbound-api"}}
	if c.Parent != "" {
		form.Set("ParentCallSid", c.Parent)
		form.Set("Direction", "outbound-dial")
	}
	return form
}

// find gives a call under the lock.
func (p *Provider) find(sid string) (*Ring, error) {
	for _, c := range p.rings {
		if c.SID == sid {
			return c, nil
		}
	}
	return nil, errors.New("no such call")
}

// Answer picks a call up: the agent's phone is then told what to do, the
// customer's is connected.
func (p *Provider) Answer(sid string) error { return p.answer(sid, "human") }

// AnswerMachine lets an answering machine pick a call up.
func (p *Provider) AnswerMachine(sid string) error { return p.answer(sid, "machine_start") }

func (p *Provider) answer(sid, by string) error {
	p.mu.Lock()
	c, err := p.find(sid)
	if err != nil || c.Status != Ringing {
		p.mu.Unlock()
		return errors.Join(err, errNotRinging(err))
	}
	c.Status, c.Answered = InProgress, p.Now()
	p.changed()
	shown := *c
	turn := c.turn()
	p.mu.Unlock()
	p.calls.Add(1)
	go func() {
		defer p.calls.Done()
		turn(func() { p.tellAnswered(shown, by) })
		if shown.url != "" {
			p.follow(shown)
		}
	}()
	return nil
}

func (p *Provider) tellAnswered(c Ring, by string) {
	p.tell(c, InProgress, 0)
	if c.machine == "" || c.wire == Lost {
		return
	}
	form := p.callForm(c)
	form.Set("AnsweredBy", by)
	form.Set("MachineDetectionDuration", "3500")
	p.post(c.machine, form, p.AuthToken)
}

func errNotRinging(err error) error {
	if err != nil {
		return nil
	}
	return errors.New("it does not ring")
}

// EndCall ends a call, and the legs that hang on it: "completed" when somebody
// hangs up, "busy" when they decline. A duration above 0 is what the account is
// told that it lasted.
func (p *Provider) EndCall(sid string, state State, lasted time.Duration) error {
	p.mu.Lock()
	c, err := p.find(sid)
	if err != nil || c.Status.over() {
		p.mu.Unlock()
		return err
	}
	if c.Status == Ringing && state == Completed {
		state = Canceled
	}
	if lasted == 0 && !c.Answered.IsZero() {
		lasted = p.Now().Sub(c.Answered)
	}
	c.Status, c.Ended = state, p.Now()
	close(c.news)
	p.changed()
	shown := *c
	turn := c.turn()
	var others []string
	for _, o := range p.rings {
		if (o.Parent == c.SID || o.SID == c.Parent) && !o.Status.over() {
			others = append(others, o.SID)
		}
	}
	p.mu.Unlock()
	turn(func() { p.tell(shown, state, lasted) })
	for _, o := range others {
		_ = p.EndCall(o, Completed, lasted)
	}
	return nil
}

// document is the TwiML that this fake knows: anything else is an error.
type document struct {
	XMLName xml.Name `xml:"Response"`
	Steps   []step   `xml:",any"`
}

type step struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Steps   []step     `xml:",any"`
}

func (s step) attr(name string) string {
	for _, a := range s.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// follow asks what an answered call is to do, and does it.
func (p *Provider) follow(c Ring) {
	doc, err := p.ask(c)
	if err != nil {
		p.mu.Lock()
		p.broken = append(p.broken, "TwiML: "+err.Error())
		p.mu.Unlock()
		_ = p.EndCall(c.SID, Failed, 0)
		return
	}
	for _, s := range doc.Steps {
		switch s.XMLName.Local {
		case "Say":
			p.mu.Lock()
			if known, err := p.find(c.SID); err == nil {
				known.Said += s.Text
				p.changed()
			}
			p.mu.Unlock()
		case "Hangup":
			_ = p.EndCall(c.SID, Completed, 0)
			return
		case "Dial":
			timeout, _ := strconv.Atoi(s.attr("timeout"))
			for _, n := range s.Steps {
				if n.attr("machineDetection") != "" && (n.attr("machineDetection") != "Enable" || n.attr("amdStatusCallback") == "") {
					p.mu.Lock()
					p.broken = append(p.broken, "TwiML: machineDetection is Enable here, and tells amdStatusCallback")
					p.mu.Unlock()
				}
				f := p.fault(strings.TrimSpace(n.Text), Calls)
				p.ring(&Ring{To: strings.TrimSpace(n.Text), From: s.attr("callerId"), Parent: c.SID, status: n.attr("statusCallback"),
					machine: n.attr("amdStatusCallback"), wire: f.Wire}, time.Duration(timeout)*time.Second)
			}
		}
	}
}

// ask fetches the TwiML, signed, and reads it strictly.
func (p *Provider) ask(c Ring) (doc document, err error) {
	form := p.callForm(c)
	ctx, cancel := context.WithTimeout(p.stopped, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(form.Encode()))
	if err != nil {
		return doc, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", twilio.Sign(p.AuthToken, c.url, form))
	res, err := p.client.Do(r)
	if err != nil {
		return doc, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	p.count("twiml_" + strconv.Itoa(res.StatusCode))
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil || res.StatusCode != http.StatusOK {
		return doc, errors.Join(err, fmt.Errorf("status %d", res.StatusCode))
	}
	if err := xml.Unmarshal(body, &doc); err != nil {
		return doc, err
	}
	return doc, known(doc.Steps, map[string][]string{"Say": {"language", "voice"}, "Hangup": {}, "Dial": {"callerId", "timeout", "timeLimit",
		"answerOnBridge"},
		"Number": {"statusCallback", "statusCallbackEvent", "statusCallbackMethod", "machineDetection", "amdStatusCallback",
			"amdStatusCallbackMethod"}})
}

// known refuses whatever this fake does not do: recording above all.
func known(steps []step, verbs map[string][]string) error {
	for _, s := range steps {
		attrs, ok := verbs[s.XMLName.Local]
		if !ok {
			return errors.New("unknown verb " + s.XMLName.Local)
		}
		for _, a := range s.Attrs {
			if !slices.Contains(attrs, a.Name.Local) {
				return errors.New(s.XMLName.Local + " has the attribute " + a.Name.Local)
			}
		}
		if err := known(s.Steps, verbs); err != nil {
			return err
		}
	}
	return nil
}

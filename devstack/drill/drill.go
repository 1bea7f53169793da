package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// Config says what to play, and against which stack.
type Config struct {
	stack.Coordinates
	Payments []Payment
	Mix      Mix
	Seed     uint64
	Rate     float64       // holds a second
	Pump     int           // numbers that a script pumps
	Ring     int           // who is deceived into paying a mule, or robbed; 0: nobody, else 10 at least
	Without  Part          // the part of the bank's that this run has to do without; empty: none
	Patience time.Duration // for the decisions after the last submission
	Progress func(done, of int, what string)
}

// Drill is one run.
type Drill struct {
	Config
	run     string
	url     string
	bank    *stack.Bank
	people  map[hold.CustomerID]*person
	plans   []*plan
	timers  sync.WaitGroup
	mu      sync.Mutex
	acks    map[hold.ChallengeID]hold.Answer
	twice   []string // acknowledgements that contradict each other
	results map[string]int
	attacks map[string]int
	faults  map[string]int
	numbers int          // given out
	last    hold.Instant // the latest deadline
	talks   map[string]chan spokenWord
	sounds  map[hold.ID]Behaviour // how who is called about it sounds
	payers  map[hold.ID]hold.CustomerID
	stops   map[hold.ID]stopped // what owners were told who spoke against a payment
	deeds   map[Behaviour]int   // attacks that took place
	recalls *desk               // asks for money back
}

// Run plays the payments and reports. The error is about the drill itself, not
// about what it found.
func Run(ctx context.Context, c Config) (*Report, error) {
	bank, err := stack.NewBank(c.URL, c.Key)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	d := &Drill{Config: c, url: c.URL, bank: bank, run: strconv.FormatInt(began.UnixNano(), 36), people: map[hold.CustomerID]*person{},
		acks: map[hold.ChallengeID]hold.Answer{}, results: map[string]int{}, attacks: map[string]int{}, faults: map[string]int{},
		sounds: map[hold.ID]Behaviour{}, payers: map[hold.ID]hold.CustomerID{}, stops: map[hold.ID]stopped{},
		deeds: map[Behaviour]int{}}
	d.prepare()
	if len(d.plans) == 0 {
		return nil, errors.New("the input has no flagged payment")
	}
	if err := d.register(ctx); err != nil {
		return nil, err
	}
	alive, end := context.WithCancel(ctx)
	defer end()
	var living sync.WaitGroup
	for _, p := range d.people {
		living.Add(1)
		go func() {
			defer living.Done()
			p.lead(alive, living.Go)
		}()
	}
	if err := d.stage(alive); err != nil {
		return nil, err
	}
	if err := d.agents(alive, func(work func()) { living.Go(work) }); err != nil {
		return nil, err
	}
	if err := d.lookIntoPayees(alive, living.Go); err != nil {
		return nil, err
	}
	if err := d.submit(alive); err != nil {
		return nil, err
	}
	d.later(alive, Answering, func() { d.putForward(alive) })
	decided, err := d.awaitDecisions(ctx)
	if err == nil {
		err = d.awaitRecalls(ctx)
	}
	end()
	living.Wait()
	d.timers.Wait()
	if err != nil {
		return nil, err
	}
	return d.report(ctx, decided, time.Since(began))
}

// prepare gives every flagged payment a behaviour and every customer a person.
func (d *Drill) prepare() {
	r := rand.New(rand.NewPCG(d.Seed, 2))
	left := 0
	for _, pay := range d.Payments {
		if pay.Flagged && pay.Fraud {
			left++
		}
	}
	for _, pay := range d.Payments {
		if !pay.Flagged {
			continue
		}
		b := d.cast(r, pay.Fraud, left)
		if pay.Fraud {
			left--
		}
		pay.Request = pay.at(d.run, time.Now())
		d.plan(pay, b, r)
	}
	if len(d.plans) > 0 {
		d.pump(r)
	}
	if d.Ring > 0 {
		d.ring(r)
	}
}

// plan adds a payment and who makes it. People without the app are others than
// those with it.
func (d *Drill) plan(pay Payment, b Behaviour, r *rand.Rand) {
	if b.ByText() || b.ByPhone() || b.ByFace() || b.Talked() {
		pay.Request.CustomerID += hold.CustomerID("-" + b)
	}
	pay.Request.Risk.Reasons = append([]string{}, reasonsOf(b, pay.Request.Risk.Reasons, r)...)
	if b.ByPhone() { // such payments are talked over
		pay.Request.Risk.Reasons = []string{"impersonation"}
	}
	if b.ByFace() {
		pay.Request.Risk.Reasons = []string{"new_device"}
	}
	if b == Unmarked {
		pay.Request.Risk.Reasons = []string{"impersonation"}
	}
	if b == OwnerStops || b == OwnerHelps || b == Unmarked { // nobody else's freeze comes between
		pay.Request.CustomerID += hold.CustomerID("-" + b)
	}
	pl := &plan{Payment: pay, Behaviour: b, Delay: hesitation(r, b), Signals: signalsOf(b, r)}
	d.plans = append(d.plans, pl)
	who := pay.Request.CustomerID
	p := d.people[who]
	if p == nil {
		p = &person{drill: d, id: who, plans: map[string]*plan{}, said: map[hold.ChallengeID]bool{}}
		if b.ByText() || b.ByPhone() || b.Talked() {
			p.behaviour, p.number = b, d.nextNumber(b)
			if b == Guarded {
				p.contact = d.nextNumber(b)
			}
		}
		if !b.ByText() && !b.ByPhone() {
			p.face = b.ByFace()
			p.devices = []stack.Device{stack.NewDevice("phone"), stack.NewDevice("tablet")}
		}
		d.people[who] = p
	}
	p.plans[pay.Request.TransactionID] = pl
}

// register puts the customers, with devices known for two years.
func (d *Drill) register(ctx context.Context) error {
	since := time.Now().AddDate(-2, 0, 0)
	queue := make(chan *person)
	go func() {
		defer close(queue)
		for _, p := range d.people {
			select {
			case queue <- p:
			case <-ctx.Done():
				return
			}
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	done := 0
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for p := range queue {
				err := d.insist(ctx, func() error {
					return d.bank.PutPerson(ctx, stack.Person{ID: p.id, Name: "Customer " + string(p.id), Phrase: "steady lamp", Number: p.number,
						Since: since, Devices: p.devices})
				})
				if err == nil && p.behaviour == Guarded && d.Without != Contact {
					err = d.insist(ctx, func() error { return p.trusts(ctx, "Their sister", p.contact) })
				}
				if err == nil && p.face {
					err = d.insist(ctx, func() error { return d.bank.PutPortrait(ctx, p.id, ownFace, since) })
				}
				if err == nil && p.behaviour == SIMSwap {
					err = p.handset().SetLine(ctx, provider.Line{Swapped: time.Now().AddDate(0, 0, -2)})
				}
				mu.Lock()
				done++
				d.Progress(done, len(d.people), "customers registered")
				failed = errors.Join(failed, err)
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	return failed
}

// submit posts every hold at the rate, each until it is acknowledged.
func (d *Drill) submit(ctx context.Context) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	done := 0
	slots := make(chan struct{}, 32)
	gap := time.NewTicker(time.Duration(float64(time.Second) / d.Rate))
	defer gap.Stop()
	for _, p := range d.plans {
		if p.hold != "" { // staged
			mu.Lock()
			done++
			mu.Unlock()
			continue
		}
		select {
		case <-gap.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		slots <- struct{}{}
		wg.Add(1)
		go func() {
			defer func() { <-slots; wg.Done() }()
			err := d.submitOne(ctx, p)
			mu.Lock()
			defer mu.Unlock()
			done++
			failed = errors.Join(failed, err)
			d.Progress(done, len(d.plans), "holds submitted")
		}()
	}
	wg.Wait()
	return failed
}

func (d *Drill) submitOne(ctx context.Context, p *plan) error {
	q := p.Payment.Request
	q.RequestedAt = hold.At(time.Now())
	if p.Behaviour == Offline {
		d.people[q.CustomerID].leave(4 * time.Second)
	}
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	return d.insist(ctx, func() error {
		var h client.Hold
		res, err := d.bank.SubmitHoldWithBody(ctx, &client.SubmitHoldParams{IdempotencyKey: q.TransactionID}, "application/json",
			bytes.NewReader(body))
		if err := stack.Reply(res, err, &h); err != nil {
			return err
		}
		p.hold = h.Id
		d.mu.Lock()
		d.last = max(d.last, h.Deadline)
		d.sounds[h.Id], d.payers[h.Id] = p.Behaviour, q.CustomerID
		d.mu.Unlock()
		if p.Behaviour == Unmarked {
			d.unmark(ctx, h.Id)
		}
		return nil
	})
}

// insist repeats what failed for an outage; a refusal is final, unless it asks
// for a repeat.
func (d *Drill) insist(ctx context.Context, try func() error) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := try()
		var refused *stack.Refused
		if err == nil || errors.As(err, &refused) && refused.Status < 500 && refused.Status != http.StatusTooManyRequests &&
			refused.Status != http.StatusConflict {
			return err
		}
		d.fault("request", err)
		if pause(ctx, wait); ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
	}
}

// awaitDecisions follows the feed until every hold is decided, and then waits
// until every decision is settled.
func (d *Drill) awaitDecisions(ctx context.Context) (map[hold.ID]hold.Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, d.Patience)
	defer cancel()
	want := map[hold.ID]bool{}
	for _, p := range d.plans {
		want[p.hold] = true
	}
	decided := map[hold.ID]hold.Decision{}
	for after := ""; len(decided) < len(want); {
		var page client.DecisionPage
		err := d.insist(ctx, func() error {
			res, err := d.bank.ListDecisions(ctx, &client.ListDecisionsParams{After: after, Wait: "2s", Limit: 200})
			return stack.Reply(res, err, &page)
		})
		if err != nil {
			return nil, fmt.Errorf("%d of %d holds were decided: %w", len(decided), len(want), err)
		}
		for _, x := range page.Decisions {
			if !want[x.Decision.HoldID] || x.Recall != "" { // a wish to have the money back is no decision
				continue
			}
			if first, ok := decided[x.Decision.HoldID]; ok && !sameDecision(first, x.Decision) {
				d.note(&d.twice, fmt.Sprintf("%s has two decisions in the feed", x.Decision.HoldID))
			}
			decided[x.Decision.HoldID] = x.Decision
		}
		after = page.Next
		d.Progress(len(decided), len(want), "holds decided")
	}
	for _, status := range []hold.Status{hold.Releasing, hold.Reversing} {
		for {
			var page client.HoldPage
			err := d.insist(ctx, func() error {
				res, err := d.bank.ListHolds(ctx, &client.ListHoldsParams{Status: status, Limit: 1})
				return stack.Reply(res, err, &page)
			})
			if err != nil {
				return nil, fmt.Errorf("settling: %w", err)
			}
			if len(page.Holds) == 0 {
				break
			}
			pause(ctx, 200*time.Millisecond)
		}
	}
	return decided, nil
}

func (d *Drill) later(ctx context.Context, delay time.Duration, what func()) {
	d.timers.Add(1)
	go func() {
		defer d.timers.Done()
		if pause(ctx, delay); ctx.Err() == nil {
			what()
		}
	}()
}

func (d *Drill) noteAck(a ack) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if first, ok := d.acks[a.Challenge]; ok {
		d.twice = append(d.twice, fmt.Sprintf("%s was acknowledged twice: %s, then %s", a.Challenge, first, a.Answer))
	}
	d.acks[a.Challenge] = a.Answer
}

func (d *Drill) noteResult(code string) { d.mu.Lock(); defer d.mu.Unlock(); d.results[code]++ }
func (d *Drill) noteAttack(code string) { d.mu.Lock(); defer d.mu.Unlock(); d.attacks[code]++ }
func (d *Drill) note(to *[]string, s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*to = append(*to, s)
}

func (d *Drill) fault(what string, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	var refused *stack.Refused
	if errors.As(err, &refused) {
		what += ": " + refused.Code
	} else if errors.Is(err, io.EOF) {
		what += ": EOF"
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults[what]++
}

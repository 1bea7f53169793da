package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"holdfast/api/client"
	"holdfast/app"
	"holdfast/channels/push"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/interview"
)

// plan is one payment and what its people will do.
type plan struct {
	Payment   Payment
	Behaviour Behaviour
	Delay     time.Duration
	Signals   hold.Signals     // what the device says as the questions are answered
	hold      hold.ID          // once acknowledged
	waited    hold.ChallengeID // the question with which a wait began
}

// ack is an answer that Holdfast acknowledged.
type ack struct {
	Challenge hold.ChallengeID
	Answer    hold.Answer
}

// person is a customer with two devices. The first is online as long as they
// are.
type person struct {
	drill   *Drill
	id      hold.CustomerID
	devices []stack.Device

	// With a number: what its owner does with texts and calls.
	behaviour Behaviour
	number    string
	contact   string // of whom they trust

	face bool // the bank has their portrait

	mu      sync.Mutex
	plans   map[string]*plan // by transaction id
	said    map[hold.ChallengeID]bool
	away    time.Time
	current *phone.Phone
}

// lead has them live by whatever they have until the context ends.
func (p *person) lead(ctx context.Context, also func(func())) {
	switch {
	case p.behaviour.Talked():
		also(func() { p.answerCalls(ctx) })
		p.live(ctx)
	case p.number == "":
		p.live(ctx)
	case p.behaviour.ByPhone():
		p.answerCalls(ctx)
	default:
		p.readTexts(ctx)
	}
}

// live keeps the phone connected until the context ends.
func (p *person) live(ctx context.Context) {
	for ctx.Err() == nil {
		p.mu.Lock()
		away := time.Until(p.away)
		p.mu.Unlock()
		if away <= 0 {
			p.session(ctx)
			away = 300 * time.Millisecond
		}
		pause(ctx, away)
	}
}

func (p *person) session(ctx context.Context) {
	ph, err := p.connect(ctx, p.devices[0])
	if err != nil {
		p.drill.fault("connect", err)
		return
	}
	p.mu.Lock()
	p.current = ph
	p.mu.Unlock()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ctx.Done():
		case <-ended:
		}
		_ = ph.Close()
	}()
	for {
		m, err := ph.Next()
		if err != nil {
			return
		}
		switch m.Type {
		case "challenge":
			_ = ph.Receipt(m.Challenge.ID)
			p.asked(ctx, ph, *m.Challenge)
		case "result":
			p.heard(m)
		}
	}
}

func (p *person) connect(ctx context.Context, d stack.Device) (*phone.Phone, error) {
	token, err := p.drill.bank.Session(ctx, p.id)
	if err != nil {
		return nil, err
	}
	return phone.Connect(ctx, p.drill.url, token, push.Signer{Device: d.ID, Key: d.Key})
}

// leave takes the phone away for a while.
func (p *person) leave(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = time.Now().Add(d)
	if p.current != nil {
		_ = p.current.Close()
	}
}

// asked decides what to do about a question. After a lost connection it is
// asked again, and answers again.
func (p *person) asked(ctx context.Context, ph *phone.Phone, c app.Challenge) {
	p.mu.Lock()
	plan, done := p.plans[c.Document.ID], p.said[c.ID]
	p.mu.Unlock()
	if plan == nil || done {
		return
	}
	later := func(what func()) { p.drill.later(ctx, plan.Delay, what) }
	switch plan.Behaviour {
	case Faced:
		later(func() { p.showFace(ctx, c, ownFace) })
	case FaceThief:
		later(func() { p.showFace(ctx, c, strangeFace) })
	case FaceSwap:
		later(func() { p.swapFace(ctx, c) })
	case OwnerStops, OwnerHelps:
		later(func() { p.stop(ctx, ph, c, plan.Behaviour == OwnerHelps) })
	case Mule: // tries it without a word first
		later(func() { _ = ph.Answer(c, hold.Approve, "early"); p.pay(ctx, ph, c, plan, func() {}) })
	case Prompt, Offline, Coached, Unmarked, Liar, Believer, Cooler, Teller, Warned, Waiter, Early, Late, Lodger, Patron:
		later(func() { p.pay(ctx, ph, c, plan, func() {}) })
	case Mistaken:
		later(func() { _ = ph.Answer(c, hold.Deny, "") })
	case NotMe, Robbed, Slander:
		later(func() { _ = ph.Answer(c, hold.NotMe, "") })
	case DoubleTap:
		later(func() { p.pay(ctx, ph, c, plan, func() { go p.tapSecond(ctx, c) }) })
	case Attacker:
		later(func() { p.drill.attack(ctx, p, c) })
	}
}

// heard notes a result.
func (p *person) heard(m phone.Message) {
	p.drill.noteResult(m.Result)
	if m.Result != "accepted" {
		return
	}
	p.mu.Lock()
	p.said[m.ChallengeID] = true
	p.mu.Unlock()
	p.drill.noteAck(ack{m.ChallengeID, m.Answer})
}

// tapSecond approves on the second device, at about the same time.
func (p *person) tapSecond(ctx context.Context, c app.Challenge) {
	ph, err := p.connect(ctx, p.devices[1])
	if err != nil {
		p.drill.fault("second device", err)
		return
	}
	defer ph.Close() //nolint:errcheck // done
	if ph.Answer(c, hold.Approve, "second") != nil {
		return
	}
	awaitResult(ctx, ph, p.heard)
}

func awaitResult(ctx context.Context, ph *phone.Phone, heard func(phone.Message)) {
	stop := context.AfterFunc(ctx, func() { _ = ph.Close() })
	defer stop()
	for {
		m, err := ph.Next()
		if err != nil {
			return
		}
		if m.Type == "result" {
			heard(m)
			return
		}
	}
}

// attack is somebody who holds the victim's session: they enrol a device of
// their own and try to approve with it.
func (d *Drill) attack(ctx context.Context, victim *person, c app.Challenge) {
	err := d.tryAttack(ctx, victim, c)
	var refused *stack.Refused
	switch {
	case errors.As(err, &refused):
		d.noteAttack(ownDevice + "enrolment " + refused.Code)
	case err != nil:
		d.fault("attack", err)
	}
}

func (d *Drill) tryAttack(ctx context.Context, victim *person, c app.Challenge) error {
	token, err := d.bank.Session(ctx, victim.id)
	if err != nil {
		return err
	}
	stolen, err := client.NewClient(d.url, client.OnlyGiven, client.WithRequestEditorFn(bearer(token)))
	if err != nil {
		return err
	}
	own, err := enrol(ctx, stolen, victim.id)
	if err != nil {
		return err
	}
	ph, err := phone.Connect(ctx, d.url, token, push.Signer{Device: own.ID, Key: own.Key})
	if err != nil {
		return err
	}
	defer ph.Close()                                                  //nolint:errcheck // done
	if i := c.Interview; i != nil && i.State == interview.StateOpen { // whoever holds the session answers
		if _, err := ph.SayInterview(ctx, c, inApp(Attacker, i.Questions), hold.Signals{}); err != nil {
			return err
		}
	}
	if err := ph.Answer(c, hold.Approve, "attack"); err != nil {
		return err
	}
	awaitResult(ctx, ph, func(m phone.Message) { d.noteAttack(ownDevice + m.Result) })
	return nil
}

// enrol makes a device of an attacker's own the customer's, in the customer's session.
func enrol(ctx context.Context, stolen *client.Client, victim hold.CustomerID) (own stack.Device, err error) {
	var n client.EnrolmentNonce
	res, err := stolen.RequestEnrolmentNonce(ctx)
	if err := stack.Reply(res, err, &n); err != nil {
		return own, err
	}
	own = stack.NewDevice("attacker's phone")
	signer := push.Signer{Key: own.Key, Audience: n.Audience}
	proof, err := signer.SignEnrol(n.Nonce, victim, n.Now)
	if err != nil {
		return own, err
	}
	body, err := json.Marshal(client.Enrolment{Name: own.Name, PublicKey: push.PublicJWK(&own.Key.PublicKey), Proof: proof})
	if err != nil {
		return own, err
	}
	var enrolled client.Device
	res, err = stolen.EnrolDeviceWithBody(ctx, "application/json", bytes.NewReader(body))
	err = stack.Reply(res, err, &enrolled)
	own.ID = enrolled.Id
	return own, err
}

// ownDevice begins what is noted of attackers who enrol a device.
const ownDevice = "attacker's own device: "

// bearer signs requests with a token.
func bearer(token string) func(context.Context, *http.Request) error {
	return func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

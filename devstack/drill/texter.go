package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"holdfast/devstack/phone"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// networks are prefixes of German mobile networks; the last is the pumped one.
var networks = []string{"151", "152", "157", "159", "160", "162", "163", "170", "171", "172", "173", "174", "175", "176", "177", "178",
	"179"}

// nextNumber gives a number that no other run has had in the last ten minutes.
func (d *Drill) nextNumber(b Behaviour) string {
	d.numbers++
	last := len(networks) - 1
	network := networks[d.numbers%last]
	if b == Pumped {
		network = networks[last]
	}
	return fmt.Sprintf("+49%s%08d", network, (time.Now().UnixMilli()/10*97+int64(d.numbers))%100_000_000)
}

// pump adds what a script submits that earns by texts: many customers, each
// with a number of one network, whom nobody wants to reach.
func (d *Drill) pump(r *rand.Rand) {
	for i := range d.Pump {
		q := d.plans[0].Payment.Request
		q.TransactionID, q.CustomerID = fmt.Sprintf("%s-pump-%d", d.run, i), hold.CustomerID(fmt.Sprintf("%s-pump-%d", d.run, i))
		q.Amount = hold.Money{Minor: 900, Currency: "EUR"}
		q.Risk.Reasons = []string{"new_payee"}
		d.plan(Payment{Request: q, Flagged: true, Fraud: true}, Pumped, r)
	}
}

func (p *person) handset() provider.Handset {
	return provider.Handset{URL: p.drill.Provider, Number: p.number}
}

// readTexts lives by the phone's texts until the context ends.
func (p *person) readTexts(ctx context.Context) {
	seen, n := map[string]bool{}, 0
	for ctx.Err() == nil {
		got, err := p.handset().Messages(ctx, n)
		if err != nil { // the stack was killed, and its texts with it
			n = 0
			pause(ctx, 300*time.Millisecond)
			continue
		}
		n += len(got)
		for _, m := range got {
			if !seen[m.SID] {
				seen[m.SID] = true
				p.texted(ctx, m.Body)
			}
		}
	}
}

// texted does what this person does about a text with a code.
func (p *person) texted(ctx context.Context, text string) {
	code := provider.Code(text)
	if code == "" {
		p.drill.noteResult("text told the outcome")
		return
	}
	p.drill.noteText(p.behaviour)
	later := func(what func()) {
		p.drill.later(ctx, hesitation(rand.New(rand.NewPCG(p.drill.Seed, uint64(len(text)))), p.behaviour), what)
	}
	wrong := fmt.Sprintf("%06d", (atoi(code)+1)%1_000_000)
	switch p.behaviour {
	case NoApp:
		later(func() { p.enter(ctx, text, code) })
	case Miscode:
		later(func() { p.enter(ctx, text, wrong); p.enter(ctx, text, code) })
	case TextBack, SIMSwap, SIMQuiet:
		later(func() { p.reply(ctx, code) })
	case TextNo:
		later(func() { p.reply(ctx, "NO") })
	case Forger:
		later(func() { p.forge(ctx, wrong) })
	}
}

func atoi(code string) (n int) {
	for _, d := range code {
		n = n*10 + int(d-'0')
	}
	return n
}

// enter types a code on the bank's page.
func (p *person) enter(ctx context.Context, text, code string) {
	token, err := p.drill.bank.Session(ctx, p.id)
	if err != nil {
		p.drill.fault("session", err)
		return
	}
	id, err := phone.EnterCode(ctx, p.drill.url, token, text, code)
	var refused *stack.Refused
	switch {
	case err == nil:
		p.drill.noteResult("accepted")
		p.drill.noteAck(ack{id, hold.Approve})
	case errors.As(err, &refused):
		p.drill.noteResult(refused.Code)
	default:
		p.drill.fault("code", err)
	}
}

func (p *person) reply(ctx context.Context, text string) {
	status, err := p.handset().Reply(ctx, text)
	if err != nil {
		p.drill.fault("reply", err)
		return
	}
	p.drill.noteResult(fmt.Sprintf("reply %d", status))
}

// forge sends replies that the provider did not sign, and then some that the
// provider believes because networks do not check who sends.
func (p *person) forge(ctx context.Context, guess string) {
	for range 20 {
		if status, err := p.handset().Forge(ctx, "NO"); err == nil {
			p.drill.noteAttack(fmt.Sprintf("unsigned replies: %d", status))
		}
	}
	for range 10 {
		if status, err := p.handset().Reply(ctx, guess); err == nil {
			p.drill.noteAttack(fmt.Sprintf("spoofed sender, guessed code: %d", status))
		}
	}
}

// noteText counts the texts with a code that an attack got.
func (d *Drill) noteText(b Behaviour) {
	switch b {
	case SIMSwap, SIMQuiet, Pumped:
		d.noteAttack(string(b) + ": codes received")
	}
}

package drill

import (
	"slices"
	"testing"
	"time"

	"holdfast/hold"
)

// Forty are deceived into paying the mule, or robbed, and a few genuine customers pay
// there, too; most come first, so that who approves late does so after the verdict, and
// some while it is known.
func TestRing(t *testing.T) {
	t.Parallel()
	d := &Drill{Config: Config{Payments: payments(200), Mix: DefaultMix(), Seed: 7, Pump: 5, Ring: 40}, people: map[hold.CustomerID]*person{}}
	d.prepare()
	seen, fraud := map[Behaviour]int{}, 0
	for i, p := range d.plans {
		seen[p.Behaviour]++
		q := p.Payment.Request
		firms := p.Behaviour == Patron || p.Behaviour == Slander
		if p.Behaviour.PaysMule() != (q.Payee.Account == muleAccount) || firms != (q.Payee.Account == honestAccount) {
			t.Errorf("%s pays to %s", p.Behaviour, q.Payee.Account)
		}
		if p.Behaviour.PaysMule() && p.Payment.Fraud {
			fraud++
		}
		who := d.people[q.CustomerID]
		if n := len(who.plans); p.Behaviour.PaysMule() && n != 1 {
			t.Errorf("%s has %d payments", p.Behaviour, n)
		}
		if p.Behaviour == Late && (who.number == "" || len(who.devices) == 0 || p.Delay < 6*time.Second) {
			t.Errorf("%d: late has %d devices and number %q, and answers after %s", i, len(who.devices), who.number, p.Delay)
		}
	}
	if fraud != 40 || seen[Robbed] != 1 || seen[Cheated] != 1 || seen[Early] == 0 || seen[Lodger] == 0 || seen[Patron] == 0 ||
		seen[Slander] != 2 {
		t.Errorf("%d of %v", fraud, seen)
	}
	late := func(p *plan) bool { return p.Behaviour == Late }
	if last := d.plans[len(d.plans)/2:]; d.plans[0].Behaviour != Robbed || !slices.ContainsFunc(last, late) {
		t.Errorf("the first is %s, and nobody pays the mule later", d.plans[0].Behaviour)
	}
}

// The same seed gives the same ring.
func TestSameSeedSameRing(t *testing.T) {
	t.Parallel()
	of := func() (all []plan) {
		d := &Drill{Config: Config{Payments: payments(30), Mix: DefaultMix(), Seed: 7, Ring: 40}, people: map[hold.CustomerID]*person{}}
		d.prepare()
		for _, p := range d.plans {
			p.Payment.Request.RequestedAt = 0
			all = append(all, *p)
		}
		return all
	}
	if !slices.EqualFunc(of(), of(), func(a, b plan) bool { return a.Behaviour == b.Behaviour && a.Delay == b.Delay }) {
		t.Error("the same seed gave others")
	}
}

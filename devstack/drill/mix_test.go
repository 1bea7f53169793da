package drill

import (
	"reflect"
	"strings"
	"testing"

	"holdfast/hold"
)

func TestParseMix(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"nobody=1", "liar", "liar=-1", "liar=Inf", "liar=much"} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseMix(bad); err == nil || !strings.Contains(err.Error(), "believer") {
				t.Errorf("%v: want a fault that lists what there is", err)
			}
		})
	}
	t.Run("of nobody", func(t *testing.T) {
		t.Parallel()
		if _, err := ParseMix(strings.Join(names(Mix{Genuine: DefaultMix().Genuine}), "=0,") + "=0"); err == nil {
			t.Error("a mix of nobody was taken")
		}
	})
	t.Run("both sides", func(t *testing.T) {
		t.Parallel()
		m, err := ParseMix("liar=3,waiter=4,silent=5")
		if err != nil || m.Fraud[Liar] != 3 || m.Genuine[Waiter] != 4 || m.Fraud[Silent] != 5 || m.Genuine[Silent] != 5 ||
			m.Fraud[Coached] != DefaultMix().Fraud[Coached] {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

// payments are as many, every third a fraud.
func payments(n int) (ps []Payment) {
	for i := range n {
		ps = append(ps, Payment{Flagged: true, Fraud: i%3 == 0, Request: hold.Request{TransactionID: "t" + string(rune('a'+i%26)),
			CustomerID: hold.CustomerID("c" + string(rune('a'+i%26))), Risk: hold.Risk{Reasons: []string{"new_payee"}}}})
	}
	return ps
}

// cast is who plays which payment, and how.
func cast(seed uint64) (out []plan) {
	d := &Drill{Config: Config{Payments: payments(200), Mix: DefaultMix(), Seed: seed, Pump: 5}, people: map[hold.CustomerID]*person{}}
	d.prepare()
	for _, p := range d.plans {
		p.Payment.Request.RequestedAt = 0
		out = append(out, *p)
	}
	return out
}

// The same seed gives the same people, with the same reasons, signals and
// hesitation, so that a run without a part is of the same payments.
func TestSameSeedSamePeople(t *testing.T) {
	t.Parallel()
	first := cast(7)
	if !reflect.DeepEqual(first, cast(7)) {
		t.Error("the same seed gave others")
	}
	if reflect.DeepEqual(first, cast(8)) {
		t.Error("another seed gave the same")
	}
	seen := map[Behaviour]int{}
	for _, p := range first {
		seen[p.Behaviour]++
	}
	for _, b := range []Behaviour{Liar, Believer, Cooler, Teller, Warned, Waiter} {
		if seen[b] == 0 {
			t.Errorf("nobody is %s", b)
		}
	}
}

// The attacks of a sequence are played whatever the dice say, and are missed where not.
func TestAttacksArePlayed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		d := &Drill{Config: Config{Payments: payments(15), Mix: DefaultMix(), Seed: seed}, people: map[hold.CustomerID]*person{},
			deeds: map[Behaviour]int{}}
		d.prepare()
		if c := d.played(); len(c.Broken) != len(staples) {
			t.Fatalf("before anybody did anything it misses %v", c.Broken)
		}
		seen := map[Behaviour]int{}
		for _, p := range d.plans {
			seen[p.Behaviour]++
			d.did(p.Behaviour)
		}
		if c := d.played(); len(c.Broken) > 0 || c.Looked != len(staples) {
			t.Errorf("seed %d: %v of %d, %v", seed, c.Broken, c.Looked, seen)
		}
	}
}

// Whoever may be called has a number and nobody else's customer.
func TestTalkedToHaveNumbers(t *testing.T) {
	t.Parallel()
	d := &Drill{Config: Config{Payments: payments(200), Mix: DefaultMix(), Seed: 7}, people: map[hold.CustomerID]*person{}}
	d.prepare()
	for _, p := range d.plans {
		who := d.people[p.Payment.Request.CustomerID]
		if p.Behaviour.Talked() && (who.number == "" || len(who.devices) != 2 || who.behaviour != p.Behaviour) {
			t.Errorf("%s: %q, %d devices, %s", p.Behaviour, who.number, len(who.devices), who.behaviour)
		}
	}
}

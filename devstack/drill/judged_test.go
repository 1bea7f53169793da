package drill

import (
	"strings"
	"testing"
	"time"

	"holdfast/hold"
)

// judgedRun is a run after which all is well: a payment was released before the verdict and came
// back in part, one was released after it by a call and two people, and one was reversed
// by two.
func judgedRun() (*Drill, evidence) {
	e := evidence{holds: map[hold.ID]hold.Hold{}, trails: map[hold.ID]trail{}, answers: map[hold.ID][]answerRow{}, rings: map[hold.ID]int{},
		calls: map[hold.ID]called{"called": {connected: 31 * time.Second, confirmed: 1, seconds: 1}},
		verdicts: []verdictRow{
			{id: "vrd_1", payee: "cpty_1", kind: "mule", status: "in_force", first: "agent:sam", second: "agent:sue", agreed: at(50)},
			{id: "vrd_2", payee: "cpty_1", kind: "reverse", status: "ended", first: "agent:sam", second: "agent:sue", agreed: at(60), ended: at(70)},
			{id: "vrd_3", payee: "cpty_2", kind: "mule", status: "rejected", first: "agent:sam", second: "agent:sue", agreed: at(55)}},
		recalls: []recallRow{{hold: "early", status: "returned", decidedBy: "agent:bo", amount: 1000, returned: 600, report: 600}}}
	d := &Drill{attacks: map[string]int{}, results: map[string]int{}, recalls: &desk{before: "unknown", meanwhile: "unknown"}}
	d.recalls.drill = d
	play := func(id hold.ID, b Behaviour, fraud bool, decided int, o hold.Outcome, t trail) {
		h := released(plain)
		h.ID, h.PayeeID, h.Request.Amount = id, "cpty_1", hold.Money{Minor: 1000, Currency: "EUR"}
		h.Decision = &hold.Decision{HoldID: id, Outcome: o, DecidedAt: at(decided)}
		d.plans = append(d.plans, &plan{Payment: Payment{Fraud: fraud}, Behaviour: b, hold: id})
		e.holds[id], e.trails[id] = h, t
	}
	for _, said := range []string{oneAsTwo + "same_person", thiefNames + "device_too_young", thiefBlocks + "identity_missing",
		silently + "learns nothing", vetoes + "contact_blocked"} {
		d.attacks[said] = 1
	}
	play("early", Early, true, 49, hold.Release, nil)
	play("called", Lodger, false, 58, hold.Release, trail{mark(51, "vrd_1", "mule")})
	play("late", Late, true, 61, hold.Reverse, trail{mark(51, "vrd_1", "mule"), mark(61, "vrd_2", "reverse")})
	play("lost", Lodger, false, 61, hold.Reverse, trail{mark(51, "vrd_1", "mule")})
	return d, e
}

func mark(s int, id, verdict string) step {
	return step{kind: "hold.payee_verdict", at: at(s), VerdictID: id, Verdict: verdict}
}

// What must not be breaks the check that is about it, and no other.
func TestJudgedInvariants(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		broken string // what the check's name has; empty: none is
		change func(*Drill, *evidence)
	}{
		"as it should be": {"", func(*Drill, *evidence) {}},
		"a verdict of one person": {"two people's", func(_ *Drill, e *evidence) {
			e.verdicts[0].second = "agent:sam"
		}},
		"a second person who is the first": {"two people's", func(d *Drill, _ *evidence) { d.attacks[oneAsTwo+"approved"]++ }},
		"a mark by a report alone": {"two people's", func(_ *Drill, e *evidence) {
			e.trails["lost"] = trail{mark(55, "vrd_9", "mule")}
		}},
		"a mark by a verdict that was refused": {"two people's", func(_ *Drill, e *evidence) {
			e.trails["lost"], e.verdicts[2].payee = trail{mark(56, "vrd_3", "mule")}, "cpty_1"
		}},
		"a mark by a verdict on another": {"two people's", func(_ *Drill, e *evidence) {
			h := e.holds["late"]
			h.PayeeID = "cpty_2"
			e.holds["late"] = h
		}},
		"a mark before two agreed":    {"two people's", func(_ *Drill, e *evidence) { e.trails["late"][0].at = at(49) }},
		"a mule who learns of it":     {"two people's", func(d *Drill, _ *evidence) { d.recalls.meanwhile = "listed" }},
		"a thief who names a contact": {"than a block", func(d *Drill, _ *evidence) { d.attacks[thiefNames+"named"]++ }},
		"a thief who blocks one":      {"than a block", func(d *Drill, _ *evidence) { d.attacks[thiefBlocks+"done"]++ }},
		"a relative who sees it":      {"than a block", func(d *Drill, _ *evidence) { d.attacks[silently+"done"]++ }},
		"a veto that counts":          {"than a block", func(d *Drill, _ *evidence) { d.attacks[vetoes+"done"]++ }},
		"released after the verdict":  {"by a call and two", func(_ *Drill, e *evidence) { decidedAt(e, "early", 51) }},
		"released by the call of one": {"by a call and two", func(_ *Drill, e *evidence) {
			e.calls["called"] = called{connected: 31 * time.Second, confirmed: 1}
		}},
		"released by a call that did not last": {"by a call and two", func(_ *Drill, e *evidence) {
			e.calls["called"] = called{connected: 29 * time.Second, confirmed: 1, seconds: 1}
		}},
		"released with the mark, the verdict ended": {"by a call and two", func(_ *Drill, e *evidence) {
			e.verdicts[0].ended, e.calls = at(52), nil
		}},
		"more came back than was paid": {"asked for again", func(_ *Drill, e *evidence) {
			e.recalls[0].returned, e.recalls[0].report = 1001, 1001
		}},
		"more came back than reported": {"asked for again", func(_ *Drill, e *evidence) { e.recalls[0].report = 0 }},
		"asked back without anybody":   {"asked for again", func(_ *Drill, e *evidence) { e.recalls[0].decidedBy = "" }},
		"asked back what stayed":       {"asked for again", func(_ *Drill, e *evidence) { e.recalls[0].hold = "late" }},
	}
	for name, x := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, e := judgedRun()
			x.change(d, &e)
			found := false
			for _, c := range d.judged(e) {
				about := x.broken != "" && strings.Contains(c.Invariant, x.broken)
				found = found || about && len(c.Broken) > 0
				if !about && len(c.Broken) > 0 {
					t.Errorf("%s: %v", c.Invariant, c.Broken)
				}
			}
			if !found && x.broken != "" {
				t.Error("nothing is broken")
			}
		})
	}
}

func decidedAt(e *evidence, id hold.ID, s int) { e.holds[id].Decision.DecidedAt = at(s) }

// The table counts what verdicts stopped, what came back, and who was held wrongly.
func TestPayeesTable(t *testing.T) {
	t.Parallel()
	d, e := judgedRun()
	e.recalls = append(e.recalls, recallRow{hold: "called", status: "refused", decidedBy: "agent:bo", amount: 1000},
		recallRow{hold: "early", status: "proposed", amount: 1000})
	r := Report{Payees: d.payees(e), Parts: d.worths(e)}
	r.Totals = totals(d.plans, e, r.Parts)
	var b strings.Builder
	r.Write(&b)
	out := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"stopped after the verdict on the payee 1 EUR 10.00",
		"released to the payee before it 1 EUR 10.00",
		"genuine, held for the verdict, and released 1 EUR 10.00",
		"genuine, held for the verdict, and reversed 1 EUR 10.00",
		"asked back 2 EUR 20.00 came back 1 EUR 6.00 refused by the payee's bank 1 EUR 10.00",
		"verdicts on payees 1 EUR 10.00 2 0.1 0 1: EUR 10.00",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, &b)
		}
	}
	if net := r.Totals.net(); len(net) != 1 || net[0].Minor != 400 {
		t.Errorf("%v are lost for good", net)
	}
}

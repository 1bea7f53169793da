package drill

import (
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/interview"
)

func TestStoppedBy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		hold    hold.Hold
		trail   trail
		answers []answerRow
		want    Part
	}{
		"by themselves": {released(plain), nil, []answerRow{said(2, hold.Push, hold.NotMe)}, ""},
		"by silence":    {released(plain), nil, nil, ""},
		"stopped at the warning": {released(plain), trail{answered(2, interview.Warn, interview.ViaCustomer), chose(8, interview.Stopped)},
			[]answerRow{said(8, hold.Push, hold.Approve), said(9, hold.Push, hold.Deny)}, Questions},
		"went on at the warning, and then refused": {released(plain), trail{answered(2, interview.Warn, interview.ViaCustomer),
			chose(8, interview.WentOn)}, []answerRow{said(9, hold.Push, hold.Deny)}, ""},
		"told what to say": {released(func(h *hold.Hold) { h.TalkAt, h.SuspectedAt = at(8), at(8) }), trail{chose(8, interview.Told)}, nil,
			Questions},
		"after the wait":   {released(plain), trail{waits(2, 8, interview.Wait)}, []answerRow{said(9, hold.Push, hold.Deny)}, Waiting},
		"nobody came back": {released(plain), trail{waits(2, 8, interview.Wait)}, nil, Waiting},
		"an agent refused": {released(plain), trail{waits(2, 8, interview.Talk)}, []answerRow{said(9, hold.Callback, hold.Deny)},
			Talking},
		"not reached on the phone": {released(func(h *hold.Hold) { h.TalkAt = at(2) }), trail{waits(2, 8, interview.Talk)}, nil, Talking},
		"a refusal that came late": {released(plain), nil, []answerRow{{channel: hold.Callback, answer: hold.Deny, late: "decided"}}, ""},
		"a contact was told, and then a refusal": {released(plain), trail{{kind: "contact.informed", at: at(5)}},
			[]answerRow{said(9, hold.Callback, hold.Deny)}, Contact},
		"a contact was told, and then not me in the app": {released(func(h *hold.Hold) { h.Decision.Reason = hold.ReasonNotMe }),
			trail{{kind: "contact.informed", at: at(5)}}, nil, Contact},
		"a contact was told, and nobody came back": {released(func(h *hold.Hold) { h.Terms.Scam = true }),
			trail{{kind: "contact.informed", at: at(5)}}, nil, Talking},
		"a verdict, and then a refusal": {released(plain), trail{mark(5, "vrd_1", "mule")}, []answerRow{said(9, hold.Callback, hold.Deny)},
			Counterparty},
		"a refusal, and then a verdict": {released(plain), trail{mark(12, "vrd_1", "mule")}, []answerRow{said(9, hold.Push, hold.Deny)}, ""},
		"a verdict alone":               {released(plain), trail{mark(5, "vrd_1", "mule")}, nil, Counterparty},
		"a scam that nobody cleared":    {released(func(h *hold.Hold) { h.Terms.Scam = true }), nil, nil, Talking},
	}
	for name, x := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := stoppedBy(x.hold, x.trail, x.answers); got != x.want {
				t.Errorf("%q, want %q", got, x.want)
			}
		})
	}
}

// The table: what each part stopped, what it took from genuine customers, and what
// got through without it.
func TestMoneyTable(t *testing.T) {
	t.Parallel()
	eur := func(minor int64) hold.Money { return hold.Money{Minor: minor, Currency: "EUR"} }
	d := &Drill{Config: Config{Mix: DefaultMix()}}
	e := evidence{holds: map[hold.ID]hold.Hold{}, trails: map[hold.ID]trail{}, answers: map[hold.ID][]answerRow{}, rings: map[hold.ID]int{}}
	play := func(id hold.ID, fraud bool, minor int64, t trail, change func(*hold.Hold), answers ...answerRow) {
		h := released(change)
		h.ID, h.Request.Amount = id, eur(minor)
		d.plans = append(d.plans, &plan{Payment: Payment{Fraud: fraud}, hold: id})
		e.holds[id], e.trails[id], e.answers[id] = h, t, answers
	}
	reversed := func(h *hold.Hold) { h.Decision.Outcome = hold.Reverse }
	play("stopped", true, 1000, trail{chose(8, interview.Stopped)}, reversed, said(9, hold.Push, hold.Deny))
	play("cooled", true, 2000, trail{waits(2, 8, interview.Wait)}, reversed, said(9, hold.Push, hold.Deny))
	play("through", true, 400, nil, plain, said(9, hold.Push, hold.Approve))
	play("waited", false, 5000, trail{answered(2, interview.Wait, interview.ViaCustomer), waits(2, 92, interview.Wait)},
		func(h *hold.Hold) { h.WarningPassedAt = at(8) }, said(99, hold.Push, hold.Approve))
	play("unreached", false, 700, nil, func(h *hold.Hold) { reversed(h); h.TalkAt = at(2) })
	e.rings["unreached"] = 3

	r := Report{Parts: d.worths(e), Assumed: d.Mix.assumptions()}
	r.Totals = totals(d.plans, e, r.Parts)
	r.Without = []Compared{{Part: Waiting, Totals: Totals{Through: 2, ThroughSums: []hold.Money{eur(2400)}}}}
	var b strings.Builder
	r.Write(&b)
	out := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"questions and warnings 1 EUR 10.00 1 0.1 0 0",
		"waits 1 EUR 20.00 1 1.5 0 0",
		"talks with an agent 0 1 0.0 3 1: EUR 7.00",
		"would have waited 4 hours in all",
		"with everything 1 EUR 4.00 1: EUR 7.00 1.6 3",
		"without wait 2 EUR 24.00 0 0.0 0 EUR 20.00",
		"believe the warning 6 % assumed",
		"30 % Revolut, 2024; self-reported",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, &b)
		}
	}
}

package drill

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/interview"
	"holdfast/policy"
)

// Part is one thing that stands between a deceived customer and their money.
type Part string

const (
	Questions Part = "interview" // the questions, and the warning that follows
	Waiting   Part = "wait"
	Talking   Part = "talk" // by an agent
	// Counterparty is what the bank knows of payees, and what two people say of one.
	Counterparty Part = "counterparty"
	Contact      Part = "contact" // somebody whom the customer trusts
)

// Parts lists every Part, in the order in which a payment meets them.
var Parts = []Part{Questions, Waiting, Talking, Counterparty, Contact}

// Worth is what a part stopped, and what it cost who paid what they wanted to.
type Worth struct {
	Part     Part         `json:"part"`
	Stopped  int          `json:"fraud_stopped"`
	Sums     []hold.Money `json:"fraud_stopped_sums"`
	Met      int          `json:"genuine_met"`     // genuine payments that met it
	Minutes  float64      `json:"genuine_minutes"` // that it took them, by the stack's clock
	Calls    int          `json:"genuine_calls"`
	Lost     int          `json:"genuine_lost"` // that were reversed by it
	LostSums []hold.Money `json:"genuine_lost_sums"`
	// Hours that the genuine ones would have waited by the built-in policy.
	Hours float64 `json:"genuine_hours_built_in,omitempty"`
}

// worths tells what each part was worth.
func (d *Drill) worths(e evidence) []Worth {
	ws := make([]Worth, len(Parts))
	for i, part := range Parts {
		ws[i] = Worth{Part: part}
	}
	for _, p := range d.plans {
		h := e.holds[p.hold]
		if h.Decision == nil {
			continue
		}
		t, by := e.trails[h.ID], Part("")
		if h.Decision.Outcome == hold.Reverse {
			by = stoppedBy(h, t, e.answers[h.ID])
		}
		for i := range ws {
			if w := &ws[i]; p.Payment.Fraud && by == w.Part {
				w.Stopped++
				w.Sums = add(w.Sums, h.Request.Amount)
			} else if !p.Payment.Fraud {
				w.cost(h, t, e.rings[h.ID], by)
			}
		}
	}
	return ws
}

// cost adds what the part took from a genuine payment.
func (w *Worth) cost(h hold.Hold, t trail, calls int, lostTo Part) {
	if lostTo == w.Part {
		w.Lost++
		w.LostSums = add(w.LostSums, h.Request.Amount)
	}
	var took time.Duration
	switch w.Part {
	case Questions:
		said := t.interviewed(interview.ViaCustomer)
		if said == nil {
			return
		}
		if h.WarningPassedAt != 0 {
			took = h.WarningPassedAt.Sub(said.at)
		}
	case Waiting:
		took = t.waits()
		if took == 0 {
			return
		}
		w.Hours += builtIn(h).Hours()
	case Talking:
		if calls == 0 {
			return
		}
		w.Calls += calls
		if h.Decision.Outcome == hold.Release { // else it took the money, and not time
			took = h.Decision.DecidedAt.Sub(cmp.Or(h.TalkAt, h.AcceptedAt)) - t.waits()
		}
	case Contact:
		if !t.informed() {
			return
		}
	case Counterparty:
		at, marked := t.verdictCame()
		if !marked {
			return
		}
		if h.Decision.Outcome == hold.Release {
			took = h.Decision.DecidedAt.Sub(at)
		}
	}
	w.Met++
	w.Minutes += took.Minutes()
}

// stoppedBy is the part by which a payment was reversed; empty: none of them, but what
// the customer said by themselves, or silence.
func stoppedBy(h hold.Hold, t trail, answers []answerRow) Part {
	came, marked := t.verdictCame()
	for _, a := range answers {
		if a.late != "" || a.answer == hold.Approve {
			continue
		}
		before := t.until(a.at)
		switch {
		case before.informed():
			return Contact
		case marked && came <= a.at:
			return Counterparty
		case a.channel == hold.Callback:
			return Talking
		case before.waitEnds() != 0:
			return Waiting
		case before.said(interview.Stopped):
			return Questions
		}
		return ""
	}
	switch {
	case t.informed() && h.Decision.Reason == hold.ReasonNotMe:
		return Contact
	case marked:
		return Counterparty
	case t.said(interview.Told):
		return Questions
	case h.TalkAt != 0, h.SuspectedAt != 0, h.Terms.Scam: // nobody released it on the telephone
		return Talking
	case t.waitEnds() != 0:
		return Waiting
	}
	return ""
}

// said tells whether a warning came to a choice.
func (t trail) said(c interview.Choice) bool {
	return slices.ContainsFunc(t, func(s step) bool { return s.kind == "warning.shown" && s.Choice == c })
}

// waits is for how long a payment waited, whoever was called meanwhile.
func (t trail) waits() (sum time.Duration) {
	began := hold.Instant(0)
	for _, s := range t {
		if s.kind == "hold.waits" && began == 0 {
			began = s.at
		}
	}
	if end := t.waitEnds(); end > began && began != 0 {
		sum = end.Sub(began)
	}
	return sum
}

// builtIn is the wait that the built-in policy has for a hold's scenario.
func builtIn(h hold.Hold) time.Duration {
	for _, rung := range h.Terms.Ladder.Rungs {
		for _, a := range rung.Asks {
			if s, ok := policy.Default().Scenario(a.Interview); ok {
				return s.Wait
			}
		}
	}
	return 0
}

func add(sums []hold.Money, m hold.Money) []hold.Money {
	for i := range sums {
		if sums[i].Currency == m.Currency {
			sums[i].Minor += m.Minor
			return sums
		}
	}
	return append(sums, m)
}

// readRings counts the calls in cases about each hold.
func (e *evidence) readRings(ctx context.Context, raw *sql.DB) error {
	rows, err := raw.QueryContext(ctx, `SELECT k.hold_id, COUNT(DISTINCT x.id) FROM tasks k JOIN calls x ON x.case_id = k.case_id
		WHERE k.hold_id <> '' AND x.created_at >= k.created_at GROUP BY k.hold_id`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to its end
	for rows.Next() {
		var id hold.ID
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return err
		}
		e.rings[id] = n
	}
	return rows.Err()
}

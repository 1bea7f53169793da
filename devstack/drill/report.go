package drill

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"time"

	"holdfast/hold"
	"holdfast/messages"
)

// Report is what a run found.
type Report struct {
	Seed       uint64         `json:"seed"`
	Seconds    float64        `json:"seconds"`
	Holds      int            `json:"holds"`
	People     map[string]int `json:"people"` // by behaviour
	Decisions  []Row          `json:"decisions"`
	Money      []Money        `json:"money"`            // simulated
	Payees     []Money        `json:"payees,omitempty"` // what verdicts on payees stopped, and what came back
	Parts      []Worth        `json:"parts"`            // what stopped the fraud that was stopped, and its price
	Totals     Totals         `json:"totals"`
	Assumed    []Assumption   `json:"assumptions"`
	Without    []Compared     `json:"without,omitempty"`
	Answers    map[string]int `json:"answers"`
	Attacks    map[string]int `json:"attacks"`
	Faults     map[string]int `json:"faults"`
	Invariants []Check        `json:"invariants"`
}

// brief is a time from acceptance to decision, by the stack's clock.
func brief(seconds float64) string {
	if seconds < 60 {
		return fmt.Sprintf("%.1f s", seconds)
	}
	return (time.Duration(seconds) * time.Second).String()
}

// Row counts decisions of one sort, with the time from acceptance to decision.
type Row struct {
	Outcome hold.Outcome `json:"outcome"`
	Truth   string       `json:"truth"`
	Channel string       `json:"channel"` // on which the customer answered
	Reason  hold.Reason  `json:"reason"`
	Count   int          `json:"count"`
	P50     float64      `json:"p50_seconds"`
	P95     float64      `json:"p95_seconds"`
	times   []float64
}

// Money sums one sort of payments.
type Money struct {
	What  string     `json:"what"`
	Count int        `json:"count"`
	Sum   hold.Money `json:"sum"`
}

// Broken tells whether an invariant is.
func (r *Report) Broken() bool {
	return slices.ContainsFunc(r.Invariants, func(c Check) bool { return len(c.Broken) > 0 })
}

func (d *Drill) report(ctx context.Context, decided map[hold.ID]hold.Decision, took time.Duration) (*Report, error) {
	checks, e, err := d.check(ctx, decided)
	if err != nil {
		return nil, err
	}
	r := &Report{Seed: d.Seed, Seconds: took.Seconds(), Holds: len(d.plans), People: map[string]int{},
		Answers: d.results, Attacks: d.attacks, Faults: d.faults,
		Invariants: checks, Payees: d.payees(e), Parts: d.worths(e), Assumed: d.Mix.assumptions()}
	r.Totals = totals(d.plans, e, r.Parts)
	for _, p := range d.plans {
		r.People[string(p.Behaviour)]++
	}
	rows := map[string]*Row{}
	money := map[Money]*Money{}
	for _, p := range d.plans {
		h := e.holds[p.hold]
		if h.Decision == nil {
			continue
		}
		key := rowOf(h, p, e.answers[p.hold])
		row := rows[key.sortKey()]
		if row == nil {
			row = &key
			rows[key.sortKey()] = row
		}
		row.times = append(row.times, h.Decision.DecidedAt.Sub(h.AcceptedAt).Seconds())
		label := Money{What: bucket(p, h.Decision.Outcome), Sum: hold.Money{Currency: h.Request.Amount.Currency}}
		sum := money[label]
		if sum == nil {
			sum = &Money{What: label.What, Sum: label.Sum}
			money[label] = sum
		}
		sum.Count++
		sum.Sum.Minor += h.Request.Amount.Minor
	}
	for _, row := range rows {
		slices.Sort(row.times)
		row.Count, row.P50, row.P95 = len(row.times), row.times[len(row.times)/2], row.times[len(row.times)*95/100]
		r.Decisions = append(r.Decisions, *row)
	}
	sort.Slice(r.Decisions, func(i, j int) bool { return r.Decisions[i].sortKey() < r.Decisions[j].sortKey() })
	for _, m := range money {
		r.Money = append(r.Money, *m)
	}
	sort.Slice(r.Money, func(i, j int) bool {
		return r.Money[i].What+r.Money[i].Sum.Currency < r.Money[j].What+r.Money[j].Sum.Currency
	})
	return r, nil
}

func rowOf(h hold.Hold, p *plan, answers []answerRow) Row {
	row := Row{Outcome: h.Decision.Outcome, Truth: "genuine", Channel: "none", Reason: h.Decision.Reason}
	if p.Payment.Fraud {
		row.Truth = "fraud"
	}
	switch h.Decision.Reason {
	case hold.ReasonApproved, hold.ReasonRefused, hold.ReasonNotMe:
		for _, a := range answers {
			if a.late == "" {
				row.Channel = string(a.channel)
			}
		}
	}
	return row
}

func (r Row) sortKey() string { return r.Truth + string(r.Outcome) + r.Channel + string(r.Reason) }

func bucket(p *plan, o hold.Outcome) string {
	switch {
	case p.Behaviour == Pumped:
		return "made up, to pump texts"
	case p.Behaviour == Slander:
		return "made up, to slander a payee"
	case p.Payment.Fraud && o == hold.Reverse:
		return "fraud stopped"
	case p.Payment.Fraud:
		return "fraud let through: " + string(p.Behaviour)
	case o == hold.Reverse:
		return "genuine reversed: " + string(p.Behaviour)
	}
	return "genuine released"
}

// Write prints the report for a person.
func (r *Report) Write(w io.Writer) {
	t := table(w)
	fmt.Fprintf(w, "\n%d holds in %.1f s (seed %d)\n\n", r.Holds, r.Seconds, r.Seed)
	fmt.Fprintln(t, "truth\toutcome\tchannel\treason\tholds\tp50\tp95")
	for _, x := range r.Decisions {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", x.Truth, x.Outcome, x.Channel, x.Reason, x.Count, brief(x.P50), brief(x.P95))
	}
	fmt.Fprintln(t, "\nmoney (simulated)\tpayments\tsum\t\t\t\t")
	for _, m := range r.Money {
		fmt.Fprintf(t, "%s\t%d\t%s\t\t\t\t\n", m.What, m.Count, messages.Amount(m.Sum))
	}
	_ = t.Flush()
	writePayees(w, r.Payees)
	writeParts(w, r.Parts)
	writeCompared(w, r.Totals, r.Without)
	writeAssumptions(w, r.Assumed)
	counts := func(title string, m map[string]int) {
		if len(m) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s:", title)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(w, "  %s %d", k, m[k])
		}
		fmt.Fprintln(w)
	}
	counts("payments by who makes them", r.People)
	counts("answers", r.Answers)
	counts("what the attacks achieved", r.Attacks)
	counts("repeated after", r.Faults)
	fmt.Fprintln(w, "\ninvariants")
	for _, c := range r.Invariants {
		state := "holds "
		if len(c.Broken) > 0 {
			state = "BROKEN"
		}
		fmt.Fprintf(w, "  %s  %s (looked at %d)\n", state, c.Invariant, c.Looked)
		for _, b := range c.Broken {
			fmt.Fprintf(w, "          %s\n", b)
		}
	}
}

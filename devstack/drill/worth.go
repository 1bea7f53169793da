package drill

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"holdfast/hold"
	"holdfast/messages"
)

// Totals is what a run came to.
type Totals struct {
	Through      int          `json:"fraud_let_through"`
	ThroughSums  []hold.Money `json:"fraud_let_through_sums"`
	ReturnedSums []hold.Money `json:"fraud_returned_sums"` // by recalls
	Lost         int          `json:"genuine_reversed"`
	LostSums     []hold.Money `json:"genuine_reversed_sums"`
	Minutes      float64      `json:"genuine_minutes"` // by the parts
	Calls        int          `json:"genuine_calls"`
}

// Compared is what the same payments came to without a part.
type Compared struct {
	Part   Part   `json:"without"`
	Totals Totals `json:"totals"`
	Broken bool   `json:"broken"`
}

func table(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 4, 2, ' ', 0) }

func totals(plans []*plan, e evidence, parts []Worth) (t Totals) {
	t.ReturnedSums = back(plans, e)
	for _, p := range plans {
		h := e.holds[p.hold]
		switch {
		case h.Decision == nil:
		case p.Payment.Fraud && h.Decision.Outcome == hold.Release:
			t.Through++
			t.ThroughSums = add(t.ThroughSums, h.Request.Amount)
		case !p.Payment.Fraud && h.Decision.Outcome == hold.Reverse:
			t.Lost++
			t.LostSums = add(t.LostSums, h.Request.Amount)
		}
	}
	for _, w := range parts {
		t.Minutes += w.Minutes
		t.Calls += w.Calls
	}
	return t
}

func writeParts(out io.Writer, parts []Worth) {
	w := table(out)
	names := map[Part]string{Questions: "questions and warnings", Waiting: "waits", Talking: "talks with an agent",
		Counterparty: "verdicts on payees", Contact: "somebody they trust"}
	fmt.Fprintln(w, "\nwhat stopped it (simulated)\tfraud stopped\tsum\tgenuine that met it\tminutes\tcalls\tgenuine reversed")
	hours := 0.0
	for _, x := range parts {
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%.1f\t%d\t%s\n", names[x.Part], x.Stopped, amounts(x.Sums), x.Met, x.Minutes, x.Calls,
			counted(x.Lost, x.LostSums))
		hours += x.Hours
	}
	_ = w.Flush()
	fmt.Fprintf(out, "By the built-in policy, whose waits are hours, those genuine customers would have waited %.0f hours in all.\n", hours)
}

func writeCompared(out io.Writer, all Totals, without []Compared) {
	if len(without) == 0 {
		return
	}
	w := table(out)
	fmt.Fprintln(w, "\nthe same payments\tfraud let through\tsum\tcame back\tgenuine reversed\tminutes\tcalls\tthe part is worth")
	row := func(name string, t Totals, worth string) {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%.1f\t%d\t%s\n", name, t.Through, amounts(t.ThroughSums), amounts(t.ReturnedSums),
			counted(t.Lost, t.LostSums), t.Minutes, t.Calls, worth)
	}
	row("with everything", all, "")
	for _, c := range without {
		row("without "+string(c.Part), c.Totals, worth(all.net(), c.Totals.net()))
	}
	_ = w.Flush()
	fmt.Fprintln(out, "The people are the same each time; whom an agent comes to in time, and what they suspect, is chance.")
}

// worth is what more got through for good without a part.
func worth(with, without []hold.Money) string {
	var parts []string
	for _, m := range without {
		for _, had := range with {
			if had.Currency == m.Currency {
				m.Minor -= had.Minor
			}
		}
		sign := ""
		if m.Minor < 0 {
			sign, m.Minor = "-", -m.Minor
		}
		parts = append(parts, sign+messages.Amount(m))
	}
	return strings.Join(parts, ", ")
}

func counted(n int, sums []hold.Money) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%d: %s", n, amounts(sums))
}

func amounts(sums []hold.Money) string {
	var parts []string
	for _, m := range sums {
		parts = append(parts, messages.Amount(m))
	}
	return strings.Join(parts, ", ")
}

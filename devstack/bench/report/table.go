package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"holdfast/devstack/bench/rig"
)

// Write prints the tables for a terminal.
func (r *Report) Write(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, line := range r.figures() {
		fmt.Fprintln(t, strings.Join(line, "\t"))
	}
	fmt.Fprintln(t)
	for _, line := range r.costs() {
		fmt.Fprintln(t, strings.Join(line, "\t"))
	}
	_ = t.Flush()
	for _, n := range r.Notes {
		fmt.Fprintln(w, "\n"+n)
	}
}

func (r *Report) figures() [][]string {
	lines := [][]string{{"#", "measure", "against", "Holdfast", "the other", "ratio", "wanted", ""}}
	for _, f := range r.Figures {
		met := "short"
		switch {
		case f.Met:
			met = "met"
		case f.Holds:
			met = "out of reach; held to " + f.Held
		}
		if f.Scale != "" {
			met += "; " + f.Scale
		}
		lines = append(lines, []string{f.ID, f.Measure, f.Against, f.A.with(f.Unit), f.B.with(f.Unit), f.Ratio.with(""), f.Wanted, met})
	}
	return lines
}

func (r *Report) costs() [][]string {
	head := append([]string{"a hold or workflow costs, CPU-ms", "together"}, rig.Parts...)
	if len(r.Costs) == 0 {
		return nil
	}
	lines := [][]string{append(head, "statements", "round trips", "commits", "WAL bytes", "commits of Temporal", "WAL of Temporal", "events",
		"history bytes")}
	for _, c := range r.Costs {
		line := []string{c.Of, plain(c.Cost.Total())}
		for _, who := range rig.Parts {
			line = append(line, plain(c.Cost.CPU[who]))
		}
		lines = append(lines, append(line, plain(c.Cost.Statements[rig.AppDB]), plain(c.Trips), plain(c.Cost.Commits[rig.AppDB]),
			plain(c.Cost.WAL[rig.AppDB]), plain(c.Cost.Commits[rig.TemporalDB]), plain(c.Cost.WAL[rig.TemporalDB]), plain(c.Events), plain(c.Bytes)))
	}
	return lines
}

// with gives the median with its unit, and from where to where it went.
func (s Spread) with(unit string) string {
	text := plain(s.Median)
	if unit != "" {
		text += " " + unit
	}
	if s.N > 1 {
		text += " (" + plain(s.Low) + "–" + plain(s.High) + ")"
	}
	return text
}

// plain writes a number with three digits.
func plain(x float64) string {
	switch a := math.Abs(x); {
	case x == 0:
		return "–"
	case a >= 100:
		return fmt.Sprintf("%.0f", x)
	case a >= 10:
		return fmt.Sprintf("%.1f", x)
	case a >= .01:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.2g", x)
}

func markdown(lines [][]string) string {
	var b strings.Builder
	for i, line := range lines {
		b.WriteString("| " + strings.Join(line, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(line)) + "|\n")
		}
	}
	return b.String()
}

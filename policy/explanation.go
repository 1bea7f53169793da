package policy

import (
	"fmt"
	"strings"
	"time"

	"holdfast/hold"
)

// RuleOutcome is what came of trying a rule.
type RuleOutcome string

const (
	Matched    RuleOutcome = "matched"
	NotMatched RuleOutcome = "not_matched"
	Failed     RuleOutcome = "error" // could not be evaluated; counts as not matched
)

// Explanation says how Terms came to its choice.
type Explanation struct {
	Policy        string  `json:"policy"`
	PolicyVersion string  `json:"policy_version"`
	Tried         []Tried `json:"tried"` // in the file's order; the last one matched
	// UnknownReasons are codes that the catalogue does not have and that
	// counted as "other". The risk engine wrote them: print them quoted.
	UnknownReasons []string     `json:"unknown_reasons,omitempty"`
	Scam           bool         `json:"scam"`
	ScamReasons    []string     `json:"scam_reasons,omitempty"`
	Deadline       hold.Instant `json:"deadline"`
	DeadlineWhy    string       `json:"deadline_why"`
	// Scenario is the one that auto came to, and Scenarios are those whose signs
	// were tried; empty where the ladder's asks do not say auto.
	Scenario  string      `json:"scenario,omitempty"`
	Scenarios []Tried     `json:"scenarios_tried,omitempty"`
	Ladder    hold.Ladder `json:"ladder"`
}

// Tried is one rule, or one scenario's signs, that was tried.
type Tried struct {
	Rule    string      `json:"rule"`
	Line    int         `json:"line"` // of the rule in the file, from 1
	When    string      `json:"when,omitempty"`
	Outcome RuleOutcome `json:"outcome"`
	Why     string      `json:"why"`
}

// String is the explanation for a person, in several lines.
func (x Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy %s, version %s\n", x.Policy, x.PolicyVersion)
	for _, t := range x.Tried {
		t.write(&b, "rule")
	}
	for _, code := range x.UnknownReasons {
		fmt.Fprintf(&b, "reason %q is unknown and counts as %s\n", code, Other)
	}
	if x.Scam {
		fmt.Fprintf(&b, "scam (%s): released only by a callback\n", strings.Join(x.ScamReasons, ", "))
	}
	for _, t := range x.Scenarios {
		t.write(&b, "scenario")
	}
	fmt.Fprintf(&b, "deadline %s (%s)\n", x.Deadline, x.DeadlineWhy)
	fmt.Fprintf(&b, "ladder %s\n", x.Ladder.Name)
	for i, r := range x.Ladder.Rungs {
		fmt.Fprintf(&b, "%4d. %s\n", i+1, describe(r))
	}
	fmt.Fprintf(&b, "      then %s\n", x.Ladder.Exhausted)
	return b.String()
}

// write says what came of a rule, or of a scenario's signs.
func (t Tried) write(b *strings.Builder, what string) {
	fmt.Fprintf(b, "%s %s (line %d): %s: %s\n", what, t.Rule, t.Line, strings.ReplaceAll(string(t.Outcome), "_", " "), t.Why)
	if t.When != "" {
		fmt.Fprintf(b, "    when %s\n", t.When)
	}
}

func describe(r hold.Rung) string {
	var asks []string
	for _, a := range r.Asks {
		asks = append(asks, describeAsk(a))
	}
	return fmt.Sprintf("%s: %s (%s) for %s; approved → %s, refused → %s, unanswered → %s, undeliverable → %s",
		r.Name, strings.Join(asks, " + "), r.Quorum, brief(time.Duration(r.Timeout)),
		r.Approved, r.Refused, r.Unanswered, r.Undeliverable)
}

func describeAsk(a hold.Ask) string {
	s := string(a.Channel)
	if a.MinUV != "" {
		s += " with " + string(a.MinUV)
	}
	if a.Lifetime > 0 {
		s += ", valid " + brief(time.Duration(a.Lifetime))
	}
	if n := a.NotBetween; n != nil {
		s += fmt.Sprintf(", not %02d:%02d–%02d:%02d", n.From/60, n.From%60, n.To/60, n.To%60)
	}
	if a.Interview != "" {
		s += ", interview " + a.Interview
	}
	return s
}

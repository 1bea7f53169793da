package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"holdfast/hold"
)

// ErrUnknownKind is returned by Terms for a kind that Holdfast does not know.
var ErrUnknownKind = errors.New("policy: unknown kind of transaction")

// Terms fixes what a hold that arrives at now is asked by and how long it
// waits at most. The request's own deadline can only shorten the wait; one
// that has passed is returned as it is, for the API to refuse. The only error
// is ErrUnknownKind.
//
// A condition that cannot be evaluated counts as not met, so that every hold
// gets a ladder from the last rule if from no other.
func (p *Policy) Terms(req hold.Request, c Customer, now hold.Instant) (hold.Terms, hold.Instant, Explanation, error) {
	if !slices.Contains(hold.Kinds, req.Kind) {
		return hold.Terms{}, 0, Explanation{}, ErrUnknownKind
	}
	x := Explanation{Policy: p.name, PolicyVersion: p.version}
	codes := p.codes(req.Risk.Reasons, &x)
	x.Scam = len(x.ScamReasons) > 0
	seen := facts(req, codes, x.Scam, c, now)
	chosen, tried := first(p.rules, req.Amount, seen)
	x.Tried = tried
	deadline := p.deadline(req, now, &x)
	ladder := cloneLadder(p.ladders[chosen.ladder])
	p.resolve(ladder, req.Amount, seen, &x)
	x.Ladder = cloneLadder(ladder)
	return hold.Terms{
		PolicyVersion: p.version, Rule: chosen.name, Ladder: ladder, Scam: x.Scam,
		MinDeviceAge: hold.Duration(p.minDeviceAge), MinContactAge: hold.Duration(p.minContactAge),
		MinPortraitAge: hold.Duration(p.minPortrait), SMS: p.ContactRules().SMS, Callback: p.callbackTerms(),
		Suspicion: hold.Duration(p.suspicion), OwnNotMe: p.ownNotMe,
	}, deadline, x, nil
}

// codes are the request's reasons as the catalogue knows them, each once.
func (p *Policy) codes(asked []string, x *Explanation) []string {
	codes := []string{}
	for _, code := range asked {
		reason := p.Reason(code)
		if reason.Code != code {
			x.UnknownReasons = append(x.UnknownReasons, code)
		}
		if slices.Contains(codes, reason.Code) {
			continue
		}
		codes = append(codes, reason.Code)
		if reason.Scam {
			x.ScamReasons = append(x.ScamReasons, reason.Code)
		}
	}
	return codes
}

// first is the first of the rules that matches, and all that were tried; the last one
// always matches.
func first(rules []rule, m hold.Money, facts map[string]any) (rule, []Tried) {
	var tried []Tried
	for _, r := range rules[:len(rules)-1] {
		t := r.try(facts)
		if r.lacks(m) {
			t.Why += "; a threshold lacks " + strconv.Quote(m.Currency) + ", so the amount counts as above it"
		}
		tried = append(tried, t)
		if t.Outcome == Matched {
			return r, tried
		}
	}
	last := rules[len(rules)-1]
	return last, append(tried, last.tried(Matched, "has no condition"))
}

func (r rule) try(facts map[string]any) Tried {
	value, _, err := r.program.Eval(facts)
	switch {
	case err != nil:
		return r.tried(Failed, "cannot be evaluated: "+short(err.Error()))
	case value.Value() == true:
		return r.tried(Matched, "the condition is true")
	}
	return r.tried(NotMatched, "the condition is false")
}

func (r rule) tried(o RuleOutcome, why string) Tried {
	return Tried{Rule: r.name, Line: r.line, When: oneLine(r.when), Outcome: o, Why: why}
}

func (p *Policy) deadline(req hold.Request, now hold.Instant, x *Explanation) hold.Instant {
	key := string(req.Kind)
	if x.Scam {
		key = scamDeadline
	}
	wait := p.deadlines[key]
	x.Deadline = now.Add(wait)
	x.DeadlineWhy = fmt.Sprintf("%s: %s", key, brief(wait))
	if req.Deadline != 0 && req.Deadline < x.Deadline {
		x.Deadline = req.Deadline
		x.DeadlineWhy += fmt.Sprintf(", shortened by the request to %s", req.Deadline.Sub(now).Round(time.Second))
	} else if req.Deadline > x.Deadline {
		x.DeadlineWhy += "; the request's later one is ignored"
	}
	return x.Deadline
}

// cloneLadder copies what a caller could change.
func cloneLadder(l hold.Ladder) hold.Ladder {
	l.Rungs = slices.Clone(l.Rungs)
	for i := range l.Rungs {
		asks := slices.Clone(l.Rungs[i].Asks)
		for j := range asks {
			if s := asks[j].NotBetween; s != nil {
				span := *s
				asks[j].NotBetween = &span
			}
		}
		l.Rungs[i].Asks = asks
	}
	return l
}

package drill

import (
	"context"
	"encoding/json"

	"holdfast/audit"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
)

// trail is what a hold's chain says, as far as the drill looks at it.
type trail []step

// step is one entry. Which fields are set depends on its kind.
type step struct {
	kind    string
	at      hold.Instant
	Outcome hold.Outcome     `json:"outcome"`
	Level   interview.Level  `json:"level"`
	Via     interview.Via    `json:"via"`
	Choice  interview.Choice `json:"choice"`
	Until   hold.Instant     `json:"until"`
	// Of a verdict on the payee that came to the hold: its id and kind.
	VerdictID string `json:"verdict_id"`
	Verdict   string `json:"verdict"`
}

func readTrail(ctx context.Context, db *store.Store, id hold.ID) (t trail, err error) {
	chain, _, err := db.Chain(ctx, string(id))
	if err != nil {
		return nil, err
	}
	for _, kept := range chain {
		e, err := audit.Parse(kept.Bytes)
		if err != nil {
			return nil, err
		}
		s := step{kind: e.Kind, at: hold.Instant(e.At)}
		switch e.Kind {
		case "hold.decided", "interview.answered", "warning.shown", "hold.waits", "hold.call_only", "hold.payee_verdict":
			err = json.Unmarshal(e.Body, &s)
		}
		if err != nil {
			return nil, err
		}
		t = append(t, s)
	}
	return t, nil
}

// agrees compares a hold with its chain.
func (t trail) agrees(h hold.Hold, one, four *Check) {
	kinds := map[string]int{}
	outcome := hold.Outcome("")
	for _, s := range t {
		kinds[s.kind]++
		if s.kind == "hold.decided" {
			outcome = s.Outcome
		}
	}
	one.must(kinds["hold.decided"] == 1, "%s: the trail has %d decisions", h.ID, kinds["hold.decided"])
	four.must(kinds["hold.accepted"] == 1 && outcome == h.Decision.Outcome && (kinds["hold.settled"] == 1) == h.Status.Settled(),
		"%s is %s, and its trail says otherwise", h.ID, h.Status)
}

// counts holds every approval that stands against what had to come before it.
func (t trail) counts(h hold.Hold, answers []answerRow, early *Check) {
	for _, a := range answers {
		if a.answer != hold.Approve || a.late != "" {
			continue
		}
		before := t.until(a.at)
		wait := before.waitEnds()
		early.must(a.at >= wait, "%s: %s approved %s before the end of its wait", h.ID, a.channel, wait.Sub(a.at))
		if !asks(h, a.channel) {
			continue
		}
		via := interview.ViaCustomer
		if a.channel == hold.Callback {
			via = interview.ViaAgent
		}
		said := before.interviewed(via)
		early.must(said != nil, "%s: %s approved without the interview that its ladder asks for", h.ID, a.channel)
		if said != nil && via == interview.ViaCustomer && said.Level.AtLeast(interview.Warn) {
			early.must(before.passed(said.at), "%s: approved by %s without the warning having been read", h.ID, a.channel)
		}
	}
}

// tightens looks whether a hold ever became milder than its trail says it was.
func (t trail) tightens(h hold.Hold, answers []answerRow, falls *Check) {
	var end hold.Instant
	for _, s := range t {
		switch s.kind {
		case "hold.waits":
			falls.must(s.Until > end, "%s: a wait was made shorter", h.ID)
			end = max(end, s.Until)
		case "wait.ended": // by two people
			end = s.at
		}
	}
	level := t.level()
	falls.must(h.NotBefore >= end, "%s waits until %s, its trail says %s", h.ID, h.NotBefore, end)
	if !level.AtLeast(interview.Talk) {
		return
	}
	falls.must(h.TalkAt != 0, "%s came to %s, and nothing of it is left", h.ID, level)
	if h.Decision == nil || h.Decision.Outcome != hold.Release || h.Decision.Reason == hold.ReasonOverride {
		return
	}
	called := false
	for _, a := range answers {
		called = called || a.channel == hold.Callback && a.answer == hold.Approve && a.late == ""
	}
	falls.must(called, "%s came to %s, and was released without a call", h.ID, level)
}

// asks tells whether the ladder has questions before approvals on a channel.
func asks(h hold.Hold, on hold.Channel) bool {
	for _, rung := range h.Terms.Ladder.Rungs {
		for _, a := range rung.Asks {
			if a.Channel == on && a.Interview != "" {
				return true
			}
		}
	}
	return false
}

// until is what the trail said before an instant.
func (t trail) until(at hold.Instant) (before trail) {
	for _, s := range t {
		if s.at < at {
			before = append(before, s)
		}
	}
	return before
}

// waitEnds is the end of the latest wait; zero: there was none.
func (t trail) waitEnds() (end hold.Instant) {
	for _, s := range t {
		switch s.kind {
		case "hold.waits":
			end = s.Until
		case "wait.ended":
			end = s.at
		}
	}
	return end
}

// level is the strictest that anything came to.
func (t trail) level() interview.Level {
	l := interview.None
	for _, s := range t {
		if s.Level != "" {
			l = l.Max(s.Level)
		}
		if s.Choice == interview.Told {
			l = interview.Stop
		}
	}
	return l
}

// interviewed is the last interview by somebody; nil: there was none.
func (t trail) interviewed(via interview.Via) (said *step) {
	for i := range t {
		if t[i].kind == "interview.answered" && t[i].Via == via {
			said = &t[i]
		}
	}
	return said
}

// passed tells whether a warning was read, and passed, that came at an instant.
func (t trail) passed(since hold.Instant) bool {
	read := false
	for _, s := range t {
		if s.kind == "warning.shown" {
			read = s.Choice == interview.WentOn && s.at.Sub(since) >= interview.MinSeconds*1e9
		}
	}
	return read
}

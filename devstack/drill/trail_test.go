package drill

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/interview"
)

// at is so many seconds after a payment was accepted.
func at(s int) hold.Instant {
	return hold.Instant(1_800_000_000_000_000).Add(time.Duration(s) * time.Second)
}

func answered(s int, l interview.Level, via interview.Via) step {
	return step{kind: "interview.answered", at: at(s), Level: l, Via: via}
}

func chose(s int, c interview.Choice) step { return step{kind: "warning.shown", at: at(s), Choice: c} }

func waits(s, until int, l interview.Level) step {
	return step{kind: "hold.waits", at: at(s), Until: at(until), Level: l}
}

func said(s int, on hold.Channel, a hold.Answer) answerRow {
	return answerRow{channel: on, answer: a, at: at(s)}
}

// released is a payment that was, after what the app and the call ask.
func released(change func(*hold.Hold)) hold.Hold {
	ask := func(on hold.Channel) hold.Rung {
		return hold.Rung{Name: string(on), Asks: []hold.Ask{{Channel: on, Interview: "purchase"}}}
	}
	h := hold.Hold{ID: "hold_1", Decision: &hold.Decision{Outcome: hold.Release, Reason: hold.ReasonApproved}, AcceptedAt: at(0)}
	h.Terms.Ladder.Rungs = []hold.Rung{ask(hold.Push), ask(hold.Callback)}
	change(&h)
	return h
}

func plain(*hold.Hold) {}

// The drill finds each way in which an approval could count too early, or a hold become
// milder, and nothing in a trail that is as it should be.
func TestTrailsAreJudged(t *testing.T) {
	t.Parallel()
	talk := func(h *hold.Hold) { h.NotBefore, h.TalkAt = at(10), at(2) }
	wait := func(h *hold.Hold) { h.NotBefore = at(10) }
	const app, aloud = interview.ViaCustomer, interview.ViaAgent
	tests := map[string]struct {
		hold         hold.Hold
		trail        trail
		answers      []answerRow
		early, falls int
	}{
		"answered, and paid": {released(plain), trail{answered(2, interview.None, app)}, []answerRow{said(3, hold.Push, hold.Approve)},
			0, 0},
		"a channel that asks nothing": {released(plain), nil, []answerRow{said(3, hold.SMS, hold.Approve)}, 0, 0},
		"refused without a word":      {released(plain), nil, []answerRow{said(3, hold.Push, hold.Deny)}, 0, 0},
		"paid without a word":         {released(plain), nil, []answerRow{said(3, hold.Push, hold.Approve)}, 1, 0},
		"the answers came after": {released(plain), trail{answered(4, interview.None, app)}, []answerRow{said(3, hold.Push, hold.Approve)},
			1, 0},
		"the app's answers for the call's": {released(plain), trail{answered(2, interview.None, app)},
			[]answerRow{said(3, hold.Callback, hold.Approve)}, 1, 0},
		"warned, and read it": {released(plain), trail{answered(2, interview.Warn, app), chose(8, interview.WentOn)},
			[]answerRow{said(9, hold.Push, hold.Approve)}, 0, 0},
		"warned, and not read it": {released(plain), trail{answered(2, interview.Warn, app), chose(4, interview.WentOn)},
			[]answerRow{said(9, hold.Push, hold.Approve)}, 1, 0},
		"warned, and stopped": {released(plain), trail{answered(2, interview.Warn, app), chose(8, interview.Stopped)},
			[]answerRow{said(9, hold.Push, hold.Approve)}, 1, 0},
		"waited": {released(wait), trail{answered(2, interview.Wait, app), waits(2, 10, interview.Wait), chose(8, interview.WentOn)},
			[]answerRow{said(11, hold.Push, hold.Approve)}, 0, 0},
		"did not wait": {released(wait), trail{answered(2, interview.Wait, app), waits(2, 10, interview.Wait), chose(8, interview.WentOn)},
			[]answerRow{said(9, hold.Push, hold.Approve)}, 1, 0},
		"two people ended the wait": {released(func(h *hold.Hold) { h.NotBefore = at(5) }),
			trail{answered(2, interview.Wait, aloud), waits(2, 10, interview.Wait), {kind: "wait.ended", at: at(5)}},
			[]answerRow{said(6, hold.Callback, hold.Approve)}, 0, 0},
		"a wait that is not on record": {released(plain), trail{waits(2, 10, interview.Wait)}, nil, 0, 1},
		"a wait made shorter":          {released(wait), trail{waits(2, 10, interview.Wait), waits(3, 8, interview.Wait)}, nil, 0, 1},
		"talked to": {released(talk), trail{answered(2, interview.Talk, app), waits(2, 10, interview.Talk), answered(11, interview.None, aloud)},
			[]answerRow{said(12, hold.Callback, hold.Approve)}, 0, 0},
		"a talk that is forgotten": {released(wait), trail{waits(2, 10, interview.Talk), answered(11, interview.None, aloud)},
			[]answerRow{said(12, hold.Callback, hold.Approve)}, 0, 1},
		"a talk, and released in the app": {released(talk), trail{answered(2, interview.Talk, app), waits(2, 10, interview.Talk),
			chose(8, interview.WentOn)}, []answerRow{said(12, hold.Push, hold.Approve)}, 0, 1},
		"told, and released in the app": {released(talk), trail{answered(2, interview.Warn, app), chose(8, interview.Told),
			chose(14, interview.WentOn)}, []answerRow{said(15, hold.Push, hold.Approve)}, 0, 1},
	}
	for name, x := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var early, falls Check
			x.trail.counts(x.hold, x.answers, &early)
			x.trail.tightens(x.hold, x.answers, &falls)
			if len(early.Broken) != x.early || len(falls.Broken) != x.falls {
				t.Errorf("too early: %q, want %d; milder: %q, want %d", early.Broken, x.early, falls.Broken, x.falls)
			}
		})
	}
}

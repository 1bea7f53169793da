package hold

import (
	"testing"
	"time"
)

// The wait holds every approval up, and no refusal.
func TestWalkWaits(t *testing.T) {
	t.Parallel()
	const now, later = Instant(1_000_000), Instant(9_000_000)
	end := later.Add(100 * time.Hour)
	call := func() Rung {
		return Rung{Name: "call", Asks: []Ask{{Channel: Callback}}, Approved: EdgeRelease, Refused: EdgeReverse, Unanswered: EdgeNext,
			Undeliverable: EdgeNext}
	}
	facts := func(change func(*Facts)) Facts {
		f := Facts{Ladder: Ladder{Rungs: []Rung{call()}, Exhausted: ExhaustedReverse}, Deadline: end, NotBefore: later, AskAnew: true,
			Rung: 0, RungEnds: now.Add(time.Hour)}
		change(&f)
		return f
	}
	yes := []Asked{{Channel: Callback, Status: Answered, Answer: Approve}}
	for name, c := range map[string]struct {
		facts Facts
		at    Instant
		want  Step
	}{
		"approved meanwhile":            {facts(func(f *Facts) { f.Asked = yes }), now, Step{Do: DoWait, Until: later}},
		"approved meanwhile, suspected": {facts(func(f *Facts) { f.Asked, f.Suspected = yes, true }), now, Step{Do: DoWait, Until: end}},
		"refused meanwhile": {facts(func(f *Facts) { f.Asked = []Asked{{Channel: Push, Answer: Deny}} }), now,
			decide(Reverse, ReasonRefused)},
		"not me meanwhile": {facts(func(f *Facts) { f.Asked = []Asked{{Channel: Push, Answer: NotMe}} }), now,
			decide(Reverse, ReasonNotMe)},
		"half of it over":       {facts(func(f *Facts) { f.NoticeAt = now }), now, Step{Do: DoNotice}},
		"until its half":        {facts(func(f *Facts) { f.NoticeAt = now + 1 }), now, Step{Do: DoWait, Until: now + 1}},
		"over":                  {facts(func(*Facts) {}), later, Step{Do: DoAnew}},
		"over, approved before": {facts(func(f *Facts) { f.Asked = yes }), later, Step{Do: DoAnew}},
		"over, and frozen": {facts(func(f *Facts) { f.Frozen, f.Asked = true, []Asked{{Channel: Callback, Status: Open}} }), later,
			Step{Do: DoWait, Until: now.Add(time.Hour)}},
		"over, and asked anew":        {facts(func(f *Facts) { f.AskAnew, f.Rung = false, NoRung }), later, Step{Do: DoOpen, Rung: 0}},
		"the deadline before its end": {facts(func(f *Facts) { f.Deadline = now }), now, decide(Reverse, ReasonDeadline)},
		"talk, and no call in a ladder": {facts(func(f *Facts) {
			f.Ladder.Rungs[0].Asks[0].Channel, f.Talk, f.AskAnew = Push, true, false
		}), later,
			Step{Do: DoWait, Until: end}},
		"two people release on the bank": {facts(func(f *Facts) { f.Overridden = true }), now, decide(Release, ReasonOverride)},
	} {
		if got := Walk(c.facts, c.at); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Who is called, or looked at by a second person, as a verdict on the payee is lifted is
// asked anew after that, and only where something else than a call could release.
func TestWalkAsksAnewOnceNobodyIsAtIt(t *testing.T) {
	t.Parallel()
	const now = Instant(1_000_000)
	busy, ends := now.Add(time.Minute), now.Add(time.Hour)
	app := Rung{Name: "app", Asks: []Ask{{Channel: Push}}, Approved: EdgeRelease, Refused: EdgeReverse, Unanswered: EdgeNext,
		Undeliverable: EdgeNext}
	call := app
	call.Name, call.Asks = "call", []Ask{{Channel: Callback}}
	facts := func(change func(*Facts)) Facts {
		f := Facts{Ladder: Ladder{Rungs: []Rung{app, call}, Exhausted: ExhaustedReverse}, Deadline: now.Add(9 * time.Hour), AskAnew: true,
			Rung: 1, RungEnds: ends, Asked: []Asked{{Rung: 1, Channel: Callback, Status: Open}}}
		change(&f)
		return f
	}
	for name, c := range map[string]struct {
		facts Facts
		want  Step
	}{
		"nobody is at it":   {facts(func(*Facts) {}), Step{Do: DoAnew}},
		"somebody is at it": {facts(func(f *Facts) { f.Busy = busy }), Step{Do: DoWait, Until: busy}},
		"the call failed":   {facts(func(f *Facts) { f.Asked[0].Status = Expired }), Step{Do: DoAnew}},
		"the call approved": {facts(func(f *Facts) { f.Asked[0].Status, f.Asked[0].Answer = Answered, Approve }),
			decide(Release, ReasonApproved)},
		"the call refused": {facts(func(f *Facts) { f.Asked[0].Status, f.Asked[0].Answer = Answered, Deny }), decide(Reverse, ReasonRefused)},
		"suspected":        {facts(func(f *Facts) { f.Suspected = true }), Step{Do: DoWait, Until: ends}},
		"a scam":           {facts(func(f *Facts) { f.Scam = true }), Step{Do: DoWait, Until: ends}},
		"only a call":      {facts(func(f *Facts) { f.Talk = true }), Step{Do: DoWait, Until: ends}},
	} {
		if got := Walk(c.facts, now); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// A call that opens in the wait has its time after it: its rung does not end before an
// approval could count.
func TestCallOutlastsTheWait(t *testing.T) {
	t.Parallel()
	const opened = Instant(1_000_000)
	end := opened.Add(12 * time.Hour)
	s := Standing{Hold: Hold{Status: Held, Revision: 1, Deadline: opened.Add(24 * time.Hour), Rung: 0, RungOpenedAt: opened,
		RungEndsAt: opened.Add(2 * time.Hour), SuspectedAt: opened, Talk: Talk{NotBefore: end},
		Terms: Terms{Ladder: Ladder{Rungs: []Rung{{Name: "call", Asks: []Ask{{Channel: Callback}}, Timeout: Duration(2 * time.Hour),
			Approved: EdgeRelease, Refused: EdgeReverse, Unanswered: EdgeReverse, Undeliverable: EdgeReverse}}}}},
		Challenges: []Challenge{{Channel: Callback, Revision: 1, Status: Open}}, Now: opened.Add(3 * time.Hour)}
	if got, want := s.Walk(), (Step{Do: DoWait, Until: end.Add(2 * time.Hour)}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	s.Now = end.Add(2 * time.Hour)
	if got, want := s.Walk(), decide(Reverse, ReasonUnanswered); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

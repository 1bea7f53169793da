package interview_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/interview"

	"pgregory.net/rapid"
)

// anyScenario draws one: whatever a policy could say, also what it would be refused for.
func anyScenario(t *rapid.T) interview.Scenario {
	levels := rapid.SampledFrom(interview.Levels)
	s := interview.Scenario{Contradiction: levels.Draw(t, "contradiction"), DeviceWarning: "device"}
	for i := range rapid.IntRange(1, 6).Draw(t, "questions") {
		q := interview.Question{Code: fmt.Sprint("q", i)}
		for j := range rapid.IntRange(2, 5).Draw(t, "options") {
			q.Options = append(q.Options, interview.Option{Code: fmt.Sprint("a", j), Then: levels.Draw(t, "then"), Warning: fmt.Sprint("w", i, j),
				Contradicts: rapid.SliceOfNDistinct(rapid.SampledFrom(hold.SignalNames), 0, 2, rapid.ID).Draw(t, "contradicts")})
		}
		s.Questions = append(s.Questions, q)
	}
	return s
}

func anySignals(t *rapid.T) hold.Signals {
	sign := rapid.SampledFrom([]hold.Sign{"", hold.Yes, hold.No, hold.Unknown})
	return hold.Signals{OnCall: sign.Draw(t, "on_call"), ScreenShared: sign.Draw(t, "screen_shared"), RemoteTool: sign.Draw(t, "remote_tool"),
		Overlay: sign.Draw(t, "overlay"), Integrity: rapid.SampledFrom([]hold.Integrity{"", hold.IntegrityNone, hold.IntegrityBasic,
			hold.IntegrityStrong, hold.IntegrityFailed}).Draw(t, "integrity")}
}

func anyAnswers(t *rapid.T, s interview.Scenario) (said []interview.Said) {
	for _, q := range s.Questions {
		said = append(said, interview.Said{Question: q.Code, Answer: rapid.SampledFrom(q.Options).Draw(t, "answer").Code})
	}
	return said
}

// worse makes signals or one answer stricter.
func worse(t *rapid.T, s interview.Scenario, said []interview.Said, sig hold.Signals) ([]interview.Said, hold.Signals) {
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		sig.OnCall = hold.Yes
	case 1:
		sig.ScreenShared = hold.Yes
	case 2:
		sig.RemoteTool = hold.Yes
	case 3:
		sig.Overlay = hold.Yes
	case 4:
		sig.Integrity = hold.IntegrityFailed
	default:
		i := rapid.IntRange(0, len(said)-1).Draw(t, "question")
		before, _ := s.Questions[i].Option(said[i].Answer)
		for _, o := range s.Questions[i].Options {
			if o.Then != before.Then && o.Then.AtLeast(before.Then) {
				said = slices.Clone(said)
				said[i].Answer = o.Code
				break
			}
		}
	}
	return said, sig
}

// No stricter answer, and nothing more that a device says, ever makes a ruling milder,
// whatever the scenario.
func TestRaisingIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario(t)
		said, sig := anyAnswers(t, s), anySignals(t)
		before, err := s.Rule(said, sig)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			said, sig = worse(t, s, said, sig)
			after, err := s.Rule(said, sig)
			if err != nil || !after.Level.AtLeast(before.Level) {
				t.Fatalf("%s became %s (%v)", before.Level, after.Level, err)
			}
			before = after
		}
	})
}

// Each ruling above none has a warning: nobody is held up without being told why.
func TestEveryRulingHasItsWarning(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario(t)
		r, err := s.Rule(anyAnswers(t, s), anySignals(t))
		if err != nil || !slices.Contains(interview.Levels, r.Level) || (r.Level == interview.None) != (r.Warning == "") {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

// Whatever is answered, and be it nonsense: a hold that is not released without an
// interview is not released with one.
func TestNoAnswersRelease(t *testing.T) {
	t.Parallel()
	const now = hold.Instant(1_700_000_000_000_000)
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario(t)
		s.Wait = time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "wait"))
		said := anyAnswers(t, s)
		if rapid.Bool().Draw(t, "nonsense") {
			text := rapid.StringMatching(`[a-z0-9_]{0,8}`)
			said = append(said[:rapid.IntRange(0, len(said)).Draw(t, "cut")], interview.Said{Question: text.Draw(t, "q"), Answer: text.Draw(t, "a")})
		}
		without := anyFacts(t, now)
		with := without
		with.Asked = slices.Clone(without.Asked)
		if r, err := s.Rule(said, anySignals(t)); err == nil {
			with = follow(with, r, interview.Until(s.Wait, now, without.Deadline))
		}
		if a, b := hold.Walk(without, now), hold.Walk(with, now); b.Outcome == hold.Release && a.Outcome != hold.Release {
			t.Fatalf("%+v releases what %+v would not", with, without)
		}
	})
}

// anyFacts draws what is on record of a hold with a push, and a call after it.
func anyFacts(t *rapid.T, now hold.Instant) hold.Facts {
	ladder := hold.Ladder{Name: "large", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{
		{Name: "push", Asks: []hold.Ask{{Channel: hold.Push, Interview: "test"}}, Quorum: hold.Any, Approved: hold.EdgeRelease,
			Refused: "call", Unanswered: hold.EdgeNext, Undeliverable: hold.EdgeNext},
		{Name: "call", Asks: []hold.Ask{{Channel: hold.Callback, Interview: "test"}}, Quorum: hold.Any, Approved: hold.EdgeRelease,
			Refused: hold.EdgeReverse, Unanswered: hold.EdgeNext, Undeliverable: hold.EdgeNext},
	}}
	f := hold.Facts{Ladder: ladder, Rung: rapid.IntRange(0, 1).Draw(t, "rung"), RungEnds: now.Add(time.Hour),
		Scam: rapid.Bool().Draw(t, "scam"), Frozen: rapid.Bool().Draw(t, "frozen"), Overridden: rapid.Bool().Draw(t, "overridden"),
		Deadline: now.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(72*time.Hour)).Draw(t, "deadline")))}
	for i, c := range []hold.Channel{hold.Push, hold.Callback}[:f.Rung+1] {
		a := rapid.SampledFrom([]hold.Answer{"", hold.Approve, hold.Deny, hold.NotMe}).Draw(t, "answer")
		asked := hold.Asked{Rung: i, Channel: c, Status: hold.Answered, Answer: a, Void: rapid.Bool().Draw(t, "void")}
		if a == "" {
			asked.Status = hold.Open
		}
		f.Asked = append(f.Asked, asked)
	}
	return f
}

// follow is what a ruling does to a hold, as the record has it.
func follow(f hold.Facts, r interview.Ruling, until hold.Instant) hold.Facts {
	if !r.Level.AtLeast(interview.Wait) {
		return f
	}
	f.NotBefore, f.AskAnew = until, until != 0
	f.Talk = until == 0 || r.Level.AtLeast(interview.Talk)
	f.Suspected = r.Level.AtLeast(interview.Stop)
	for i := range f.Asked {
		f.Asked[i].Void = true
	}
	return f
}

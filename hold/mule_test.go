package hold

import (
	"testing"
	"time"
)

// What two people say of a payee bears on a payment whether their verdict was brought to
// it or is in force alone: nothing but a call releases it, not the bank's own word, and a
// call as ever.
func TestMuleIsReleasedByACallOnly(t *testing.T) {
	t.Parallel()
	const now = Instant(1_000_000_000_000_000)
	app, call := Rung{Name: "app", Asks: []Ask{{Channel: Push}}, Approved: EdgeRelease, Refused: EdgeReverse, Unanswered: EdgeNext,
		Undeliverable: EdgeNext, Timeout: Duration(time.Hour)}, Rung{}
	call = app
	call.Name, call.Asks = "call", []Ask{{Channel: Callback}}
	of := func(rung int, c Channel, a Answer, void Instant) Challenge {
		return Challenge{Rung: rung, Revision: 1, Channel: c, Status: Answered, Answer: a, VoidAt: void}
	}
	marked := func(s *Standing) { s.VerdictID = "vrd_1" }
	inForce := func(s *Standing) { s.MuleVerdict = "vrd_1" }
	for _, c := range []struct {
		name   string
		change func(*Standing)
		rung   int
		asked  []Challenge
		over   string
		want   Step
	}{
		{"nothing is said", func(*Standing) {}, NoRung, nil, "", Step{Do: DoOpen, Rung: 0}},
		{"marked: asked by call", marked, NoRung, nil, "", Step{Do: DoOpen, Rung: 1}},
		{"in force: asked by call", inForce, NoRung, nil, "", Step{Do: DoOpen, Rung: 1}},
		{"nothing is said, approved by push", func(*Standing) {}, 0, []Challenge{of(0, Push, Approve, 0)}, "",
			Step{Do: DoDecide, Outcome: Release, Reason: ReasonApproved}},
		{"marked, approved by push", marked, 0, []Challenge{of(0, Push, Approve, 0)}, "", Step{Do: DoOpen, Rung: 1}},
		{"in force, approved by push", inForce, 0, []Challenge{of(0, Push, Approve, 0)}, "", Step{Do: DoOpen, Rung: 1}},
		{"marked, approved by call", marked, 1, []Challenge{of(1, Callback, Approve, 0)}, "",
			Step{Do: DoDecide, Outcome: Release, Reason: ReasonApproved}},
		{"marked, approved by call before", marked, 1, []Challenge{of(1, Callback, Approve, now)}, "",
			Step{Do: DoWait, Until: now.Add(24 * time.Hour)}},
		{"marked, refused by call", marked, 1, []Challenge{of(1, Callback, Deny, 0)}, "",
			Step{Do: DoDecide, Outcome: Reverse, Reason: ReasonRefused}},
		{"nothing is said, the bank's word", func(*Standing) {}, 0, nil, "agent:sam",
			Step{Do: DoDecide, Outcome: Release, Reason: ReasonOverride}},
		{"marked, the bank's word", marked, NoRung, nil, "agent:sam", Step{Do: DoOpen, Rung: 1}},
		{"in force, the bank's word", inForce, NoRung, nil, "agent:sam", Step{Do: DoOpen, Rung: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := Standing{Hold: Hold{Terms: Terms{Ladder: Ladder{Exhausted: ExhaustedWait, Rungs: []Rung{app, call}}}, Status: Held, Revision: 1,
				Rung: c.rung, RungEndsAt: now.Add(time.Hour), Deadline: now.Add(24 * time.Hour)}, Now: now, Challenges: c.asked, Overridden: c.over}
			c.change(&s)
			if got := s.Walk(); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			if s.Mule() && !s.Doubted() {
				t.Error("nothing speaks against it")
			}
		})
	}
}

// However urgent the policy makes a call about a mule, customers who turn to us come first.
func TestPriorityOfAMule(t *testing.T) {
	t.Parallel()
	s := Standing{Hold: Hold{Request: Request{Risk: Risk{Score: 1000}}}}
	if got := s.Priority(Ask{Priority: 9}); got <= PriorityFreeze {
		t.Errorf("without a verdict %d", got)
	}
	for _, priority := range []int{0, 1, 9} {
		before := s.Priority(Ask{Priority: priority})
		marked := s
		marked.VerdictID = "vrd_1"
		if got, want := marked.Priority(Ask{Priority: priority}), min(before, PriorityInbound-1); got != want || got >= PriorityFreeze {
			t.Errorf("of %d: %d, want %d", priority, got, want)
		}
	}
}

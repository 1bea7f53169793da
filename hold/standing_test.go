package hold

import (
	"testing"
	"time"
)

// A suspicion of a hold lasts as long as the hold does; that of the customer
// ends by itself, for their other holds.
func TestHowLongASuspicionLasts(t *testing.T) {
	t.Parallel()
	const begun = Instant(1_000_000_000_000_000)
	later := begun.Add(100 * time.Hour)
	ladder := Ladder{Name: "app", Exhausted: ExhaustedWait, Rungs: []Rung{{Name: "app",
		Asks: []Ask{{Channel: Push}}, Approved: EdgeRelease, Refused: EdgeReverse, Unanswered: EdgeNext, Undeliverable: EdgeNext}}}
	for _, c := range []struct {
		name         string
		hold         Instant // suspected at
		customer     Instant // suspected until
		asked        Do
		releasedByIt bool
	}{
		{"nobody suspects anything", 0, 0, DoOpen, true},
		{"the customer, for now", 0, later.Add(time.Hour), DoWait, false},
		{"the customer, no longer", 0, later, DoOpen, true},
		{"the hold, long ago", begun, begun.Add(72 * time.Hour), DoWait, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := Standing{Hold: Hold{Terms: Terms{Ladder: ladder}, Status: Held, Revision: 2, Rung: NoRung, Deadline: later.Add(24 * time.Hour),
				SuspectedAt: c.hold}, Customer: Customer{SuspectedUntil: c.customer}, Now: later}
			if got := s.Walk().Do; got != c.asked {
				t.Errorf("a push: %s, want %s", got, c.asked)
			}
			s.Rung = 0
			s.Challenges = []Challenge{{Rung: 0, Revision: 2, Channel: Push, Status: Answered, Answer: Approve}}
			if step := s.Walk(); (step.Outcome == Release) != c.releasedByIt {
				t.Errorf("approved by push: %+v", step)
			}
		})
	}
}

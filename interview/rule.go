package interview

import (
	"cmp"
	"errors"
	"slices"

	"holdfast/hold"
)

// What is wrong with answers. None of them says what was answered.
var (
	ErrIncomplete = errors.New("interview: a question has no answer")
	ErrOrder      = errors.New("interview: the answers are not to the scenario's questions, in their order")
	ErrAnswer     = errors.New("interview: a question has no such answer")
)

// Rule judges a complete set of answers against what the device says of itself. The
// level is that of the strictest answer; the finding is that answer's, the first's of
// equals. An error is ErrOrder, ErrIncomplete or ErrAnswer, and nothing is ruled.
//
// An answer that denies what the device says raises to Contradiction at least, and
// so does every stricter answer to that question: who admits it has it no easier than
// who denies it. No stricter answer and no signal more makes a ruling milder.
func (s Scenario) Rule(said []Said, sig hold.Signals) (Ruling, error) {
	chosen, err := s.chosen(said)
	if err != nil {
		return Ruling{}, err
	}
	r := Ruling{Level: None}
	for i, o := range chosen {
		if o.denies(sig) {
			r.Contradicted = append(r.Contradicted, s.Questions[i].Code)
		}
		r.raise(s.level(s.Questions[i], o, sig), o.Warning)
	}
	if bad(sig) {
		r.raise(Warn, s.DeviceWarning)
	}
	return r, nil
}

// chosen are the options by the questions' order.
func (s Scenario) chosen(said []Said) ([]Option, error) {
	var chosen []Option
	for i, a := range said {
		if i >= len(s.Questions) || s.Questions[i].Code != a.Question {
			return nil, ErrOrder
		}
		o, ok := s.Questions[i].Option(a.Answer)
		if !ok {
			return nil, ErrAnswer
		}
		chosen = append(chosen, o)
	}
	if len(chosen) < len(s.Questions) {
		return nil, ErrIncomplete
	}
	return chosen, nil
}

// level is what an option comes to, and what a milder one to the same question would.
func (s Scenario) level(q Question, o Option, sig hold.Signals) Level {
	l := o.Then
	for _, other := range q.Options {
		if other.denies(sig) && (other.Code == o.Code || !other.Then.AtLeast(o.Then)) {
			l = l.Max(cmp.Or(s.Contradiction, Talk))
		}
	}
	return l
}

// denies tells whether the device says yes to what the option says no to.
func (o Option) denies(sig hold.Signals) bool {
	return slices.ContainsFunc(o.Contradicts, func(name string) bool { return sig.Of(name) == hold.Yes })
}

// bad tells whether a signal is one by itself. A call is none: people make them.
func bad(sig hold.Signals) bool {
	return sig.RemoteTool == hold.Yes || sig.Overlay == hold.Yes || sig.ScreenShared == hold.Yes || sig.Integrity == hold.IntegrityFailed
}

func (r *Ruling) raise(to Level, finding string) {
	if !r.Level.AtLeast(to) {
		r.Level, r.Warning = to, finding
	}
}

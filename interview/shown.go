package interview

import "holdfast/hold"

// Shown is what somebody is shown of an interview before any way to pay.
type Shown struct {
	State     State   `json:"state"`
	Questions []Asked `json:"questions,omitempty"` // while they are open
	Said      []Words `json:"said,omitempty"`      // once they are answered
	Warning   *ToRead `json:"warning,omitempty"`   // while it is to be read
}

// State says what comes next.
type State string

const (
	StateOpen    State = "open"    // the questions
	StateWarning State = "warning" // the warning
	StatePassed  State = "passed"  // the payment
)

// Asked is one question with its answers.
type Asked struct {
	Code    string    `json:"code"`
	Text    string    `json:"text"`
	Answers []Offered `json:"answers"`
}

// Offered is one answer that can be given.
type Offered struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// ToRead is what is to be read before anybody goes on.
type ToRead struct {
	Text    string      `json:"text"`
	Seconds int         `json:"seconds"`
	Digest  hold.Digest `json:"digest"` // of Text
	Locale  string      `json:"locale"`
}

// Ask shows the questions.
func (s Scenario) Ask(locale string) *Shown {
	out := &Shown{State: StateOpen}
	for _, q := range s.Questions {
		asked := Asked{Code: q.Code, Text: q.Text.In(locale)}
		for _, o := range q.Options {
			asked.Answers = append(asked.Answers, Offered{o.Code, o.Text.In(locale)})
		}
		out.Questions = append(out.Questions, asked)
	}
	return out
}

// Recall shows answers that were given, and the warning of that code; empty: none is to
// be read.
func (s Scenario) Recall(said []Said, unread, locale string) *Shown {
	out := &Shown{State: StatePassed, Said: s.Words(said, locale)}
	if w, ok := s.Warning(unread); ok {
		out.State = StateWarning
		out.Warning = &ToRead{Text: w.Text.In(locale), Seconds: w.Seconds, Digest: w.Digest(locale), Locale: locale}
	}
	return out
}

// Package interview is what a customer is asked before they may pay when they may
// be acting for a fraudster: questions with closed answers, what follows from the
// answers and from what the device says of itself, the warning and the wait. It
// is pure: no clock, no database, no network. Nothing in it releases anything; its
// rulings make a hold slower, stricter, or stopped.
package interview

import (
	"slices"
	"strings"
	"time"

	"holdfast/hold"
)

// Level is what an interview comes to. Each does all that those before it do.
type Level string

const (
	None Level = "none"
	Warn Level = "warn" // a warning is shown, and has to be read
	Wait Level = "wait" // and no approval counts before a time
	Talk Level = "talk" // and then only a call releases
	Stop Level = "stop" // the hold is suspected: a supervisor decides
)

// Levels lists every Level, the mildest first.
var Levels = []Level{None, Warn, Wait, Talk, Stop}

// AtLeast tells whether l is m or stricter.
func (l Level) AtLeast(m Level) bool { return slices.Index(Levels, l) >= slices.Index(Levels, m) }

// Max is the stricter of two.
func (l Level) Max(m Level) Level {
	if m.AtLeast(l) {
		return m
	}
	return l
}

// Choice is what the customer did when they had read the warning.
type Choice string

const (
	WentOn  Choice = "went_on" // and go on to pay
	Told    Choice = "told"    // somebody told them to say what they said
	Stopped Choice = "stopped" // and do not pay; their refusal is an answer of its own
)

// What a warning may be: one idea, read in a few seconds.
const (
	MaxWords      = 40  // fewer, of a language that writes its words apart
	MaxCharacters = 100 // at most, of Chinese
	MinSeconds    = 5   // on screen
	MaxSeconds    = 20
)

// Text is one sentence in the locales that Holdfast speaks.
type Text struct {
	En     string `json:"en"`
	ZhHans string `json:"zh-Hans,omitempty"`
}

// In is the text in a BCP 47 locale: Chinese where there is one, else English.
func (t Text) In(locale string) string {
	if t.ZhHans != "" && (locale == "zh" || strings.HasPrefix(locale, "zh-")) {
		return t.ZhHans
	}
	return t.En
}

// Scenario is one kind of scam: what is asked, and what follows.
type Scenario struct {
	Code      string
	Questions []Question // the two that everybody is asked first
	Warnings  []Warning
	Wait      time.Duration
	// Contradiction is what an answer that a signal contradicts raises to. Empty: Talk.
	Contradiction Level
	// DeviceWarning is the finding where only the device says what is bad.
	DeviceWarning string
}

// Question has closed answers. It names no scam.
type Question struct {
	Code    string
	Text    Text
	Options []Option
}

// Option is one answer.
type Option struct {
	Code    string
	Text    Text
	Then    Level
	Warning string // the finding: a warning's code; empty where nothing follows
	// Contradicts are signals, by hold.SignalNames, that the answer denies.
	Contradicts []string
}

// Warning says one idea: what will happen, and what the bank never does.
type Warning struct {
	Code    string
	Text    Text // see MaxWords
	Seconds int  // on screen before the customer may go on, MinSeconds to MaxSeconds
}

// Said is one answer, by codes.
type Said = hold.Said

// Ruling is what an interview comes to.
type Ruling struct {
	Level        Level
	Warning      string   // the finding; empty for None
	Contradicted []string // questions whose answers a signal contradicts
}

// Digest is of what a warning showed: its text in one language.
func (w Warning) Digest(locale string) hold.Digest { return hold.DigestOf([]byte(w.Text.In(locale))) }

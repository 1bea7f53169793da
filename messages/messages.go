// Package messages puts together what a customer reads outside the web pages, in each
// locale of package locales, and makes other people's text safe to show.
package messages

import (
	"unicode/utf8"

	"holdfast/hold"
	"holdfast/locales"
)

var (
	stopped = Text("messages.stopped")
	tooLate = Text("messages.tooLate")
)

// Reported tells a customer who says that a payment is not theirs what became of
// it, and what follows.
func Reported(d hold.Decision, line Line, locale string) string {
	if d.Outcome == hold.Release {
		return joined(tooLate.In(locale), Protected(line, locale))
	}
	return joined(stopped.In(locale), Protected(line, locale))
}

// Text is one sentence, by its key in the files of locales.
type Text string

// In gives the sentence in a BCP 47 locale, or in the nearest that is spoken.
func (t Text) In(locale string) string { return locales.Say(locale, string(t)) }

// joined puts one sentence after another. Chinese has no blank between them.
func joined(a, b string) string {
	if last, _ := utf8.DecodeLastRuneInString(a); last >= '\u3000' {
		return a + b
	}
	return a + " " + b
}

var outcomes = map[hold.Reason]Text{
	hold.ReasonApproved:      "messages.outcomes.approved",
	hold.ReasonRefused:       "messages.outcomes.refused",
	hold.ReasonNotMe:         "messages.outcomes.notMe",
	hold.ReasonDeadline:      "messages.outcomes.deadline",
	hold.ReasonUnanswered:    "messages.outcomes.unanswered",
	hold.ReasonUndeliverable: "messages.outcomes.undeliverable",
	hold.ReasonExhausted:     "messages.outcomes.exhausted",
	hold.ReasonOverride:      "messages.outcomes.override",
	hold.ReasonLocked:        "messages.outcomes.locked",
}

var released = Text("messages.released")
var reversed = Text("messages.reversed")

// Outcome tells the customer what was decided and what to do next.
func Outcome(d hold.Decision, locale string) string {
	if t, ok := outcomes[d.Reason]; ok && (d.Outcome == hold.Release) == (d.Reason == hold.ReasonApproved) {
		return t.In(locale)
	}
	if d.Outcome == hold.Release {
		return released.In(locale)
	}
	return reversed.In(locale)
}

var notices = map[string]Text{
	"device.enrolled":   "messages.notices.device.enrolled",
	"device.revoked":    "messages.notices.device.revoked",
	"customer.frozen":   "messages.notices.customer.frozen",
	"customer.unfrozen": "messages.notices.customer.unfrozen",
	"customer.put":      "messages.notices.customer.put",
	"number.opted_out":  "messages.notices.number.opted_out",
	"number.opted_in":   "messages.notices.number.opted_in",
	"counters.reset":    "messages.notices.counters.reset",
	"session.created":   "messages.notices.session.created",
	"contact.named":     "messages.notices.contact.named",
	"contact.changed":   "messages.notices.contact.changed",
	"contact.accepted":  "messages.notices.contact.accepted",
	"contact.declined":  "messages.notices.contact.declined",
	"contact.removed":   "messages.notices.contact.removed",
	"customer.stopped":  "messages.notices.customer.stopped",
	"customer.reopened": "messages.notices.customer.reopened",
	"reply.freeze":      "messages.notices.reply.freeze",
	"lock.tightened":    "messages.notices.lock.tightened",
	"lock.loosened":     "messages.notices.lock.loosened",
	"lock.stopped":      "messages.notices.lock.stopped",
	"contact.leaving":   "messages.notices.contact.leaving",
	"contact.kept":      "messages.notices.contact.kept",
}

// Notice tells the customer of a change to their account. It is empty for
// kinds that are not told.
func Notice(kind, locale string) string { return notices[kind].In(locale) }

var cannot = map[hold.Refusal]Text{
	hold.DeviceOfOrigin: "messages.cannot.deviceOfOrigin",
	hold.DeviceTooYoung: "messages.cannot.deviceTooYoung",
	hold.DeviceRevoked:  "messages.cannot.deviceRevoked",
	hold.DeviceUnknown:  "messages.cannot.deviceUnknown",
}

// CannotApprove tells the customer why this device may not approve.
func CannotApprove(why hold.Refusal, locale string) string { return cannot[why].In(locale) }

var callbackOnly = Text("messages.callbackOnly")

var payeeMule = Text("console.payeeMule")

// PayeeMule tells an agent why a payment takes a call, and two people.
func PayeeMule(locale string) string { return payeeMule.In(locale) }

// CallbackOnly tells the customer that approving here does not release.
func CallbackOnly(locale string) string { return callbackOnly.In(locale) }

var waits = Text("messages.waits")

// Waits tells the customer what a wait means.
func Waits(locale string) string { return waits.In(locale) }

var (
	protected = Text("messages.protected")
	hangUp    = Text("messages.hangUp")
	endOthers = Text("messages.endOthers")
	stayOn    = Text("messages.stayOn")
)

var allStopped = Text("messages.allStopped")

// Stopped tells a customer who has stopped everything what follows.
func Stopped(line Line, locale string) string {
	return joined(allStopped.In(locale), line.next().In(locale))
}

// Line is what the bank has to do with a customer's telephone now.
type Line int

// A call that is on its way is the bank's, and somebody else may be on the line
// before it: what is said then must hold of both.
const (
	NoCall     Line = iota
	BankCalls       // placed, ringing or talking; nobody has proved anything yet
	BankOnLine      // checked, by the digits that the customer read out
)

// next is what a customer is to do first. Nobody is told to hang up on their bank.
func (l Line) next() Text {
	switch l {
	case BankCalls:
		return endOthers
	case BankOnLine:
		return stayOn
	}
	return hangUp
}

// Protected tells a customer who has called for help what follows.
func Protected(line Line, locale string) string {
	return joined(protected.In(locale), line.next().In(locale))
}

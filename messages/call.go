package messages

import "strings"

var (
	calling    = Text("messages.calling")
	onTheLine  = Text("messages.onTheLine")
	notCalling = Text("messages.notCalling")
)

// Calling is what the app says while the bank calls, and once the number that the
// customer read out was right.
func Calling(checked bool, locale string) string {
	if checked {
		return onTheLine.In(locale)
	}
	return calling.In(locale)
}

// NotCalling is what the app says when it does not.
func NotCalling(locale string) string { return notCalling.In(locale) }

// Connecting is what an agent hears as they pick up: agents speak English.
func Connecting() string { return "Connecting you to the customer." }

// NotWanted is what an agent hears when the call has no point any more.
func NotWanted() string { return "This call is not wanted any more." }

// Plain makes a note of what an agent typed: lines of text without control and
// bidirectional characters.
func Plain(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = safe(l, maxNote)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

const maxNote = 2000

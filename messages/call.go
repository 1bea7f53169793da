package messages

import "strings"

var (
	calling = Text{"Your bank is calling. Read this number out to the caller, and nothing else. We never ask for a code, a PIN or a password.",
		"银行正在致电给您。请只向来电者读出这个数字，不要透露其他信息。我们绝不会索要验证码、PIN 码或密码。"}
	onTheLine = Text{"You are talking to your bank: the number was right. We never ask for a code, a PIN or a password.",
		"您正在与银行通话：数字已核对无误。我们绝不会索要验证码、PIN 码或密码。"}
	notCalling = Text{"We are not calling you now. If somebody on the phone says they are your bank, hang up and call the number on your " +
		"card.",
		"我们现在没有致电给您。如果有人在电话中自称是您的银行，请挂断，并拨打您银行卡上的号码。"}
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

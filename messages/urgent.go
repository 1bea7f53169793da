package messages

// What an agent says to a customer who asked for help, or said that a payment is
// not theirs. Nobody who calls is asked to confirm anything: whoever deceives
// them may be listening.
var (
	helpScript = script{
		{"Ask whether somebody is with them or on another line. If so, ask them to hang up there, and offer to call again.",
			"询问身边或其他线路上是否有人。如果有，请客户挂断对方，并提出稍后再次致电。"},
		{"Say that their account is protected: no payment that waits goes out before they have spoken with the bank.",
			"告知账户已受保护：在与银行沟通之前，任何暂缓的付款都不会放行。"},
		{"Ask what happened, in their own words. Do not ask for a code, a password or a card number.",
			"请客户用自己的话说明发生了什么。不要询问验证码、密码或卡号。"},
		{"Ask whether they installed something, gave a code away, or were told what to say to the bank.",
			"询问是否安装过软件、透露过验证码，或被教过如何应付银行。"},
		{"Release nothing on this call, whatever they ask for. Payments are asked about in calls of their own.",
			"无论客户提出什么要求，本次通话都不放行任何付款。付款会另行致电确认。"},
	}
	freezeScript = script{
		{"Say that you call because they told the bank that a payment is not theirs, and that their account is protected.",
			"说明来电原因：客户曾表示某笔付款非本人操作，账户现已受保护。"},
		{"Ask them to compare the two digits in their app with yours before they say anything else.",
			"请客户先核对应用中显示的两位数字，再继续交谈。"},
		{"Ask whether they know who could have made the payment, and whether a phone or a card is missing.",
			"询问是否知道付款可能由谁发起，以及手机或卡是否遗失。"},
		{"Ask whether somebody has called, written or been with them about it.",
			"询问是否有人就此致电、发消息或当面联系过他们。"},
		{"Say what follows: payments that wait stay held, and two people at the bank have to agree before the protection ends.",
			"说明后续：这些付款继续暂缓，解除保护需银行两名工作人员同意。"},
	}
)

type script []Text

func (s script) in(locale string) []string {
	out := make([]string, 0, len(s))
	for _, line := range s {
		out = append(out, line.In(locale))
	}
	return out
}

// UrgentScript is what an agent says to a customer who asked for help, or who is
// frozen after a payment that was not theirs.
func UrgentScript(help bool, locale string) []string {
	if help {
		return helpScript.in(locale)
	}
	return freezeScript.in(locale)
}

// Package messages has every sentence that a customer reads outside the web
// pages, by locale (en, zh-Hans), and makes other people's text safe to show.
package messages

import (
	"slices"
	"strings"

	"holdfast/hold"
)

var (
	stopped = Text{"This payment was stopped. ", "这笔付款已撤销。"}
	tooLate = Text{"This payment had been released before you told us. We have asked your bank to call the money back; nobody can promise " +
		"that this succeeds. ",
		"在您告知我们之前，这笔付款已经放行。我们已通知银行尝试追回款项，但无法保证成功。"}
)

// Reported tells a customer who says that a payment is not theirs what became of
// it, and what follows.
func Reported(d hold.Decision, line Line, locale string) string {
	if d.Outcome == hold.Release {
		return tooLate.In(locale) + Protected(line, locale)
	}
	return stopped.In(locale) + Protected(line, locale)
}

// Text is one sentence in every locale that Holdfast speaks.
type Text struct{ En, ZhHans string }

// In gives the sentence in a BCP 47 locale, English when it is not spoken.
func (t Text) In(locale string) string {
	tags := strings.Split(strings.ToLower(strings.ReplaceAll(locale, "_", "-")), "-")
	if tags[0] != "zh" {
		return t.En
	}
	for _, tag := range tags[1:] {
		switch {
		case slices.Contains([]string{"hant", "tw", "hk", "mo"}, tag):
			return t.En
		case tag == "hans", len(tag) == 1: // what follows a single letter is an extension
			return t.ZhHans
		}
	}
	return t.ZhHans
}

var outcomes = map[hold.Reason]Text{
	hold.ReasonApproved: {"You approved this payment. It is on its way.", "您已同意这笔付款，款项正在汇出。"},
	hold.ReasonRefused:  {"You refused this payment. The money stays in your account.", "您已拒绝这笔付款，钱仍在您的账户里。"},
	hold.ReasonNotMe: {"You told us that this was not you. The payment is stopped and we protect your account. Call us on the " +
		"number on your card.", "您告诉我们这不是您本人操作。付款已撤销，账户已受保护。请拨打银行卡背面的电话联系我们。"},
	hold.ReasonDeadline: {"We did not hear from you in time. The payment is stopped and the money stays in your account. Make it " +
		"again if you still want it.", "我们没有及时收到您的答复。付款已撤销，钱仍在您的账户里。如仍需付款，请重新操作。"},
	hold.ReasonUnanswered: {"We did not hear from you in time. The payment is stopped and the money stays in your account. Make it " +
		"again if you still want it.", "我们没有及时收到您的答复。付款已撤销，钱仍在您的账户里。如仍需付款，请重新操作。"},
	hold.ReasonUndeliverable: {"We could not reach you. The payment is stopped and the money stays in your account. Call us on the number " +
		"on your card.", "我们无法联系到您。付款已撤销，钱仍在您的账户里。请拨打银行卡背面的电话联系我们。"},
	hold.ReasonExhausted: {"We could not reach you. The payment is stopped and the money stays in your account. Call us on the number " +
		"on your card.", "我们无法联系到您。付款已撤销，钱仍在您的账户里。请拨打银行卡背面的电话联系我们。"},
	hold.ReasonOverride: {"Your bank stopped this payment. The money stays in your account. Call us on the number on your card.",
		"银行已撤销这笔付款，钱仍在您的账户里。请拨打银行卡背面的电话联系我们。"},
	hold.ReasonLocked: {"A lock that you set stopped this payment. The money stays in your account.", "您设置的安全锁拦下了这笔付款，钱仍在您的账户里。"},
}

var released = Text{"Your payment is on its way.", "您的款项正在汇出。"}
var reversed = Text{"The payment is stopped and the money stays in your account.", "付款已撤销，钱仍在您的账户里。"}

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
	"device.enrolled": {"A new device was added to your account. If that was not you, say so at once.", "您的账户添加了新设备。如非本人操作，请立即告知我们。"},
	"device.revoked":  {"A device was removed from your account.", "您的账户移除了一台设备。"},
	"customer.frozen": {"We protect your account: nothing is asked in the app until you have spoken to us.",
		"我们已保护您的账户：在您与我们通话之前，应用内不会再询问。"},
	"customer.stopped": {"Everything on your account was stopped. If that was not you, call the number on your card.",
		"您的账户已全部停用。如非本人操作，请拨打银行卡背面的电话。"},
	"customer.reopened": {"We know that it is you, and two people opened your account again.", "我们已核实您的身份，并经两名工作人员同意恢复了您的账户。"},
	"reply.freeze": {"A text from your number asked to stop everything. We refused what we had asked you about by text, and will call you.",
		"您的号码发来短信要求全部冻结。短信询问过的付款均已拒绝，我们会致电您。"},
	"customer.unfrozen": {"Your account works as usual again.", "您的账户已恢复正常。"},
	"customer.put":      {"Your bank updated your details.", "银行更新了您的资料。"},
	"number.opted_out":  {"You asked for no more text messages.", "您已要求不再接收短信。"},
	"number.opted_in":   {"You get text messages again.", "您将重新收到短信。"},
	"counters.reset":    {"Your bank lets you enter codes again.", "银行已允许您重新输入验证码。"},
	"session.created":   {"You signed in to the app.", "您登录了应用。"},
	"contact.named": {"Somebody was named as a person you trust. If that was not you, say so at once.",
		"您的账户添加了信任的联系人。如非本人操作，请立即告知我们。"},
	"contact.changed": {"Your bank changed what it knows of a person you trust. If that is wrong, say so at once.",
		"银行更改了您信任的联系人的资料。如有问题，请立即告知我们。"},
	"lock.tightened": {"A lock on your payments was set or made stricter. It counts now.", "您的一项付款限制已设置或收紧，即刻生效。"},
	"lock.loosened": {"A lock on your payments is to be opened later. If that was not you, stop it in your app now, or call us on the " +
		"number on your card.", "您的一项付款限制将在稍后放宽。如非本人操作，请立即在应用中取消，或拨打银行卡背面的电话。"},
	"lock.stopped":     {"A lock on your payments stays as it is: what was to open it was stopped.", "您的付款限制保持不变：放宽申请已取消。"},
	"contact.accepted": {"A person you named has agreed. They count in three days.", "您指定的联系人已同意，三天后生效。"},
	"contact.declined": {"A person you named does not want to be.", "您指定的联系人未同意。"},
	"contact.leaving": {"A person you trust will be taken off in three days. If that was not you, keep them in the app, and say so at once.",
		"您信任的一位联系人将在三天后移除。如非本人操作，请在应用内保留此人，并立即告知我们。"},
	"contact.kept": {"A person you trust stays: they are not taken off.", "您信任的一位联系人予以保留，不再移除。"},
	"contact.removed": {"A person you trust was taken off. If that was not you, say so at once.",
		"您的账户移除了一位信任的联系人。如非本人操作，请立即告知我们。"},
}

// Notice tells the customer of a change to their account. It is empty for
// kinds that are not told.
func Notice(kind, locale string) string { return notices[kind].In(locale) }

var cannot = map[hold.Refusal]Text{
	hold.DeviceOfOrigin: {"The payment came from this device. Approve it on another one; you can refuse it here.",
		"这笔付款来自本设备。请用另一台设备同意；您可以在这里拒绝。"},
	hold.DeviceTooYoung: {"This device is too new to approve. You can refuse here.", "本设备启用时间太短，不能同意付款。您可以在这里拒绝。"},
	hold.DeviceRevoked:  {"This device was removed from your account.", "本设备已从您的账户移除。"},
	hold.DeviceUnknown:  {"This device cannot answer.", "本设备不能确认付款。"},
}

// CannotApprove tells the customer why this device may not approve.
func CannotApprove(why hold.Refusal, locale string) string { return cannot[why].In(locale) }

var callbackOnly = Text{"Only a call with us can release this payment. Refuse it here if it is wrong.", "只有与我们通话后才能放行这笔付款。如有问题，您可以在这里拒绝。"}

var payeeMule = Text{"Two people of the bank say that this payee passes on money from fraud", "银行已有两人认定，该收款人转移诈骗资金"}

// PayeeMule tells an agent why a payment takes a call, and two people.
func PayeeMule(locale string) string { return payeeMule.In(locale) }

// CallbackOnly tells the customer that approving here does not release.
func CallbackOnly(locale string) string { return callbackOnly.In(locale) }

var waits = Text{"Nothing leaves your account before then. You can stop the payment at any time. Then we ask you again.",
	"在此之前，款项不会从您的账户汇出。您可以随时取消这笔付款。等待期满后，我们会再次向您确认。"}

// Waits tells the customer what a wait means.
func Waits(locale string) string { return waits.In(locale) }

var (
	protected = Text{"Your account is protected: no payment that waits is released before we have spoken with you. ",
		"您的账户已受保护：在与您通话之前，任何暂缓的付款都不会放行。"}
	hangUp = Text{"Hang up if somebody is on the line. Then call us on the number on your card.",
		"如有人正与您通话，请挂断，然后拨打银行卡背面的电话联系我们。"}
	endOthers = Text{"Your bank is calling you. It is your bank only once the app says that the two digits were right. End any other call.",
		"银行正在致电给您。只有应用显示两位数字已核对无误时，对方才是您的银行。请结束其他通话。"}
	stayOn = Text{"You are talking to your bank now: tell them what happened.", "您正在与银行通话：请告知对方发生了什么。"}
)

var allStopped = Text{"Everything is stopped: nothing that waits is released, and nothing can be approved in the app. " +
	"We open it again once we have spoken with you and know that it is you, or at a branch. ",
	"您的账户已全部停用：暂缓的付款不会放行，应用内也无法同意任何付款。我们与您通话并核实身份后才会恢复，您也可到网点办理。"}

// Stopped tells a customer who has stopped everything what follows.
func Stopped(line Line, locale string) string { return allStopped.In(locale) + line.next().In(locale) }

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
func Protected(line Line, locale string) string { return protected.In(locale) + line.next().In(locale) }

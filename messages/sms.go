package messages

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"holdfast/hold"
)

// Sender is who a text comes from.
type Sender struct {
	Bank string // as customers know it
	Host string // of the page that may fill the code in
	// Latin writes the bank's name in the letters of GSM-7, where a text has no other
	// letter that it lacks: one segment instead of two or three. The bank says so.
	Latin bool
	// Segments are the most that a text may have which does not fit otherwise; 0: none more.
	Segments int
}

// name is the bank's, as it stands in a sentence.
func (s Sender) name(sentence string) string {
	if _, gsm := Units(sentence); s.Latin && gsm {
		return Latin(s.Bank)
	}
	return s.Bank
}

// ErrTooLong means that a text does not fit, however short the payee is put.
var ErrTooLong = errors.New("the text is too long")

// The last line binds the code to the bank's page: browsers fill it in nowhere
// else (WICG, origin-bound one-time codes delivered via SMS).
var texts = map[hold.TextKind]Text{
	hold.TextChallenge: {"{bank}: {amount} to {payee}? Code {code}. Tell no one, not even us. Not right? Reply NO.\n@{host} #{code}",
		"{bank}：向{payee}付款{amount}？验证码{code}。勿告诉任何人，包括我们。有误请回复“否”。\n@{host} #{code}"},
	hold.TextReminder: {"{bank} again: {amount} to {payee}? Code {code}. Tell no one, not even us. Not right? Reply NO.\n@{host} #{code}",
		"{bank}再次提醒：向{payee}付款{amount}？验证码{code}。勿告诉任何人，包括我们。有误请回复“否”。\n@{host} #{code}"},
	hold.TextEnrolled: {"{bank}: a new device was added to your account. If that was not you, call the number on your card now.",
		"{bank}：您的账户添加了新设备。如非本人操作，请立即拨打银行卡背面的电话。"},
	hold.TextCallUs: {"{bank}: we could not use your reply. Please call the number on your card. We never ask you for a code.",
		"{bank}：我们无法处理您的回复。请拨打银行卡背面的电话。我们绝不会向您索要验证码。"},
	hold.TextWaits: {"{bank}: {amount} to {payee} is still waiting. To stop it, open your app or call the number on your card. " +
		"Nobody may hurry you.",
		"{bank}：付给{payee}的{amount}仍在等待中。如要取消，请打开应用或拨打银行卡背面的电话。任何人都无权催促您。"},
	hold.TextWaitOver: {"{bank}: the wait for {amount} to {payee} is over. Open your app to say yes or no. " +
		"Talk to somebody close to you first.",
		"{bank}：付给{payee}的{amount}等待期已满，请打开应用选择同意或拒绝。作决定前请先与亲友商量。"},
	hold.TextContactAsked: {"{bank}: {who} banks with us and names you as a person to call. Agree? Send back {code}. If not, NO.",
		"{bank}：{who}是本行客户，想把您列为联系人。同意请回复{code}，不同意请回复“否”。"},
	hold.TextContactTold: {"{bank}: {who} asked us to name you; call them now on a number you know.",
		"{bank}：{who}曾请我们列您为联系人，请立即拨打您已知的号码联系对方。"},
	hold.TextContactNamed: {"{bank}: somebody was named as a person you trust. If that was not you, call the number on your card now.",
		"{bank}：您的账户添加了信任的联系人。如非本人操作，请立即拨打银行卡背面的电话。"},
	hold.TextLockLoosened: {"{bank}: a lock on your payments opens on {when}. Not you? Reply NO, stop it in your app, or call the number " +
		"on your card now.",
		"{bank}：您的一项付款限制将于{when}放宽。如非本人操作，请回复“否”、在应用中取消，或立即拨打银行卡背面的电话。"},
	hold.TextContactRemoved: {"{bank}: a person you trust is being taken off. If that was not you, call the number on your card now.",
		"{bank}：您的账户正在移除一位信任的联系人。如非本人操作，请立即拨打银行卡背面的电话。"},
	hold.TextStopped: {"{bank}: everything on your account was stopped at {when}. Not you, or open it again? Call the number on your card.",
		"{bank}：您的账户已于{when}全部停用。如非本人操作或需要恢复，请拨打银行卡背面的电话。"},
	hold.TextFreeze: {"{bank}: what we asked you about by text is refused, and we will call you. To stop everything, open your app " +
		"or call the number on your card.",
		"{bank}：短信询问的付款均已拒绝，我们会致电您。如需全部停用，请打开应用或拨打银行卡背面的电话。"},
}

// A link of a face check stands where a code would: {code} is the address.
var textLink = Text{"{bank}: please look at a payment of yours: {code} Not expected? Reply NO. We never ask for codes by phone.",
	"{bank}：请核对您的一笔付款：{code} 如非您预期，请回复“否”。我们绝不会在电话中索要验证码。"}

var (
	textReleased = Text{"{bank}: {amount} to {payee} is on its way. If you did not approve this, call the number on your card now.",
		"{bank}：付给{payee}的{amount}正在汇出。如非您本人同意，请立即拨打银行卡背面的电话。"}
	textStopped = Text{"{bank}: {amount} to {payee} is stopped. The money stays in your account. If you still want to pay, make it again.",
		"{bank}：付给{payee}的{amount}已撤销，钱仍在您的账户里。如仍需付款，请重新操作。"}
	textStoppedCall = Text{"{bank}: {amount} to {payee} is stopped. The money stays in your account. Please call the number on your card.",
		"{bank}：付给{payee}的{amount}已撤销，钱仍在您的账户里。请拨打银行卡背面的电话。"}
)

// quoted is a payee's name in a sentence, and ending an account's last four.
var (
	quoted  = Text{`"{name}"`, "“{name}”"}
	ending  = Text{"account ending {last}", "尾号{last}的账户"}
	aliased = Text{"alias {name}* at {at}*", "别名{name}*（{at}*）"}
	unnamed = Text{"a payee", "收款人"}
	someone = Text{"somebody", "有人"}
)

// SMS writes a text message in the customer's language. code is empty for
// texts without one. The payee's name is shown when it is harmless and fits,
// without accents if that makes it fit, and else the account's end. A text that
// nothing makes fit has as many segments as the sender allows.
func SMS(s Sender, t hold.Text, code string) (string, error) {
	sentence := texts[t.Kind]
	if t.Kind.Asks() && t.Challenge.Channel == hold.FaceLink {
		sentence = textLink
	}
	if t.Kind == hold.TextOutcome {
		sentence = outcomeText(t.Hold.Decision)
	}
	if sentence == (Text{}) {
		return "", errors.New("a kind of text without a sentence: " + string(t.Kind))
	}
	in := sentence.In(t.Locale)
	names, amount := payees(t.Hold.Request.Payee, t.Locale), Amount(t.Hold.Request.Amount)
	if t.Kind.ToContact() { // nothing of any payment
		names, amount = namers(t.Who, t.Locale), ""
	}
	long := ""
	for _, name := range names {
		out := strings.NewReplacer("{bank}", s.name(in), "{host}", s.Host, "{amount}", amount, "{payee}", name, "{who}", name, "{code}", code,
			"{when}", when(t), "{lock}", LockNames(t.Hold.Locks()[:min(1, len(t.Hold.Locks()))], t.Locale)).
			Replace(in)
		if Fits(out) {
			return out, nil
		}
		if long == "" && Segments(out) <= s.Segments {
			long = out
		}
	}
	if long != "" {
		return long, nil
	}
	return "", ErrTooLong
}

// when is the minute of a text's event in the customer's day: of a lock that is to be
// loosened, from when on it is.
func when(t hold.Text) string {
	at, form := t.CreatedAt, "15:04"
	if t.Kind == hold.TextLockLoosened {
		at, form = t.Until, Text{"2 Jan 15:04", "1月2日15:04"}.In(t.Locale)
	}
	zone := t.Zone
	if zone == nil {
		zone = time.UTC
	}
	return at.Time().In(zone).Format(form)
}

func outcomeText(d *hold.Decision) Text {
	switch {
	case d == nil:
		return Text{}
	case d.Outcome == hold.Release:
		return textReleased
	case d.Reason == hold.ReasonLocked:
		return textLocked
	case d.Reason == hold.ReasonRefused, d.Reason == hold.ReasonDeadline, d.Reason == hold.ReasonUnanswered:
		return textStopped
	}
	return textStoppedCall
}

// payees are ways to put a payee, the best first.
func payees(p hold.Payee, locale string) []string {
	var out []string
	if name, ok := harmless(p.Name); ok {
		out = append(out, strings.ReplaceAll(quoted.In(locale), "{name}", name))
		// Without its vowel signs a Hindi name would be another.
		if plain := plainName(name); Foreign(plain) == 0 {
			out = append(out, strings.ReplaceAll(quoted.In(locale), "{name}", plain))
		}
	}
	if name, at, ok := alias(p.Account); ok {
		return append(out, strings.NewReplacer("{name}", name, "{at}", at).Replace(aliased.In(locale)))
	}
	if last := lastFour(p.Account); last != "" {
		return append(out, strings.ReplaceAll(ending.In(locale), "{last}", last))
	}
	return append(out, unnamed.In(locale))
}

// namers are ways to put who named somebody, the best first: of a long name the first
// word is enough for who knows them.
func namers(name, locale string) []string {
	var out []string
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	for _, name := range []string{name, first} {
		if name, ok := harmless(name); ok {
			out = append(out, name)
			if plain := plainName(name); Foreign(plain) == 0 {
				out = append(out, plain)
			}
		}
	}
	return append(out, someone.In(locale))
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }

// plainName is a name without accents and with a typewriter's apostrophe.
func plainName(s string) string { return strings.ReplaceAll(withoutMarks(s), "’", "'") }

const maxPayee = 20 // letters of a payee's name in a text

// harmless tells whether others' text may stand in ours: at most 20 letters,
// words with the few signs that names have, no digits, nothing like a URL, an
// address or a quotation mark. Marks that take room (Mc) are vowels in Hindi and
// Tamil; Safe has seen to joiners.
func harmless(name string) (string, bool) {
	name = Safe(name)
	runes := []rune(name)
	if len(runes) == 0 || len(runes) > maxPayee {
		return "", false
	}
	for i, r := range runes {
		switch {
		case unicode.IsLetter(r), unicode.In(r, unicode.Mn, unicode.Mc) && i > 0, r == ' ', r == '-', r == '\'', r == '&', r == zwj, r == zwnj:
		case r == '’', r == '·': // O’Neil, Gal·la: between letters, never a quotation mark
			if i == 0 || i+1 == len(runes) || !letter(runes[i-1]) || !letter(runes[i+1]) {
				return "", false
			}
		case r == '.', r == ',': // ends a word: "J. Smith", never "evil.com"
			if i == 0 || i+1 < len(runes) && runes[i+1] != ' ' {
				return "", false
			}
		default:
			return "", false
		}
	}
	return name, true
}

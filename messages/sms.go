package messages

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"holdfast/hold"
	"holdfast/locales"
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

// codeLine binds the code to the bank's page: browsers fill it in nowhere else (WICG,
// origin-bound one-time codes delivered via SMS). It is no part of what is translated.
const codeLine = "\n@{host} #{code}"

var texts = map[hold.TextKind]Text{
	hold.TextChallenge:      "messages.texts.challenge",
	hold.TextReminder:       "messages.texts.reminder",
	hold.TextEnrolled:       "messages.texts.enrolled",
	hold.TextCallUs:         "messages.texts.callUs",
	hold.TextWaits:          "messages.texts.waits",
	hold.TextWaitOver:       "messages.texts.waitOver",
	hold.TextContactAsked:   "messages.texts.contactAsked",
	hold.TextContactTold:    "messages.texts.contactTold",
	hold.TextContactNamed:   "messages.texts.contactNamed",
	hold.TextContactRemoved: "messages.texts.contactRemoved",
	hold.TextLockLoosened:   "messages.texts.lockLoosened",
	hold.TextStopped:        "messages.texts.stopped",
	hold.TextFreeze:         "messages.texts.freeze",
}

// A link of a face check stands where a code would: {code} is the address.
var textLink = Text("messages.textLink")

var (
	textReleased    = Text("messages.textReleased")
	textStopped     = Text("messages.textStopped")
	textStoppedCall = Text("messages.textStoppedCall")
)

// quoted is a payee's name in a sentence, and ending an account's last four.
var (
	quoted  = Text("messages.quoted")
	ending  = Text("messages.ending")
	aliased = Text("messages.aliased")
	unnamed = Text("messages.unnamed")
	someone = Text("messages.someone")
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
	if sentence == "" {
		return "", errors.New("a kind of text without a sentence: " + string(t.Kind))
	}
	in := sentence.In(t.Locale)
	if t.Kind.Asks() && t.Challenge.Channel != hold.FaceLink {
		in += codeLine
	}
	names, amount := payees(t.Hold.Request.Payee, t.Locale), AmountIn(t.Hold.Request.Amount, t.Locale)
	if t.Kind.ToContact() { // nothing of any payment
		names, amount = namers(t.Who, t.Locale), ""
	}
	long := ""
	for _, name := range names {
		out := strings.NewReplacer("{bank}", s.name(in), "{host}", s.Host, "{amount}", amount, "{payee}", name, "{who}", name, "{code}", code,
			"{when}", when(t), "{lock}", LockNames(t.Hold.Locks()[:min(1, len(t.Hold.Locks()))], t.Locale),
			"{no}", replyNo.In(t.Locale)).Replace(in)
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

var dayAndTime = Text("messages.dayAndTime")

// when is the minute of a text's event in the customer's day: of a lock that is to be
// loosened, from when on it is.
func when(t hold.Text) string {
	if t.Kind != hold.TextLockLoosened {
		return t.CreatedAt.In(t.Zone).Format("15:04")
	}
	at := t.Until.In(t.Zone)
	return strings.NewReplacer("{day}", strconv.Itoa(at.Day()), "{month}", months[at.Month()-1].In(t.Locale), "{time}", at.Format("15:04")).
		Replace(dayAndTime.In(t.Locale))
}

var months = [12]Text{"messages.months.1", "messages.months.2", "messages.months.3", "messages.months.4", "messages.months.5",
	"messages.months.6", "messages.months.7", "messages.months.8", "messages.months.9", "messages.months.10", "messages.months.11",
	"messages.months.12"}

var replyNo = Text("messages.replyNo")

// RepliesNo are the words that refuse, in every locale: each is understood whatever the
// customer's own is. What a bank calls otherwise is understood as well, for texts said it.
func RepliesNo() []string {
	return append(locales.Builtin().All(string(replyNo)), locales.Current().All(string(replyNo))...)
}

func outcomeText(d *hold.Decision) Text {
	switch {
	case d == nil:
		return ""
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

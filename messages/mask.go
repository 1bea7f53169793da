package messages

import (
	"regexp"
	"strings"
)

// Masked shows enough of an account for its owner to know it, and not the account:
// the last four letters or digits of a number, whatever stands between them
// ("…0101"); of an alias with an @ (e-mail, UPI, PIX) the beginning of both sides
// ("an…@ex…"). It is the one mask, in the app, the console, the trail and the API.
func Masked(account string) string {
	if name, at, ok := alias(account); ok {
		return name + "…@" + at + "…"
	}
	return "…" + lastFour(account)
}

// alias is the beginning of both sides of an address: two letters or digits of a side
// with five or more, else the first.
func alias(account string) (name, at string, ok bool) {
	before, after, found := strings.Cut(account, "@")
	begin := func(s string) string {
		s = alphanumeric(s)
		switch {
		case len(s) < 2: // it would be shown whole
			return ""
		case len(s) < 5:
			return s[:1]
		}
		return s[:2]
	}
	name, at = begin(before), begin(after)
	return name, at, found && name != "" && at != "" && !strings.Contains(after, "@")
}

// lastFour are the account's last four letters or digits, "" when it has not
// more than them.
func lastFour(account string) string {
	plain := alphanumeric(account)
	if len(plain) <= 4 {
		return ""
	}
	return plain[len(plain)-4:]
}

// alphanumeric leaves A–Z, a–z and 0–9: what every keyboard and every text can write.
func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, s)
}

// Number keeps the last two digits of a phone number.
func Number(e164 string) string { return "…" + e164[max(0, len(e164)-2):] }

// numberLike is what could be the number of an account, a card or a phone: eight digits
// on end, in any script, eleven with blanks or hyphens between, or an IBAN (ISO 13616).
var numberLike = regexp.MustCompile(`(?i)\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b|` +
	`\p{Nd}(?:[ -]?\p{Nd}){10,}|\p{Nd}{8,}`)

// WithoutNumbers masks what could be the number of an account, a card or a phone in
// what somebody wrote.
func WithoutNumbers(text string) string { return numberLike.ReplaceAllStringFunc(text, Masked) }

package messages

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxShown is how many letters of other people's text are shown, in runes.
const maxShown = 140

// Safe makes text that others wrote (payee names above all) safe to show in
// the app: NFC, one line, no control characters, nothing that turns or hides
// text (Unicode TR36 §2.5), at most 140 letters. What was left out shows as
// "�", so that a name that tries something looks like it.
func Safe(s string) string { return safe(s, maxShown) }

func safe(s string, most int) string {
	var b strings.Builder
	n := 0
	blank := false
	for _, r := range norm.NFC.String(s) {
		if n == most {
			return b.String() + "…"
		}
		switch {
		case r == ' ' || r == '\u00a0':
			if blank {
				continue
			}
			r = ' '
		case !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || tag(r):
			r = '�'
		}
		blank = r == ' '
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

// tag tells the invisible tag characters and fillers that Unicode counts as
// letters.
func tag(r rune) bool {
	return r >= 0xe0000 && r <= 0xe0fff || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 || r == 0x2800
}

// Masked keeps the last four letters of an account number.
func Masked(account string) string {
	r := []rune(Safe(account))
	if len(r) <= 4 {
		return "…"
	}
	return "…" + string(r[len(r)-4:])
}

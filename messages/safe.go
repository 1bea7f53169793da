package messages

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// maxShown is how many letters of other people's text are shown, in runes.
const maxShown = 140

// Safe makes text that others wrote (payee names above all) safe to show in
// the app: NFC, one line, no control characters, nothing that turns or hides
// text (Unicode TR36 §2.5), at most 140 letters. Joiners stay where they are part of a
// name's spelling. What was left out shows as "�", so that a name that tries
// something looks like it.
func Safe(s string) string { return safe(s, maxShown) }

func safe(s string, most int) string {
	var b strings.Builder
	n := 0
	blank := false
	s = norm.NFC.String(s)
	joins := joiners(s)
	for i, r := range s {
		if n == most {
			return b.String() + "…"
		}
		switch {
		case r == ' ' || r == '\u00a0':
			if blank {
				continue
			}
			r = ' '
		case joins[i]:
		case !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) ||
			tag(r):
			r = '�'
		}
		blank = r == ' '
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

const (
	zwnj = '\u200c'
	zwj  = '\u200d'
)

// spelled knows the places where a joiner is spelling (UTS 39 §3.1.1, as RFC 5892
// app. A.1 and A.2 put it): a ZWNJ between joining letters, as Persian has it, or
// after a virama; a ZWJ after a virama, as in Sinhala and Hindi. Elsewhere they are
// invisible and make two names look alike.
var spelled = idna.New(idna.CheckJoiners(true))

// joiners are the places of joiners, in bytes, that are part of a word's spelling.
func joiners(s string) map[int]bool {
	var at map[int]bool
	begin := 0
	for i, r := range s + " " {
		if r != ' ' {
			continue
		}
		word := s[begin:i]
		if _, err := spelled.ToUnicode(word); err == nil && strings.ContainsAny(word, string([]rune{zwj, zwnj})) {
			for j, r := range word {
				if r == zwj || r == zwnj {
					if at == nil {
						at = map[int]bool{}
					}
					at[begin+j] = true
				}
			}
		}
		begin = i + 1
	}
	return at
}

// tag tells the invisible tag characters and fillers that Unicode counts as
// letters.
func tag(r rune) bool {
	return r >= 0xe0000 && r <= 0xe0fff || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 || r == 0x2800
}

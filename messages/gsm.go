package messages

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// The GSM 7-bit default alphabet and its extension table, whose characters
// take two septets (3GPP TS 23.038 §6.2.1).
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// The largest texts that Holdfast sends when it can choose: one segment in GSM-7, two
// in UCS-2 (67 units each, the rest joins them).
const (
	MaxGSM  = 160
	MaxUCS2 = 2 * 67
)

// Units counts a text's size on the air: septets when it can be written in
// GSM-7, else UTF-16 units.
func Units(s string) (n int, gsm bool) {
	for _, r := range s {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			n++
		case strings.ContainsRune(gsmExtended, r):
			n += 2
		default:
			return len(utf16.Encode([]rune(s))), false
		}
	}
	return n, true
}

// Fits tells whether a text is no larger than that.
func Fits(s string) bool {
	n, gsm := Units(s)
	return gsm && n <= MaxGSM || !gsm && n <= MaxUCS2
}

// Segments are how many messages a text is on the air: 160 septets or 70 UTF-16 units,
// and 153 or 67 each where they are joined (3GPP TS 23.040 §9.2.3.24).
func Segments(s string) int {
	n, gsm := Units(s)
	single, joined := 70, 67
	if gsm {
		single, joined = 160, 153
	}
	if n <= single {
		return 1
	}
	return (n + joined - 1) / joined
}

// withoutMarks takes the accents off letters: "Kovács" is "Kovacs", which
// GSM-7 can write.
func withoutMarks(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}

package messages

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// latin are letters that GSM-7 lacks and that losing an accent does not give it, in
// the Latin letters that their own readers write for them: Cyrillic as in ICAO
// Doc 9303, Greek as in ISO 843.
var latin = map[rune]string{
	'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'œ': "oe", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'ĸ': "k", 'ŋ': "n", 'ə': "e",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'ґ': "g", 'д': "d", 'е': "e", 'є': "ie", 'ж': "zh", 'з': "z", 'и': "i", 'і': "i", 'к': "k",
	'л': "l",
	'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh",
	'щ': "shch",
	'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia", 'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz", 'ѕ': "dz",
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n",
	'ξ': "x",
	'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
	'’': "'", '‘': "'", '“': `"`, '”': `"`, '„': `"`, '–': "-", '—': "-", '\u00a0': " ",
}

// Latin writes a name with the letters of GSM-7, where that is known; what is not
// stays as it is.
func Latin(s string) string {
	var b strings.Builder
	letters := []rune(norm.NFC.String(s))
	for i, r := range letters {
		if Foreign(string(r)) == 0 && !unicode.Is(unicode.Greek, r) { // GSM-7 has some Greek capitals: never a mixture
			b.WriteRune(r)
			continue
		}
		plain := withoutMarks(string(r))
		if plain == "" { // a mark alone
			continue
		}
		first := []rune(plain)[0]
		if to, known := latin[unicode.ToLower(first)]; known {
			plain = cased(to, unicode.IsUpper(first), i+1 < len(letters) && unicode.IsUpper(letters[i+1]))
		}
		b.WriteString(plain)
	}
	return b.String()
}

// cased puts "sh" as "Sh", or as "SH" before another capital.
func cased(s string, upper, all bool) string {
	switch {
	case !upper || s == "":
		return s
	case all:
		return strings.ToUpper(s)
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Foreign is the first letter that GSM-7 lacks, 0 when there is none.
func Foreign(s string) rune {
	for _, r := range s {
		if _, gsm := Units(string(r)); !gsm {
			return r
		}
	}
	return 0
}

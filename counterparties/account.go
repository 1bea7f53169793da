// Package counterparties is what is known of the people and firms that payments go to.
// It is pure: it brings accounts into one form, derives the keyed digests by which they
// are looked up, and sums up what sources say of one. It never lowers what a payment is
// asked by: nothing that is known, and nothing that is not, releases anything.
package counterparties

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"

	"holdfast/hold"

	"golang.org/x/text/unicode/norm"
)

// Kind is what sort of account a payee is paid at.
type Kind string

const (
	IBAN  Kind = "iban"  // ISO 13616
	UK    Kind = "uk"    // sort code and account number; a GB IBAN is the same account
	Card  Kind = "card"  // ISO/IEC 7812, by its check digit
	Phone Kind = "phone" // E.164, with its plus
	Email Kind = "email"
	UPI   Kind = "upi"   // name@handle, India
	Pix   Kind = "pix"   // a random key, CPF or CNPJ, Brazil
	Other Kind = "other" // as written, but its letters and digits alone; the country before them
)

// Account is an account in its normal form: two ways of writing one are equal.
type Account struct {
	Kind Kind
	Form string // never logged, and never kept
}

var (
	ibanForm  = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$`)
	gbForm    = regexp.MustCompile(`^GB[0-9]{2}[A-Z]{4}([0-9]{14})$`)
	digits    = regexp.MustCompile(`^[0-9]+$`)
	cnpjForm  = regexp.MustCompile(`^[0-9A-Z]{12}[0-9]{2}$`)
	uuidForm  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	phoneForm = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
	atForm    = regexp.MustCompile(`^[^@\s]{1,64}@[^@\s]{1,255}$`)
)

// Normal brings an account as a payment names it into its normal form. The country
// (ISO 3166-1 alpha-2, or empty) tells apart what is written alike: eleven digits are a
// CPF in Brazil. What is of no kind that is known is compared as it is written.
func Normal(account, country string) Account {
	s := strings.TrimSpace(norm.NFKC.String(account))
	bare := strings.TrimPrefix(strings.ToUpper(strings.Map(letterOrDigit, s)), "IBAN")
	switch {
	case atForm.MatchString(s):
		return address(strings.ToLower(s))
	case uuidForm.MatchString(strings.ToLower(s)):
		return Account{Pix, strings.ToLower(s)}
	case phoneForm.MatchString(telephone(s)):
		return Account{Phone, telephone(s)}
	case ibanForm.MatchString(bare) && mod97(bare[4:]+bare[:4]):
		if gb := gbForm.FindStringSubmatch(bare); gb != nil {
			return Account{UK, gb[1]}
		}
		return Account{IBAN, bare}
	case country == "GB" && len(bare) == 14 && digits.MatchString(bare):
		return Account{UK, bare}
	case country == "BR" && (cpf(bare) || cnpj(bare)):
		return Account{Pix, bare}
	case len(bare) >= 13 && len(bare) <= 19 && digits.MatchString(bare) && luhn(bare):
		return Account{Card, bare}
	}
	return Account{Other, strings.ToUpper(country) + ":" + bare}
}

// PaidIn is the country that a payment goes to, or that it is made in: of a transfer the
// account's, of all else where the card is used. Empty: unknown, or what is said does not
// agree.
func PaidIn(kind hold.Kind, place, account, stated string) string {
	switch {
	case place != "" && stated != "" && place != stated && kind == hold.KindTransfer:
		return ""
	case kind == hold.KindTransfer:
		return Country(account, cmp.Or(stated, place))
	}
	return cmp.Or(place, stated)
}

// Country is where an account is, as far as that is known: an IBAN says so itself, of every
// other its payment does, which others wrote. Empty: unknown, or the two do not agree.
func Country(account, stated string) string {
	bare := strings.TrimPrefix(strings.ToUpper(strings.Map(letterOrDigit, norm.NFKC.String(account))), "IBAN")
	switch {
	case !ibanForm.MatchString(bare) || !mod97(bare[4:]+bare[:4]):
		return stated
	case stated == "" || stated == bare[:2]:
		return bare[:2]
	}
	return ""
}

// letterOrDigit drops what only divides.
func letterOrDigit(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// address tells a UPI address, whose handle is one word, from an e-mail address.
func address(s string) Account {
	if _, host, _ := strings.Cut(s, "@"); !strings.Contains(host, ".") {
		return Account{UPI, s}
	}
	return Account{Email, s}
}

func telephone(s string) string {
	return strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "", "\u00a0", "").Replace(s)
}

// mod97 tells whether an IBAN's check digits are right (ISO 7064), its first four
// characters moved to its end.
func mod97(turned string) bool { return rest97(turned) == 1 }

// rest97 is what is left of digits and capital letters, each letter two digits, by 97.
func rest97(s string) int {
	n := 0
	for _, c := range s {
		if c >= 'A' {
			n = (100*n + int(c-'A') + 10) % 97
		} else {
			n = (10*n + int(c-'0')) % 97
		}
	}
	return n
}

// luhn tells whether a card number's check digit is right (ISO/IEC 7812-1, annex B).
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// cpf tells whether s is a person's number in Brazil, by its two check digits.
func cpf(s string) bool {
	return len(s) == 11 && digits.MatchString(s) && checked(s, 9, 11) && checked(s, 10, 12)
}

// cnpj tells whether s is a firm's number in Brazil; since 2026 it has letters, too,
// whose worth is that of their character less that of 0.
func cnpj(s string) bool {
	return cnpjForm.MatchString(s) && checked(s, 12, 9) && checked(s, 13, 9)
}

// checked tells whether the digit at n is right for those before it: weights rise from
// 2 at the right, and begin again after the most.
func checked(s string, n, most int) bool {
	sum, weight := 0, 2
	for i := n - 1; i >= 0; i-- {
		sum += int(s[i]-'0') * weight
		if weight++; weight > most {
			weight = 2
		}
	}
	want := 11 - sum%11
	if want > 9 {
		want = 0
	}
	return int(s[n]-'0') == want
}

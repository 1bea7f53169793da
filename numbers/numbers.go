// Package numbers reads phone numbers: whether one can exist, of which country
// and kind it is, by the metadata of the world's numbering plans (ITU-T E.164,
// through libphonenumber). It knows nothing of customers.
package numbers

import (
	"errors"
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// ErrNotE164 means that a text is not a number in E.164: "+", the country's
// calling code and the rest, at most 15 digits and no other character, as its
// country's numbering plan allows.
var ErrNotE164 = errors.New("not a phone number in E.164")

// Line is the kind of line that a numbering plan gives a number to.
type Line string

const (
	Mobile  Line = "mobile" // or fixed, where the plan does not tell them apart
	Fixed   Line = "fixed"
	VoIP    Line = "voip"
	Other   Line = "other"   // premium rate, toll free, pager and the like
	Unknown Line = "unknown" // a range that our metadata does not have, perhaps a new one
)

// Info is what a number's digits tell.
type Info struct {
	Number  string // as it is kept: see Forms
	Country string // ISO 3166-1 alpha-2; "001" for numbers of no country
	Prefix  string // the calling code and the three digits after it, without "+"
	Line    Line
}

// prefixDigits are the digits after the calling code that make a prefix: about
// one network of a country, which is what toll fraud pumps.
const prefixDigits = 3

// Parse reads a number in E.164, in whichever of its forms. The error is
// ErrNotE164 and quotes nothing.
func Parse(e164 string) (Info, error) {
	if len(e164) < len("+1234567") || len(e164) > len("+123456789012345") {
		return Info{}, ErrNotE164
	}
	e164 = Forms(e164)[0]
	n, err := phonenumbers.Parse(e164, "ZZ") // no country: the number has to name it
	if err != nil || phonenumbers.Format(n, phonenumbers.E164) != e164 || !phonenumbers.IsPossibleNumber(n) {
		return Info{}, ErrNotE164
	}
	country := phonenumbers.GetRegionCodeForNumber(n)
	if country == "" { // a range of a shared calling code that our metadata does not have
		country = phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
	}
	return Info{Number: e164, Country: country, Prefix: e164[1 : 1+len(strconv.Itoa(int(n.GetCountryCode())))+prefixDigits], Line: line(n)},
		nil
}

func line(n *phonenumbers.PhoneNumber) Line {
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return Mobile
	case phonenumbers.FIXED_LINE:
		return Fixed
	case phonenumbers.VOIP:
		return VoIP
	case phonenumbers.UNKNOWN:
		return Unknown
	}
	return Other
}

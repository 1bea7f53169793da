package counterparties

import (
	"fmt"
	"strings"
)

// bbans are how long a country's account numbers are which its IBANs have in them (ISO
// 13616, the registry of its form).
var bbans = func() map[string]int {
	all := map[string]int{}
	for _, c := range strings.Fields(`AD20 AE19 AL24 AT16 AZ24 BA16 BE12 BG18 BH18 BI23 BR25 BY24 CH17 CR18 CY24 CZ20 DE18 DJ23 DK14
		DO24 EE16 EG25 ES20 FI14 FK14 FO14 FR23 GE18 GI19 GL14 GR23 GT24 HN24 HR17 HU24 IE18 IL19 IQ19 IS22 IT23 JO26 KW26 KZ16 LB24
		LC28 LI17 LT16 LU16 LV17 LY21 MC23 MD20 ME18 MK15 MN16 MR23 MT27 MU26 NI24 NL14 NO11 OM19 PK20 PL24 PS25 PT21 QA25 RO20 RS18
		RU29 SA20 SC27 SD14 SE20 SI15 SK20 SM23 SO19 ST21 SV24 TL19 TN20 TR22 UA25 VA18 VG20 XK16 YE26`) {
		n := 0
		for _, d := range c[2:] {
			n = 10*n + int(d-'0')
		}
		all[c[:2]] = n
	}
	return all
}()

// Paid is the account that a payment goes to in a country. It is Normal but for a number
// of that country's own which an IBAN is made of: that is the IBAN's account, written with
// its check digits or without any. What may as well be a card's number stays one.
func Paid(account, country string) Account {
	a := Normal(account, country)
	_, bare, _ := strings.Cut(a.Form, ":")
	n, known := bbans[country]
	switch {
	case a.Kind != Other || !known:
		return a
	case len(bare) == n+2 && ibanForm.MatchString(country+bare) && mod97(bare[2:]+country+bare[:2]):
		return Account{IBAN, country + bare}
	case len(bare) == n && ibanForm.MatchString(country+"00"+bare):
		return Account{IBAN, fmt.Sprintf("%s%02d%s", country, 98-rest97(bare+country+"00"), bare)}
	}
	return a
}

// wider are the forms in which somebody has an account who writes it as in its country,
// with the country or without: a list that was not told it, or a payment.
func (a Account) wider() (all []Account) {
	switch a.Kind {
	case IBAN:
		return []Account{Normal(a.Form[4:], a.Form[:2]), Normal(a.Form[4:], "")}
	case UK:
		return []Account{Normal(a.Form, "")}
	case Pix:
		if !uuidForm.MatchString(a.Form) {
			return []Account{Normal(a.Form, "")}
		}
	case Other:
		if country, bare, _ := strings.Cut(a.Form, ":"); country != "" {
			return []Account{{Other, ":" + bare}}
		}
	}
	return nil
}

package messages

import (
	"strconv"
	"strings"

	"holdfast/currencies"
	"holdfast/hold"
)

// Amount writes money with its currency's digits (ISO 4217): "EUR 1250.00",
// "JPY 1250", "KWD 1.250".
func Amount(m hold.Money) string {
	digits := currencies.Digits(m.Currency)
	n := strconv.FormatInt(m.Minor, 10)
	if digits == 0 {
		return m.Currency + " " + n
	}
	if short := digits + 1 - len(n); short > 0 {
		n = strings.Repeat("0", short) + n
	}
	return m.Currency + " " + n[:len(n)-digits] + "." + n[len(n)-digits:]
}

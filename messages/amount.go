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

// AmountIn is Amount as a locale writes it: "1250,00 EUR" in German.
func AmountIn(m hold.Money, locale string) string {
	_, number, _ := strings.Cut(Amount(m), " ")
	number = strings.Replace(number, ".", decimalSign.In(locale), 1)
	return strings.NewReplacer("{currency}", m.Currency, "{number}", number).Replace(written.In(locale))
}

var (
	written     = Text("messages.amount")
	decimalSign = Text("messages.decimal")
)

package counterparties_test

import (
	"testing"

	"holdfast/counterparties"
	"holdfast/hold"
)

// An IBAN says itself where it is. What others wrote never overrules it: where the two do
// not agree, nobody knows.
func TestPaidIn(t *testing.T) {
	t.Parallel()
	const german, british = "DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"
	for _, c := range []struct {
		kind                           hold.Kind
		place, account, stated, wanted string
	}{
		{hold.KindTransfer, "", german, "", "DE"}, {hold.KindTransfer, "", german, "DE", "DE"},
		{hold.KindTransfer, "", german, "AT", ""}, {hold.KindTransfer, "AT", german, "", ""},
		{hold.KindTransfer, "", "iban " + british, "", "GB"}, {hold.KindTransfer, "", "12345678", "", ""},
		{hold.KindTransfer, "", "12345678", "FR", "FR"}, {hold.KindTransfer, "DE", "12345678", "FR", ""},
		{hold.KindTransfer, "", "DE00370400440532013000", "AT", "AT"}, // no IBAN: its digits do not check
		{hold.KindCard, "FR", german, "DE", "FR"}, {hold.KindCard, "", "shop-1", "IT", "IT"}, {hold.KindCashOut, "", "atm-1", "", ""},
	} {
		if got := counterparties.PaidIn(c.kind, c.place, c.account, c.stated); got != c.wanted {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

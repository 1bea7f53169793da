package hold_test

import (
	"testing"

	"holdfast/hold"
)

func TestShown(t *testing.T) {
	t.Parallel()
	both := hold.ShownOf(hold.PayeeAccount, hold.CustomerName)
	if both != "customer_name payee_account" {
		t.Errorf("%q", both)
	}
	if !both.Has(hold.PayeeAccount) || both.Has(hold.WholeTrail) || hold.Shown("").Has(hold.CustomerName) {
		t.Error("what is told whole is not what was said")
	}
	for name, c := range map[string]struct{ a, b, want hold.Shown }{
		"the same":      {both, both, both},
		"one is less":   {both, hold.ShownOf(hold.PayeeAccount), "payee_account"},
		"one is more":   {both, hold.ShownOf(hold.ReferralParts...), both},
		"one is masked": {both, "", ""},
	} {
		if got := c.a.And(c.b); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

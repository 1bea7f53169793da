package hold

import (
	"slices"
	"strings"
)

// Recipient is whom a referral is for.
type Recipient string

const (
	Police    Recipient = "police"
	PayeeBank Recipient = "payee_bank" // where the payee has the account
)

// Recipients lists every Recipient.
var Recipients = []Recipient{Police, PayeeBank}

// ReferralPart is something that a referral tells whole, or else masks.
type ReferralPart string

const (
	CustomerName    ReferralPart = "customer_name"
	CustomerAccount ReferralPart = "customer_id" // the record has no account of the payer's: the bank knows it by this
	CustomerNumbers ReferralPart = "customer_numbers"
	PayeeName       ReferralPart = "payee_name"
	PayeeAccount    ReferralPart = "payee_account"
	// WholeTrail is the audit trail's entries, which have the customer's id, the risk
	// engine's reasons and the bank's rules in them. Without it there is the trail's
	// end alone, which commits the bank to all before it.
	WholeTrail ReferralPart = "trail"
)

// ReferralParts lists every ReferralPart.
var ReferralParts = []ReferralPart{CustomerName, CustomerAccount, CustomerNumbers, PayeeName, PayeeAccount, WholeTrail}

// Shown is the parts that a referral tells whole, separated by blanks and in the order
// of ReferralParts. The zero value masks everything.
type Shown string

// ShownOf is these parts.
func ShownOf(parts ...ReferralPart) Shown {
	var in []string
	for _, p := range ReferralParts {
		if slices.Contains(parts, p) {
			in = append(in, string(p))
		}
	}
	return Shown(strings.Join(in, " "))
}

// Parts lists what is told whole.
func (s Shown) Parts() []ReferralPart {
	parts := []ReferralPart{}
	for _, p := range strings.Fields(string(s)) {
		parts = append(parts, ReferralPart(p))
	}
	return parts
}

// Has tells whether a part is told whole.
func (s Shown) Has(p ReferralPart) bool { return slices.Contains(s.Parts(), p) }

// And is what both tell whole.
func (s Shown) And(o Shown) Shown {
	return ShownOf(slices.DeleteFunc(s.Parts(), func(p ReferralPart) bool { return !o.Has(p) })...)
}

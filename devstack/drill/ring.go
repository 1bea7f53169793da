package drill

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"holdfast/hold"
)

// Who pays a mule, whose account passes on money from fraud; and who pays an honest firm.
const (
	Robbed  Behaviour = "robbed"  // fraud: somebody pays the mule in their name, and they say not me
	Cheated Behaviour = "cheated" // fraud: is called about a payment to the mule and says not me; the agent proposes to look at it
	Early   Behaviour = "early"   // fraud: was deceived, and approves before anybody knows of the mule
	Late    Behaviour = "late"    // fraud: the same, and approves when two people may have said what it is
	Lodger  Behaviour = "lodger"  // genuine: pays the mule their share of the rent
	Patron  Behaviour = "patron"  // genuine: pays the honest firm
	Slander Behaviour = "slander" // malice: a rival's friend pays the honest firm and says that they did not
)

// The accounts that they pay to.
const (
	muleAccount   = "DE44500105175407324931"
	honestAccount = "DE02100500000054540402"
	muleName      = "Nadia Petrov"
)

// payer is somebody of the ring, or of the firm's customers.
type payer struct {
	Behaviour
	account string
	last    bool // their payment comes among the others': the verdict is known as it is held
}

// ring is who pays the mule, of whom n are deceived or robbed, and who pays the firm.
func ring(n int) (all []payer) {
	early, last := n/3, n/5
	add := func(many int, b Behaviour, account string, last bool) {
		for range many {
			all = append(all, payer{b, account, last})
		}
	}
	add(1, Robbed, muleAccount, false)
	add(1, Cheated, muleAccount, false)
	add(early, Early, muleAccount, false)
	add(n-2-early-last, Late, muleAccount, false)
	add((n+10)/20, Lodger, muleAccount, false)
	add((n+10)/20, Lodger, muleAccount, true)
	add(last, Late, muleAccount, true)
	add(n/5, Patron, honestAccount, false)
	add(2, Slander, honestAccount, false)
	return all
}

// ring adds the ring's payments: most come before the others', so that those who approve
// late do so after a verdict, and some in the midst of them.
func (d *Drill) ring(r *rand.Rand) {
	others := d.plans
	var first, last []*plan
	for i, p := range ring(d.Ring) {
		d.plans = nil
		d.plan(p.payment(d.run, i), p.Behaviour, r)
		if p.last {
			last = append(last, d.plans...)
		} else {
			first = append(first, d.plans...)
		}
	}
	half := len(others) / 2
	d.plans = slices.Concat(first, others[:half], last, others[half:])
}

// payment is theirs. A recall of an amount that ends in 7 finds an empty account, and one
// of more than 5,000.00 half of it.
func (p payer) payment(run string, i int) Payment {
	q := hold.Request{TransactionID: fmt.Sprintf("%s-ring-%d", run, i), CustomerID: hold.CustomerID(fmt.Sprintf("%s-ring-%d", run, i)),
		Kind: hold.KindTransfer, Amount: hold.Money{Minor: 21000 + 731*int64(i), Currency: "EUR"},
		Payee:  hold.Payee{Name: muleName, Account: p.account, NameCheck: hold.NameMatch},
		Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Score: 650, Reasons: []string{"new_payee"}}}
	if i == 3 {
		q.Amount.Minor = 640000
	}
	if p.Behaviour == Lodger {
		q.Risk.Score = 990 // so that agents come to them before the set is reversed
	}
	if p.account == honestAccount {
		q.Payee.Name = "Brandt Heating"
	}
	return Payment{Request: q, Flagged: true, Fraud: p.Behaviour != Lodger && p.Behaviour != Patron}
}

// PaysMule tells whether these people pay the mule.
func (b Behaviour) PaysMule() bool {
	return slices.Contains([]Behaviour{Robbed, Cheated, Early, Late, Lodger}, b)
}

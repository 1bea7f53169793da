package protection

import "time"

// Meanwhile is what becomes of a kind of payment while everything is stopped.
type Meanwhile string

const (
	Stop Meanwhile = "stop"
	GoOn Meanwhile = "go_on"
)

// Terms are what a policy says of locks.
type Terms struct {
	Wait time.Duration // from a wish to loosen until it counts
	// While the customer has stopped everything.
	Cards, StandingOrders Meanwhile
}

// GoesOn names what is paid all the same while the customer has stopped everything.
func (t Terms) GoesOn() []string {
	on := []string{}
	if t.Cards == GoOn {
		on = append(on, "cards")
	}
	if t.StandingOrders == GoOn {
		on = append(on, "standing_orders")
	}
	return on
}

// DefaultTerms are those of a policy that says nothing of locks.
var DefaultTerms = Terms{Wait: 12 * time.Hour, Cards: Stop, StandingOrders: GoOn}

// MaxLooseningWait bounds Terms.Wait.
const MaxLooseningWait = 30 * 24 * time.Hour

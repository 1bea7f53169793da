// Package protection is the locks that customers set on their own payments: what each
// stops, what a change of one loosens, and when a change counts. It is pure. A lock never
// releases anything: it refuses a payment, or has the customer asked about it.
package protection

import (
	"slices"
	"time"

	"holdfast/hold"
)

// Kind is what a lock is about. A customer has at most one of each.
type Kind string

const (
	Places    Kind = "places"     // to, or in, these countries alone
	Hours     Kind = "hours"      // between two times of the customer's day
	Limit     Kind = "limit"      // so much a payment, or a day
	NewPayees Kind = "new_payees" // none, or only after a wait
	Ways      Kind = "ways"       // these ways of paying alone
	Devices   Kind = "devices"    // ordered on these devices alone
)

// Kinds lists every Kind, in the order in which locks are shown and named.
var Kinds = []Kind{Places, Hours, Limit, NewPayees, Ways, Devices}

// Action is what becomes of a payment that a lock stops.
type Action string

const (
	Refuse Action = "refuse" // it is not made
	Ask    Action = "ask"    // it is held, and the customer asked
)

// Actions lists every Action, the stricter first.
var Actions = []Action{Refuse, Ask}

// Way is how a payment is made.
type Way string

const (
	CardOnline  Way = "card_online"
	CardPresent Way = "card_present"
	ATM         Way = "atm"
	Transfer    Way = "transfer"
	CrossBorder Way = "cross_border" // a transfer to another country
	// StandingOrder is one that was set up before: no lock on ways stops it.
	StandingOrder Way = "standing_order"
)

// AllWays lists every Way that a lock is about.
var AllWays = []Way{CardOnline, CardPresent, ATM, Transfer, CrossBorder}

// Per is what a cap is counted over.
type Per string

const (
	PerPayment Per = "payment"
	PerDay     Per = "day" // the customer's, in their time zone
)

// Cap is the most that may be paid.
type Cap struct {
	Kind  hold.Kind `json:"kind,omitempty"` // of payment; empty: all together
	Per   Per       `json:"per"`
	Minor int64     `json:"minor"` // in the lock's currency, in its minor unit; at least 0
}

// Lock is one that a customer has set. Only the fields of its kind are used.
type Lock struct {
	Kind   Kind   `json:"kind"`
	Action Action `json:"action"`
	// Places: ISO 3166-1 alpha-2; none: not one.
	Countries []string `json:"countries,omitempty"`
	// Hours: minutes of the customer's day, 0–1439, paid from From until before To; over
	// midnight where From is later. The two differ.
	From int `json:"from,omitempty"`
	To   int `json:"to,omitempty"`
	// Limit.
	Currency string `json:"currency,omitempty"` // ISO 4217
	Caps     []Cap  `json:"caps,omitempty"`
	// NewPayees: how long after a payee became known the first payment may be made. 0: never;
	// then whom the customer had at Since may be paid, and nobody else.
	Wait  hold.Duration `json:"wait,omitempty"`
	Since hold.Instant  `json:"since,omitempty"`
	// Ways and Devices: these alone; none: not one.
	Ways    []Way           `json:"ways,omitempty"`
	Devices []hold.DeviceID `json:"devices,omitempty"`
}

const (
	MaxCountries = 60
	MaxCaps      = 8
	MaxDevices   = 10
	MaxWait      = 30 * 24 * time.Hour
	MaxMinor     = 1_000_000_000_000
)

// Fault is what is wrong with a lock that somebody wishes for.
type Fault struct {
	Field   string // as in JSON
	Message string // what it must be
}

// Check finds what is wrong with a lock; nil: nothing. Whether a country, a currency or a
// device exists, who calls knows.
func (l Lock) Check() *Fault {
	if !slices.Contains(Actions, l.Action) {
		return &Fault{"action", "must be refuse or ask"}
	}
	switch l.Kind {
	case Places:
		if len(l.Countries) > MaxCountries {
			return &Fault{"countries", "are 60 at most"}
		}
	case Hours:
		if l.From < 0 || l.From >= minutes || l.To < 0 || l.To >= minutes || l.From == l.To {
			return &Fault{"from", "and to are two different minutes of the day, 0 to 1439"}
		}
	case Limit:
		return l.checkCaps()
	case NewPayees:
		if l.Wait < 0 || time.Duration(l.Wait) > MaxWait {
			return &Fault{"wait", "must be between 0 (no new payee at all) and 30 days"}
		}
	case Ways:
		if slices.ContainsFunc(l.Ways, func(w Way) bool { return !slices.Contains(AllWays, w) }) {
			return &Fault{"ways", "must be of card_online, card_present, atm, transfer and cross_border"}
		}
	case Devices:
		if len(l.Devices) > MaxDevices {
			return &Fault{"devices", "are 10 at most"}
		}
	default:
		return &Fault{"kind", "must be one of places, hours, limit, new_payees, ways and devices"}
	}
	return nil
}

func (l Lock) checkCaps() *Fault {
	if len(l.Caps) == 0 || len(l.Caps) > MaxCaps {
		return &Fault{"caps", "must be 1 to 8"}
	}
	for i, c := range l.Caps {
		switch {
		case c.Per != PerPayment && c.Per != PerDay:
			return &Fault{"caps", "are per payment or per day"}
		case c.Kind != "" && !slices.Contains(hold.Kinds, c.Kind):
			return &Fault{"caps", "are for card, transfer or cash_out, or for all together"}
		case c.Minor < 0 || c.Minor > MaxMinor:
			return &Fault{"caps", "must be between 0 and 1,000,000,000,000 minor units"}
		case slices.ContainsFunc(l.Caps[:i], func(o Cap) bool { return o.Kind == c.Kind && o.Per == c.Per }):
			return &Fault{"caps", "must be one for each kind and period"}
		}
	}
	return nil
}

// Counts tells whether a lock counts what is paid over a day.
func (l Lock) Counts() bool {
	return l.Kind == Limit && slices.ContainsFunc(l.Caps, func(c Cap) bool { return c.Per == PerDay })
}

package protection

import (
	"math"
	"slices"
	"time"

	"holdfast/hold"
)

const minutes = 24 * 60

// Payment is one that is about to be made, with what is known of it. What nobody says is
// unknown, and unknown never passes a lock: the customer is asked.
type Payment struct {
	Kind   hold.Kind
	Way    Way // empty: unknown
	Amount hold.Money
	// Country is where the money goes or the card is used; empty: unknown. Home is the bank's; empty: unknown, too.
	Country, Home string
	Device        hold.DeviceID // that it was ordered on; empty: unknown, or none
	PayeeSince    hold.Instant  // since when the customer has the payee; 0: a new one
	At            hold.Instant
	Zone          *time.Location // the customer's; nil: UTC
	// Spent is what was paid, or is reserved, on the customer's day of At, by kind and in
	// the limit's currency.
	Spent map[hold.Kind]int64
}

// Result is what the locks say of a payment.
type Result string

const (
	Allowed Result = "allowed"
	Locked  Result = "locked"
	Asked   Result = "ask"
)

// Ruling is what the locks say together: one that refuses is enough.
type Ruling struct {
	Result Result
	By     []Kind // those that stop it, in the order of Kinds
}

// Rule asks all locks.
func Rule(locks []Lock, p Payment) Ruling {
	out := Ruling{Result: Allowed}
	for _, k := range kindsOf(locks) {
		for _, l := range locks {
			if l.Kind != k {
				continue
			}
			stops, certain := l.stops(p)
			if !stops {
				continue
			}
			out.By = append(out.By, k)
			if certain && l.Action == Refuse {
				out.Result = Locked
			} else if out.Result == Allowed {
				out.Result = Asked
			}
		}
	}
	return out
}

// kindsOf are the kinds in their order, and then those of a later version.
func kindsOf(locks []Lock) []Kind {
	kinds := slices.Clone(Kinds)
	for _, l := range locks {
		if !slices.Contains(kinds, l.Kind) {
			kinds = append(kinds, l.Kind)
		}
	}
	return kinds
}

// stops tells whether a lock stops a payment, and whether that is certain: where it is not,
// the customer is asked, whatever they chose.
func (l Lock) stops(p Payment) (stops, certain bool) {
	if p.Way == StandingOrder && slices.Contains(ofOrdering, l.Kind) {
		return false, true
	}
	switch l.Kind {
	case Places:
		return p.Country == "" || !slices.Contains(l.Countries, p.Country), p.Country != ""
	case Hours:
		return !l.open(p.At.MinuteOfDay(p.Zone)), true
	case Limit:
		return l.over(p)
	case NewPayees:
		if p.Kind != hold.KindTransfer { // shops and machines are no payees that somebody adds
			return false, true
		}
		return p.PayeeSince == 0 || l.Wait == 0 && p.PayeeSince > l.Since || p.PayeeSince.Add(time.Duration(l.Wait)) > p.At, true
	case Ways:
		return l.wayStops(p)
	case Devices:
		if p.Kind != hold.KindTransfer && p.Device == "" { // a card in a shop has none
			return false, true
		}
		return p.Device == "" || !slices.Contains(l.Devices, p.Device), p.Device != ""
	}
	return true, false // of a later version
}

// ofOrdering are the kinds that are about how and when a payment is ordered. A standing
// order was ordered before.
var ofOrdering = []Kind{Hours, Ways, Devices}

// open tells whether payments are made at a minute of the day.
func (l Lock) open(m int) bool {
	if l.From < l.To {
		return l.From <= m && m < l.To
	}
	return m >= l.From || m < l.To
}

func (l Lock) over(p Payment) (stops, certain bool) {
	if p.Amount.Currency != l.Currency || p.Amount.Currency == "" || p.Amount.Minor < 0 {
		return true, false
	}
	for _, c := range l.Caps {
		if c.Kind != "" && c.Kind != p.Kind {
			continue
		}
		sum := p.Amount.Minor
		if c.Per == PerDay {
			for k, spent := range p.Spent {
				if c.Kind == "" || c.Kind == k {
					sum = plus(sum, spent)
				}
			}
		}
		if sum > c.Minor {
			return true, true
		}
	}
	return false, true
}

// plus adds what was paid, up to the most that there is.
func plus(a, b int64) int64 {
	if b = max(b, 0); a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// wayStops compares every way that the payment may be made by.
func (l Lock) wayStops(p Payment) (stops, certain bool) {
	if p.Way == StandingOrder {
		return false, true
	}
	ways := p.ways()
	certain = true
	for _, w := range ways {
		if slices.Contains(l.Ways, w) {
			certain = false
		} else {
			stops = true
		}
	}
	return stops, certain && len(ways) > 0
}

// ways are those that a payment may be made by, as far as is known.
func (p Payment) ways() []Way {
	switch {
	case p.Way == Transfer || p.Way == "" && p.Kind == hold.KindTransfer:
		if p.Country == "" || p.Home == "" {
			return []Way{Transfer, CrossBorder}
		}
		if p.Country != p.Home {
			return []Way{CrossBorder}
		}
		return []Way{Transfer}
	case p.Way != "":
		return []Way{p.Way}
	case p.Kind == hold.KindCashOut:
		return []Way{ATM}
	}
	return []Way{CardOnline, CardPresent}
}

// DayOf is the customer's day, as YYYY-MM-DD: what is counted a day is counted by it.
func DayOf(at hold.Instant, zone *time.Location) string { return at.In(zone).Format(time.DateOnly) }

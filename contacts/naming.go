package contacts

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"holdfast/counterparties"
	"holdfast/hold"
)

// Naming is a wish to name somebody, with all that bears on it.
type Naming struct {
	Customer hold.Customer
	Name     string
	Phone    hold.Phone
	Line     []string  // the ids of the number's rows: one in two forms has two
	Theirs   []Contact // the customer's, of every status
	Paid     []hold.Payee
	// Of whoever has the number with the bank: whether it is the customer, or they share
	// a device's key or another number with them.
	Own, Shares bool
	NumberBad   bool // of a country, or a kind of line, that gets nothing
	Asked       int  // questions that went to the number within a day
	Now         hold.Instant
}

// Refusal says why not; "" means that they may be named. Why somebody in particular is
// refused, nobody is told: it would say who banks here, and with whom.
func (n Naming) Refusal() hold.Refusal {
	live, today := 0, 0
	for _, c := range n.Theirs {
		if c.Shown(n.Now) != Removed {
			if live++; slices.Contains(n.Line, c.NumberID) {
				return hold.ContactKnown
			}
		}
		if c.Source == ByApp && c.NamedAt > n.Now.Add(-Day) {
			today++
		}
	}
	switch {
	case n.Customer.FrozenAt != 0:
		return hold.CustomerFrozen
	case live >= Most:
		return hold.ContactLimit
	case today >= NamedDay:
		return hold.ContactsSpent
	case n.NumberBad:
		return hold.ContactNumberBad
	case n.Own, n.Shares, slices.ContainsFunc(n.Paid, func(p hold.Payee) bool { return Is(n.Name, n.Phone.Number, p) }):
		return hold.ContactRefused
	case n.Asked >= AskedDay:
		return hold.ContactsSpent
	}
	return ""
}

// Change says why a contact of the customer's may not become who is named here: for what a
// naming is refused for, but for questions, since nobody is asked; and for the name that they
// had, so that a rename never hides that a payment goes to them.
func (n Naming) Change(was Contact) hold.Refusal {
	n.Asked = 0
	n.Theirs = slices.DeleteFunc(slices.Clone(n.Theirs), func(c Contact) bool { return c.ID == was.ID })
	if why := n.Refusal(); why != "" {
		return why
	}
	n.Name = was.Name
	return n.Refusal()
}

// WasBlocked tells whether the customer blocked this number once: it stays so under
// whatever name it comes back.
func (n Naming) WasBlocked() *Contact {
	for i, c := range n.Theirs {
		if slices.Contains(n.Line, c.NumberID) && c.BlockedAt != 0 {
			return &n.Theirs[i]
		}
	}
	return nil
}

// Is tells whether a payee is somebody, as far as can be compared: by the name, whatever
// its case, accents and order, or by a number that the account is an alias of.
func Is(name, number string, p hold.Payee) bool {
	if a := counterparties.Normal(p.Account, p.Country); a.Kind == counterparties.Phone && a.Form == number {
		return true
	}
	form := Form(name)
	return form != "" && form == Form(p.Name)
}

// Form is a name in the form in which names are compared: its words without accents and
// case, in the order of the alphabet.
func Form(name string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == '\'' || r == '’':
			return -1
		}
		return r
	}, norm.NFKD.String(name))
	words := strings.FieldsFunc(cases.Fold().String(plain), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	slices.Sort(words)
	return strings.Join(words, " ")
}

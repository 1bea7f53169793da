package hold

import "cmp"

// Portrait is what the bank has a customer look like: the picture itself is
// sealed, and the domain knows it by its digest.
type Portrait struct {
	Digest Digest  `db:"digest"`
	Since  Instant `db:"since"`  // theirs since, by the bank's record
	PutAt  Instant `db:"put_at"` // given to us; the same picture again changes nothing
}

// DefaultPortraitAge is MinPortraitAge where a policy says nothing.
const DefaultPortraitAge = DefaultSuspicion

// PortraitAge is MinPortraitAge, or the default.
func (t Terms) PortraitAge() Duration { return cmp.Or(t.MinPortraitAge, DefaultPortraitAge) }

// MayCompare says why no face can be compared with a portrait for a hold, empty
// when it can. A thief who has theirs put in the place of the owner's would pass
// every look: a portrait that is younger than the policy's min_portrait_age as
// the hold arrived, or that was put after it, proves nothing. Nil: there is none.
func MayCompare(h Hold, p *Portrait) Refusal {
	switch {
	case p == nil:
		return PortraitMissing
	case p.Since.Add(durationOf(h.Terms.PortraitAge())) > h.AcceptedAt, p.PutAt > h.AcceptedAt:
		return PortraitTooYoung
	}
	return ""
}

package protection

import (
	"slices"

	"holdfast/hold"
)

// Cause is why a record ended.
type Cause string

const (
	Replaced Cause = "replaced" // by a later change of its kind
	Stopped  Cause = "stopped"  // before it counted, by somebody whom it reached
	Frozen   Cause = "frozen"   // the same, by a freeze
	Scam     Cause = "scam"     // the same, by a payment that looks like a scam
)

// Record is a lock as on record: one that is in force, or that comes.
type Record struct {
	ID      string       `db:"id"` // lck_…
	Kind    Kind         `db:"kind"`
	Route   Route        `db:"route"` // by which it was set
	Lock    *Lock        `db:"-"`     // nil: from then on there is none
	Loosens bool         `db:"loosens"`
	AskedAt hold.Instant `db:"asked_at"`
	By      string       `db:"asked_by"`
	Second  string       `db:"second"` // who agreed; empty: nobody had to
	FromAt  hold.Instant `db:"from_at"`
	EndedAt hold.Instant `db:"ended_at"` // 0: it stands
	EndedBy string       `db:"ended_by"`
	Cause   Cause        `db:"cause"`
}

// InForce are the locks that count at an instant: of each kind the last that has begun.
func InForce(rs []Record, at hold.Instant) []Lock {
	var out []Lock
	for _, k := range kindsIn(rs) {
		if r := Current(rs, k, at); r != nil && r.Lock != nil {
			out = append(out, *r.Lock)
		}
	}
	return out
}

func kindsIn(rs []Record) []Kind {
	locks := make([]Lock, len(rs))
	for i, r := range rs {
		locks[i].Kind = r.Kind
	}
	return kindsOf(locks)
}

// Current is the record of a kind that counts at an instant; nil: there never was one.
func Current(rs []Record, k Kind, at hold.Instant) (current *Record) {
	for i, r := range rs {
		if r.Kind == k && r.EndedAt == 0 && r.FromAt <= at && (current == nil || r.FromAt >= current.FromAt) {
			current = &rs[i]
		}
	}
	return current
}

// Coming is the record of a kind that is yet to count; nil: none is.
func Coming(rs []Record, k Kind, at hold.Instant) *Record {
	i := slices.IndexFunc(rs, func(r Record) bool { return r.Kind == k && r.EndedAt == 0 && r.FromAt > at })
	if i < 0 {
		return nil
	}
	return &rs[i]
}

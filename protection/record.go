package protection

import (
	"slices"

	"holdfast/hold"
)

// Record is a lock as on record: one that is in force, or that comes.
type Record struct {
	ID      string // lck_…
	Kind    Kind
	Lock    *Lock // nil: from then on there is none
	AskedAt hold.Instant
	FromAt  hold.Instant
	By      string
	EndedAt hold.Instant // replaced, or stopped before it counted; 0: neither
}

// InForce are the locks that count at an instant: of each kind the last that has begun.
func InForce(rs []Record, at hold.Instant) []Lock {
	var out []Lock
	for _, k := range Kinds {
		if r := Current(rs, k, at); r != nil && r.Lock != nil {
			out = append(out, *r.Lock)
		}
	}
	return out
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

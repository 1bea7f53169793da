package counterparties

import (
	"slices"

	"holdfast/hold"
)

// Level is how much is known against a payee, or that nobody was asked.
type Level string

const (
	Unknown   Level = "unknown"   // payees are not looked up, or a source was down: never clear
	None      Level = "none"      // no source says anything
	Reported  Level = "reported"  // somebody says so
	Confirmed Level = "confirmed" // whoever keeps the source has looked into it
)

// Levels lists every Level, from the least known to the most.
var Levels = []Level{Unknown, None, Reported, Confirmed}

// Strength is how sure a source is of a hit.
type Strength = Level

// Hit is what one source says of an account.
type Hit struct {
	List      string       `db:"list" json:"list"`         // its source
	Ref       string       `db:"ref" json:"ref"`           // by which the source knows it
	Category  string       `db:"category" json:"category"` // see Categories
	Strength  Strength     `db:"strength" json:"strength"` // reported or confirmed
	Reporters int          `db:"reporters" json:"reporters"`
	From      hold.Instant `db:"valid_from" json:"from"`
	To        hold.Instant `db:"valid_to" json:"to,omitempty"` // exclusive; 0: until it is withdrawn
}

// Known is what is known of a payee as a payment to it comes. The zero value: nobody
// was asked.
type Known struct {
	Level      Level        `json:"level"`
	Categories []string     `json:"categories,omitempty"` // of the hits, sorted, each once
	Mule       bool         `json:"mule"`                 // a source, or two people of the bank, are sure that they pass on money from fraud
	FirstSeen  hold.Instant `json:"first_seen,omitempty"` // the first payment to it that was held; 0: this is the first
	Payers     int          `json:"payers_30d"`           // whose payments to it were held in 30 days; at most MaxCount
	Held       int          `json:"held_30d"`             // payments to it that were; at most MaxCount
}

// MaxCount is where counting the payments to one payee ends: a mule that thousands pay
// must not make each of their payments slower.
const MaxCount = 1000

// MaxCategories bounds what conditions see.
const MaxCategories = 16

// Sum sums up what sources say of an account, into what is known of it. That many use
// an account is nothing against it.
func (k *Known) Sum(hits []Hit) {
	k.Level, k.Categories, k.Mule = None, nil, false
	for _, h := range hits {
		k.Categories = append(k.Categories, h.Category)
		if IsShared(h.Category) {
			continue
		}
		if h.Strength.rank() > k.Level.rank() {
			k.Level = h.Strength
		}
		k.Mule = k.Mule || h.Strength == Confirmed && byCode()[h.Category].Group == "mule"
	}
	slices.Sort(k.Categories)
	k.Categories = slices.Compact(k.Categories)
	k.Categories = k.Categories[:min(len(k.Categories), MaxCategories)]
}

// Verdict tells whether two people of the bank are sure of a mule.
func (k Known) Verdict() bool { return slices.Contains(k.Categories, MuleVerdict) }

func (l Level) rank() int { return slices.Index(Levels, l) }

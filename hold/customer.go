package hold

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Customer is the bank's customer as on record.
type Customer struct {
	ID       CustomerID `db:"id"`
	Name     string     `db:"name"`
	Locale   string     `db:"locale"`
	TimeZone string     `db:"time_zone"` // IANA
	Phrase   string     `db:"phrase"`    // known to the customer and to us: shows that it is us who asks
	// SuspectedUntil is until when a suspicion of one of their holds bears on the
	// others.
	SuspectedUntil Instant `db:"suspected_until"`
	FrozenAt       Instant `db:"frozen_at"`
	CreatedAt      Instant `db:"created_at"`
	UpdatedAt      Instant `db:"updated_at"`
	// Wrong codes since the last right one, and since when they are counted.
	MissesRow   int      `db:"misses_row"`
	MissesSince Instant  `db:"misses_since"`
	Devices     []Device `db:"-"` // revoked ones too
	Phones      []Phone  `db:"-"`
}

// Line is the kind of line that a number belongs to.
type Line string

const (
	LineMobile  Line = "mobile" // or fixed, where the plan does not tell them apart
	LineFixed   Line = "fixed"
	LineVoIP    Line = "voip"
	LineOther   Line = "other"   // premium rate, toll free, pager and the like
	LineUnknown Line = "unknown" // a range that is new to us
)

// Phone is a number on the bank's record. Country, Prefix and Line are by the
// numbering plan; package numbers reads them.
type Phone struct {
	ID         string  `db:"id"`     // num_…, for entries and logs
	Number     string  `db:"number"` // E.164
	Country    string  `db:"country"`
	Prefix     string  `db:"prefix"`
	Line       Line    `db:"line"`
	OptedOutAt Instant `db:"opted_out_at"`
	Since      Instant `db:"since"`
	UnusableAt Instant `db:"unusable_at"` // agents found that it is not theirs
	// Forms are the ways in which networks write it, as it is given to the record;
	// nil: Number alone. One line is one number, whichever comes.
	Forms []string `db:"-"`
}

// Is tells whether a number is this line's, in any of its forms.
func (p Phone) Is(e164 string) bool { return e164 == p.Number || slices.Contains(p.Forms, e164) }

// Device finds a device of the customer's by its id; nil: they have none of it.
func (c Customer) Device(id DeviceID) *Device {
	if i := slices.IndexFunc(c.Devices, func(d Device) bool { return d.ID == id }); i >= 0 {
		return &c.Devices[i]
	}
	return nil
}

// Phone finds a number of the customer's by its id; nil: it is not theirs.
func (c Customer) Phone(id string) *Phone {
	if i := slices.IndexFunc(c.Phones, func(p Phone) bool { return p.ID == id }); i >= 0 {
		return &c.Phones[i]
	}
	return nil
}

// HasApp tells whether a device of the customer's is in use.
func (c Customer) HasApp() bool {
	return slices.ContainsFunc(c.Devices, func(d Device) bool { return d.RevokedAt == 0 })
}

// zones are the time zones that were read: the library reads the file anew each time.
var zones sync.Map

// Zone is the customer's time zone; UTC when it is unknown here.
func (c Customer) Zone() *time.Location {
	if loc, known := zones.Load(c.TimeZone); known {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(c.TimeZone, loc)
	return loc
}

// Language is the part of the customer's locale that says what is spoken: "de"
// of "de-AT".
func (c Customer) Language() string {
	tag, _, _ := strings.Cut(c.Locale, "-")
	return tag
}

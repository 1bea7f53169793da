package hold

import "time"

// Days is a time that people are given: so many days, or so many business days. Those
// are Monday to Friday in UTC: holidays are not known, which errs to the early side.
type Days struct {
	N        int
	Business bool
}

// From is the instant that lies so many days after another, at the same time of day.
func (d Days) From(at Instant) Instant {
	t := at.Time()
	for left := d.N; left > 0; {
		t = t.AddDate(0, 0, 1)
		if day := t.Weekday(); !d.Business || day != time.Saturday && day != time.Sunday {
			left--
		}
	}
	return At(t)
}

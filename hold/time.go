package hold

import (
	"encoding/json"
	"fmt"
	"time"
)

// Instant is a point in time as Unix microseconds, the finest that both
// databases and the audit trail keep. Zero means "none". Its JSON is RFC 3339
// in UTC.
type Instant int64

// At rounds t down to the microsecond.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time is the instant as a UTC time.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// In is the instant in a time zone; nil: UTC.
func (i Instant) In(zone *time.Location) time.Time {
	if zone == nil {
		return i.Time()
	}
	return i.Time().In(zone)
}

// MinuteOfDay is the minute after midnight in a time zone, 0–1439.
func (i Instant) MinuteOfDay(zone *time.Location) int {
	local := i.In(zone)
	return local.Hour()*60 + local.Minute()
}

// Add moves the instant by d.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Sub is the time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Microsecond }

// String is RFC 3339 in UTC with as many fractional digits as there are.
func (i Instant) String() string { return i.Time().Format(time.RFC3339Nano) }

// MarshalJSON writes RFC 3339, and null for none.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(i.String())
}

// MarshalText writes RFC 3339 for an address, and nothing for none.
func (i Instant) MarshalText() ([]byte, error) {
	if i == 0 {
		return nil, nil
	}
	return []byte(i.String()), nil
}

// Bind reads RFC 3339 as a parameter of an address has it.
func (i *Instant) Bind(text string) error {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fmt.Errorf("not an RFC 3339 time")
	}
	*i = At(t)
	return nil
}

// UnmarshalJSON reads RFC 3339 or null.
func (i *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*i = 0
		return nil
	}
	var t time.Time
	if err := json.Unmarshal(b, &t); err != nil {
		return fmt.Errorf("not an RFC 3339 time")
	}
	*i = At(t)
	return nil
}

// Duration is a time.Duration whose JSON is Go's notation ("1m30s").
type Duration time.Duration

// MarshalText writes Go's notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads Go's notation.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

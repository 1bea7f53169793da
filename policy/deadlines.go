package policy

import (
	"time"

	"holdfast/hold"
)

// maxAge bounds min_device_age, min_contact_age, min_portrait_age and suspicion: beyond a year nobody could
// approve anything.
const maxAge = 365 * 24 * time.Hour

// scamDeadline is the key, beside the kinds, of holds that may be a scam.
const scamDeadline = "scam"

// deadlines is how long a hold waits at most, by kind and for a scam.
type deadlines map[string]time.Duration

func defaultDeadlines() deadlines {
	return deadlines{
		string(hold.KindCard): 15 * time.Minute, string(hold.KindTransfer): 24 * time.Hour,
		string(hold.KindCashOut): 24 * time.Hour, scamDeadline: 72 * time.Hour,
	}
}

func (d deadlines) longest() time.Duration {
	var longest time.Duration
	for _, v := range d {
		longest = max(longest, v)
	}
	return longest
}

func (r *reader) deadlines(p place, d deadlines) {
	keys := []string{}
	for _, k := range hold.Kinds {
		keys = append(keys, string(k))
	}
	for key, v := range r.fields(p, append(keys, scamDeadline)...) {
		if t, ok := r.duration(v, time.Second, maxDuration); ok {
			d[key] = t
		}
	}
}

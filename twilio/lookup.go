package twilio

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"github.com/twilio/twilio-go/client"
	lookups "github.com/twilio/twilio-go/rest/lookups/v2"
)

// Line is what Twilio Lookups v2 knows of a number.
type Line struct {
	Type     string    // mobile, landline, fixedVoip, nonFixedVoip, …; "" when unknown
	Swapped  time.Time // the last SIM swap; zero when the network does not say
	InPeriod bool      // whether there was one within Period
	Period   time.Duration
}

// Lookup asks for a number's SIM swap and line type.
func (a *Account) Lookup(ctx context.Context, number string) (l Line, err error) {
	p := (&lookups.FetchPhoneNumberParams{}).SetFields("sim_swap,line_type_intelligence")
	err = a.call(ctx, func(h *client.RequestHandler) error {
		got, err := lookups.NewApiService(h).FetchPhoneNumber(number, p)
		if err != nil {
			return err
		}
		if t := got.LineTypeIntelligence; t.ErrorCode == 0 && t.Type != "unknown" {
			l.Type = t.Type
		}
		if s := got.SimSwap; s.ErrorCode == 0 {
			l.Swapped, l.InPeriod, l.Period = s.LastSimSwap.LastSimSwapDate, s.LastSimSwap.SwappedInPeriod, period(s.LastSimSwap.SwappedPeriod)
		}
		return nil
	})
	return l, err
}

// SwappedWithin tells whether the SIM was swapped within d before now, and
// whether that is known. A network tells the date, or whether it was within a
// period of its own.
func (l Line) SwappedWithin(d time.Duration, now time.Time) (swapped, known bool) {
	switch {
	case !l.Swapped.IsZero():
		return now.Sub(l.Swapped) < d, true
	case l.InPeriod: // perhaps before d; careful is to say within
		return true, true
	case l.Period >= d && l.Period > 0:
		return false, true
	}
	return false, false
}

var iso8601 = regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?$`)

// period reads the durations that networks use (ISO 8601: PT24H, P7D); 0 for
// any other.
func period(s string) time.Duration {
	m := iso8601.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	unit := []time.Duration{24 * time.Hour, time.Hour, time.Minute}
	var d time.Duration
	for i, u := range unit {
		n, _ := strconv.Atoi(m[i+1])
		d += time.Duration(n) * u
	}
	return d
}

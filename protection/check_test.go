package protection_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/protection"
)

// What the bank is told before it books: an emergency and a freeze come before all locks,
// and what goes on in an emergency still has to pass them.
func TestCheckRules(t *testing.T) {
	t.Parallel()
	stop, goOn := protection.Stop, protection.GoOn
	const standing = protection.StandingOrder
	abroad := protection.Lock{Kind: protection.Places, Action: protection.Refuse, Countries: []string{"DE"}}
	for name, c := range map[string]struct {
		kind              hold.Kind
		way               protection.Way
		emergency, frozen bool
		cards, orders     protection.Meanwhile
		country           string
		want              protection.Result
		by                string
	}{
		"nothing stops it":                     {hold.KindCard, "", false, false, stop, goOn, "DE", protection.Allowed, ""},
		"a lock":                               {hold.KindCard, "", false, false, stop, goOn, "FR", protection.Locked, "places"},
		"a freeze":                             {hold.KindCard, "", false, true, goOn, goOn, "DE", protection.Locked, "frozen"},
		"a freeze, and a standing order":       {hold.KindTransfer, standing, false, true, goOn, goOn, "DE", protection.Locked, "frozen"},
		"an emergency":                         {hold.KindTransfer, "", true, true, goOn, goOn, "DE", protection.Locked, "emergency"},
		"cash in an emergency":                 {hold.KindCashOut, "", true, true, goOn, goOn, "DE", protection.Locked, "emergency"},
		"a card that goes on":                  {hold.KindCard, "", true, true, goOn, goOn, "DE", protection.Allowed, ""},
		"a card that goes on, abroad":          {hold.KindCard, "", true, true, goOn, goOn, "FR", protection.Locked, "places"},
		"a card that does not":                 {hold.KindCard, "", true, true, stop, goOn, "DE", protection.Locked, "emergency"},
		"a standing order that goes on":        {hold.KindTransfer, standing, true, true, stop, goOn, "DE", protection.Allowed, ""},
		"a standing order that does not":       {hold.KindTransfer, standing, true, true, stop, stop, "DE", protection.Locked, "emergency"},
		"an emergency without terms of policy": {hold.KindCard, "", true, true, "", "", "DE", protection.Locked, "emergency"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := protection.Check{Payment: protection.Payment{Kind: c.kind, Way: c.way, Country: c.country, Home: "DE",
				Amount: hold.Money{Minor: 1, Currency: "EUR"}}, Emergency: c.emergency, Frozen: c.frozen,
				Terms: protection.Terms{Cards: c.cards, StandingOrders: c.orders}}.Rule([]protection.Lock{abroad})
			var by []string
			if c.by != "" {
				by = []string{c.by}
			}
			if got.Result != c.want || !slices.Equal(got.By, by) {
				t.Errorf("%+v, want %s by %v", got, c.want, by)
			}
		})
	}
}

// A standing order was ordered before: it passes what is about ordering, and nothing else.
func TestStandingOrderPassesWhatIsAboutOrdering(t *testing.T) {
	t.Parallel()
	p := protection.Payment{Kind: hold.KindTransfer, Way: protection.StandingOrder, Amount: hold.Money{Minor: 100, Currency: "EUR"},
		Country: "FR", Home: "DE"}
	for _, l := range []protection.Lock{
		{Kind: protection.Hours, From: 1, To: 2}, {Kind: protection.Ways}, {Kind: protection.Devices},
		{Kind: protection.Places}, {Kind: protection.NewPayees},
		{Kind: protection.Limit, Currency: "EUR", Caps: []protection.Cap{{Per: protection.PerPayment, Minor: 99}}},
	} {
		l.Action = protection.Refuse
		want := protection.Locked
		if l.Kind == protection.Hours || l.Kind == protection.Ways || l.Kind == protection.Devices {
			want = protection.Allowed
		}
		if got := protection.Rule([]protection.Lock{l}, p); got.Result != want {
			t.Errorf("%s: %s, want %s", l.Kind, got.Result, want)
		}
	}
}

func TestReservationSteps(t *testing.T) {
	t.Parallel()
	all := []protection.ReservationStatus{protection.Reserved, protection.Booked, protection.Cancelled}
	may := map[[2]protection.ReservationStatus]bool{{protection.Reserved, protection.Booked}: true,
		{protection.Reserved, protection.Cancelled}: true, {protection.Booked, protection.Cancelled}: true}
	for _, from := range all {
		for _, to := range all {
			if from.CanBecome(to) != may[[2]protection.ReservationStatus{from, to}] {
				t.Errorf("%s to %s", from, to)
			}
		}
	}
	now := hold.Instant(1_800_000_000_000_000)
	for _, c := range []struct {
		status protection.ReservationStatus
		until  time.Duration
		fits   bool
		want   hold.Refusal
	}{
		{protection.Reserved, time.Second, false, ""}, {protection.Reserved, 0, true, ""},
		{protection.Reserved, 0, false, hold.CheckLapsed}, {protection.Booked, 0, false, ""},
		{protection.Cancelled, time.Second, true, hold.CheckCancelled},
	} {
		if got := (protection.Reservation{Status: c.status, Until: now.Add(c.until)}).Book(now, c.fits); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

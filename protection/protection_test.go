package protection_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/protection"

	"pgregory.net/rapid"
)

const now = hold.Instant(1_790_000_000_000_000)

var (
	countries  = []string{"IT", "FR", "US"}
	currencies = []string{"EUR", "USD"}
	devices    = []hold.DeviceID{"dev_a", "dev_b", "dev_c"}
	waits      = []hold.Duration{0, hold.Duration(time.Hour), hold.Duration(time.Hour * 24)}
)

func some[T comparable](list []T) *rapid.Generator[[]T] {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(list), 0, len(list), func(x T) T { return x })
}

func drawLock(t *rapid.T, k protection.Kind, name string) protection.Lock {
	l := protection.Lock{Kind: k, Action: rapid.SampledFrom(protection.Actions).Draw(t, name+" action")}
	switch k {
	case protection.Places:
		l.Countries = some(countries).Draw(t, name)
	case protection.Hours:
		l.From, l.To = rapid.IntRange(0, 1439).Draw(t, name+" from"), rapid.IntRange(0, 1439).Draw(t, name+" to")
		if l.From == l.To {
			l.To = (l.To + 1) % 1440
		}
	case protection.Limit:
		l.Currency = rapid.SampledFrom(currencies).Draw(t, name)
		kinds := append([]hold.Kind{""}, hold.Kinds...)
		l.Caps = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) protection.Cap {
			return protection.Cap{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
				Per:   rapid.SampledFrom([]protection.Per{protection.PerDay, protection.PerPayment}).Draw(t, "per"),
				Minor: rapid.Int64Range(0, 6).Draw(t, "minor")}
		}), 1, 4, func(c protection.Cap) string { return string(c.Kind) + string(c.Per) }).Draw(t, name)
	case protection.NewPayees:
		l.Wait = rapid.SampledFrom(waits).Draw(t, name)
		if l.Wait == 0 {
			l.Since = rapid.SampledFrom([]hold.Instant{now, now.Add(-time.Hour), now.Add(-24 * time.Hour), now.Add(-48 * time.Hour)}).Draw(t, name)
		}
	case protection.Ways:
		l.Ways = some(protection.AllWays).Draw(t, name)
	case protection.Devices:
		l.Devices = some(devices).Draw(t, name)
	}
	return l
}

func drawPayment(t *rapid.T) protection.Payment {
	p := protection.Payment{Kind: rapid.SampledFrom(hold.Kinds).Draw(t, "kind"),
		Way: rapid.SampledFrom(append([]protection.Way{"", protection.StandingOrder}, protection.AllWays...)).Draw(t, "way"),
		Amount: hold.Money{Minor: rapid.Int64Range(0, 7).Draw(t, "minor"),
			Currency: rapid.SampledFrom(append([]string{""}, currencies...)).Draw(t, "currency")},
		Country: rapid.SampledFrom(append([]string{""}, countries...)).Draw(t, "country"),
		Home:    rapid.SampledFrom([]string{"", "IT"}).Draw(t, "home"),
		Device:  rapid.SampledFrom(append([]hold.DeviceID{""}, devices...)).Draw(t, "device"),
		At:      now.Add(time.Duration(rapid.IntRange(0, 3*1440).Draw(t, "at")) * time.Minute),
		Spent:   rapid.MapOf(rapid.SampledFrom(hold.Kinds), rapid.Int64Range(0, 4)).Draw(t, "spent")}
	if rapid.Bool().Draw(t, "known") {
		p.PayeeSince = now.Add(-time.Duration(rapid.IntRange(-1440, 3*1440).Draw(t, "since")) * time.Minute)
	}
	return p
}

var strictness = map[protection.Result]int{protection.Allowed: 0, protection.Asked: 1, protection.Locked: 2}

// What loosens nothing lets no payment pass, and asks about none, that was not let or asked
// about before: over every kind, lock and payment.
func TestLoosensIsNeverWronglyFalse(t *testing.T) {
	t.Parallel()
	for _, k := range protection.Kinds {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				from, to := drawLock(t, k, "from"), drawLock(t, k, "to")
				if rapid.Bool().Draw(t, "began") {
					to = to.Beginning(&from, now)
				}
				if protection.Loosens(&from, &to, now) {
					return
				}
				p := drawPayment(t)
				before, after := protection.Rule([]protection.Lock{from}, p), protection.Rule([]protection.Lock{to}, p)
				if strictness[after.Result] < strictness[before.Result] {
					t.Fatalf("%s before, %s after, and it loosens nothing:\n%+v\n%+v\n%+v", before.Result, after.Result, from, to, p)
				}
			})
		})
	}
}

// What nobody says of a payment passes no lock that is about it; and no lock is passed by
// what another one says.
func TestUnknownNeverPasses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPayment(t)
		p.Country, p.Device, p.PayeeSince, p.Amount.Currency, p.Home = "", "", 0, "", ""
		if p.Way != protection.StandingOrder {
			p.Way = ""
		}
		k := rapid.SampledFrom([]protection.Kind{protection.Places, protection.Limit, protection.NewPayees, protection.Devices,
			protection.Ways}).Draw(t, "lock")
		l := drawLock(t, k, "lock")
		if rapid.Bool().Draw(t, "empty words") { // as a mistake of somebody's would have it
			l.Countries, l.Devices, l.Currency = append(l.Countries, ""), append(l.Devices, ""), ""
		}
		got := protection.Rule([]protection.Lock{l}, p)
		exempt := p.Kind != hold.KindTransfer && (k == protection.NewPayees || k == protection.Devices)
		exempt = exempt || k == protection.Ways && ways(l, p.Kind) ||
			p.Way == protection.StandingOrder && (k == protection.Ways || k == protection.Devices) // ordered before
		if got.Result == protection.Allowed && !exempt {
			t.Fatalf("passes %+v: %+v", l, p)
		}
	})
}

// ways tells whether a lock lets every way that a payment of a kind may be made by.
func ways(l protection.Lock, k hold.Kind) bool {
	may := map[hold.Kind][]protection.Way{hold.KindTransfer: {protection.Transfer, protection.CrossBorder},
		hold.KindCard: {protection.CardOnline, protection.CardPresent}, hold.KindCashOut: {protection.ATM}}[k]
	for _, w := range may {
		found := false
		for _, has := range l.Ways {
			found = found || has == w
		}
		if !found {
			return false
		}
	}
	return true
}

// More locks never let more pass, and who stops is named in the order of the kinds.
func TestMoreLocksStopMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var locks []protection.Lock
		for _, k := range some(protection.Kinds).Draw(t, "kinds") {
			locks = append(locks, drawLock(t, k, string(k)))
		}
		p := drawPayment(t)
		all := protection.Rule(locks, p)
		for i := range locks {
			if one := protection.Rule(locks[i:i+1], p); strictness[one.Result] > strictness[all.Result] {
				t.Fatalf("%s alone, %s together", one.Result, all.Result)
			}
		}
		if (all.Result == protection.Allowed) != (len(all.By) == 0) {
			t.Fatalf("%+v", all)
		}
	})
	later := []protection.Lock{{Kind: "of_a_later_version", Action: protection.Refuse}}
	if got := protection.Rule(later, protection.Payment{}); got.Result != protection.Asked {
		t.Errorf("a kind that nobody here knows: %+v", got)
	}
}

// Each kind of lock, by what its customers would say of it.
func TestWhatEachLockStops(t *testing.T) {
	t.Parallel()
	day := hold.At(time.Date(2026, 7, 1, 21, 30, 0, 0, time.UTC)) // 23:30 in Rome
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	pay := func(f func(p *protection.Payment)) protection.Payment {
		p := protection.Payment{Kind: hold.KindTransfer, Amount: hold.Money{Minor: 5000, Currency: "EUR"}, Country: "IT", Home: "IT",
			Device: "dev_a", PayeeSince: day.Add(-time.Hour), At: day, Zone: rome}
		f(&p)
		return p
	}
	plain := pay(func(*protection.Payment) {})
	lock := func(k protection.Kind, f func(l *protection.Lock)) protection.Lock {
		l := protection.Lock{Kind: k, Action: protection.Refuse}
		f(&l)
		return l
	}
	cap50 := lock(protection.Limit, func(l *protection.Lock) {
		l.Currency, l.Caps = "EUR", []protection.Cap{{Per: protection.PerDay, Minor: 10000}, {Kind: hold.KindTransfer, Per: protection.PerPayment,
			Minor: 5000}}
	})
	for name, c := range map[string]struct {
		l    protection.Lock
		p    protection.Payment
		want protection.Result
	}{
		"home": {lock(protection.Places, func(l *protection.Lock) { l.Countries = []string{"IT"} }), plain, protection.Allowed},
		"abroad": {lock(protection.Places, func(l *protection.Lock) { l.Countries = []string{"IT"} }),
			pay(func(p *protection.Payment) { p.Country = "FR" }), protection.Locked},
		"somewhere": {lock(protection.Places, func(l *protection.Lock) { l.Countries = []string{"IT"} }),
			pay(func(p *protection.Payment) { p.Country = "" }), protection.Asked},
		"in the customer's day, not the server's": {lock(protection.Hours, func(l *protection.Lock) { l.From, l.To = 7*60, 22*60 }), plain,
			protection.Locked},
		"over midnight": {lock(protection.Hours, func(l *protection.Lock) { l.From, l.To = 22*60, 6*60 }), plain,
			protection.Allowed},
		"as much as may be":          {cap50, plain, protection.Allowed},
		"more than a payment may be": {cap50, pay(func(p *protection.Payment) { p.Amount.Minor++ }), protection.Locked},
		"more than a day may be": {cap50, pay(func(p *protection.Payment) { p.Spent = map[hold.Kind]int64{hold.KindCard: 5001} }),
			protection.Locked},
		"more than numbers hold": {cap50, pay(func(p *protection.Payment) {
			p.Amount.Minor, p.Spent = 1, map[hold.Kind]int64{hold.KindCard: 1<<63 - 1}
		}), protection.Locked},
		"another currency": {cap50, pay(func(p *protection.Payment) { p.Amount.Currency = "USD" }), protection.Asked},
		"a payee whom the customer had": {lock(protection.NewPayees, func(l *protection.Lock) { l.Since = day.Add(-time.Minute) }), plain,
			protection.Allowed},
		"a payee who was added since": {lock(protection.NewPayees, func(l *protection.Lock) { l.Since = day.Add(-2 * time.Hour) }), plain,
			protection.Locked},
		"a payee who is too new": {lock(protection.NewPayees, func(l *protection.Lock) { l.Wait = hold.Duration(2 * time.Hour) }), plain,
			protection.Locked},
		"a shop is no payee": {lock(protection.NewPayees, func(*protection.Lock) {}),
			pay(func(p *protection.Payment) { p.Kind, p.PayeeSince = hold.KindCard, 0 }), protection.Allowed},
		"a way that is shut": {lock(protection.Ways, func(l *protection.Lock) { l.Ways = []protection.Way{protection.ATM} }), plain,
			protection.Locked},
		"a standing order": {lock(protection.Ways, func(*protection.Lock) {}),
			pay(func(p *protection.Payment) { p.Way = protection.StandingOrder }), protection.Allowed},
		"perhaps a way that is shut": {lock(protection.Ways, func(l *protection.Lock) { l.Ways = []protection.Way{protection.CardPresent} }),
			pay(func(p *protection.Payment) { p.Kind = hold.KindCard }), protection.Asked},
		"another device": {lock(protection.Devices, func(l *protection.Lock) { l.Devices = []hold.DeviceID{"dev_b"} }), plain, protection.Locked},
	} {
		if got := protection.Rule([]protection.Lock{c.l}, c.p); got.Result != c.want {
			t.Errorf("%s: %s, want %s", name, got.Result, c.want)
		}
	}
}

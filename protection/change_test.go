package protection_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/protection"

	"pgregory.net/rapid"
)

// Who may change a lock, by what the change does and by who asks.
func TestRefusalOfAChange(t *testing.T) {
	t.Parallel()
	strict := &protection.Lock{Kind: protection.Ways, Action: protection.Refuse}
	wide := &protection.Lock{Kind: protection.Ways, Action: protection.Refuse, Ways: protection.AllWays}
	may := protection.Change{Route: protection.ByApp, From: strict, To: wide, DeviceMay: true, Verified: true, Wait: time.Hour, Now: now}
	with := func(f func(c *protection.Change)) protection.Change { c := may; f(&c); return c }
	agent := with(func(c *protection.Change) { c.Route, c.DeviceMay, c.Verified = protection.ByAgent, false, false })
	for name, c := range map[string]struct {
		c    protection.Change
		want hold.Refusal
	}{
		"by a device that may":                    {may, ""},
		"by a session alone":                      {with(func(c *protection.Change) { c.DeviceMay = false }), hold.ProofMissing},
		"by a device whose user was not verified": {with(func(c *protection.Change) { c.Verified = false }), hold.UVTooWeak},
		"of a frozen customer":                    {with(func(c *protection.Change) { c.Customer.FrozenAt = now }), hold.CustomerFrozen},
		"while everything is stopped": {with(func(c *protection.Change) { c.Emergency, c.Customer.FrozenAt = true, now }),
			hold.EverythingStopped},
		"while a scam waits":             {with(func(c *protection.Change) { c.ScamOpen = true }), hold.ScamOpen},
		"soon after a scam":              {with(func(c *protection.Change) { c.Customer.SuspectedUntil = now + 1 }), hold.ScamOpen},
		"long after a scam":              {with(func(c *protection.Change) { c.Customer.SuspectedUntil = now }), ""},
		"for the eleventh time in a day": {with(func(c *protection.Change) { c.Asked = protection.MaxLoosenings }), hold.LooseningsSpent},
		"by an agent who heard nobody":   {agent, hold.IdentityMissing},
		"by an agent alone":              {func() protection.Change { c := agent; c.Identified = true; return c }(), hold.SecondMissing},
		"by two people":                  {func() protection.Change { c := agent; c.Identified, c.Second = true, true; return c }(), ""},
		"by a clerk alone": {func() protection.Change { c := agent; c.Route, c.Identified = protection.ByClerk, true; return c }(),
			hold.SecondMissing},
		"by a key": {with(func(c *protection.Change) { c.Route = protection.ByBank }), hold.LoosenedElsewhere},
	} {
		if got := c.c.Refusal(); got != c.want {
			t.Errorf("loosening %s: %q, want %q", name, got, c.want)
		}
		if c.want == "" && c.c.At() != now.Add(time.Hour) {
			t.Errorf("loosening %s counts at once", name)
		}
		back := c.c
		back.From, back.To = wide, strict
		if got := back.Refusal(); got != "" || back.At() != now {
			t.Errorf("tightening %s: %q at %d", name, got, back.At())
		}
	}
}

// A lock on every new payee shuts at once, whatever waited before, and being set again opens
// nothing.
func TestEveryNewPayee(t *testing.T) {
	t.Parallel()
	off := protection.Lock{Kind: protection.NewPayees, Action: protection.Refuse}
	day := protection.Lock{Kind: protection.NewPayees, Action: protection.Refuse, Wait: hold.Duration(24 * time.Hour)}
	first := off.Beginning(nil, now)
	again := off.Beginning(&first, now.Add(time.Hour))
	after := off.Beginning(&day, now)
	if first.Since != now || again.Since != now || after.Since != now.Add(-24*time.Hour) {
		t.Errorf("%d %d %d", first.Since-now, again.Since-now, after.Since-now)
	}
	if protection.Loosens(&day, &after, now) || protection.Loosens(&first, &again, now) {
		t.Error("it loosens")
	}
	later := first
	later.Since++
	if !protection.Loosens(&first, &later, now) || !protection.Loosens(&first, &day, now) {
		t.Error("it does not loosen")
	}
}

// Of each kind the lock counts that began last, and one that is yet to count changes nothing.
func TestInForce(t *testing.T) {
	t.Parallel()
	lock := func(minor int64) *protection.Lock {
		return &protection.Lock{Kind: protection.Limit, Currency: "EUR", Caps: []protection.Cap{{Per: protection.PerDay, Minor: minor}}}
	}
	rs := []protection.Record{
		{ID: "coming", Kind: protection.Limit, Lock: lock(3), FromAt: now.Add(time.Hour)},
		{ID: "now", Kind: protection.Limit, Lock: lock(2), FromAt: now},
		{ID: "outlived", Kind: protection.Limit, Lock: lock(1), FromAt: now.Add(-time.Hour)},
		{ID: "stopped", Kind: protection.Limit, Lock: lock(9), FromAt: now, EndedAt: now},
		{ID: "taken off", Kind: protection.Hours, FromAt: now.Add(-time.Hour)},
	}
	for at, want := range map[hold.Instant]int64{now - 1: 1, now: 2, now.Add(time.Hour) - 1: 2, now.Add(time.Hour): 3} {
		if got := protection.InForce(rs, at); len(got) != 1 || got[0].Caps[0].Minor != want {
			t.Errorf("%d: %+v, want %d", at-now, got, want)
		}
	}
	if protection.Coming(rs, protection.Limit, now).ID != "coming" || protection.Coming(rs, protection.Limit, now.Add(time.Hour)) != nil ||
		protection.InForce(rs, now.Add(-2*time.Hour)) != nil {
		t.Errorf("%+v", rs)
	}
}

// Two that stop the same are one, and what a device signs is the same for what is sent alike
// and for nothing else.
func TestPlainAndDigest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(protection.Kinds).Draw(t, "kind")
		l := drawLock(t, k, "lock")
		if p := l.Plain(); !protection.Same(&l, &p) || protection.Loosens(&l, &p, now) || protection.Loosens(&p, &l, now) {
			t.Fatalf("%+v is not %+v", l, p)
		}
		m := drawLock(t, k, "other")
		if (protection.WishDigest(k, &l) == protection.WishDigest(k, &m)) && !protection.Same(&l, &m) {
			t.Fatalf("one digest: %+v %+v", l, m)
		}
	})
	l := protection.Lock{Kind: protection.Places, Action: protection.Ask, Countries: []string{"IT"}}
	canonical := hold.DigestOf([]byte(`{"kind":"places","lock":{"action":"ask","countries":["IT"],"kind":"places"}}`))
	if protection.WishDigest(protection.Places, &l) != canonical ||
		protection.WishDigest(protection.Places, nil) != hold.DigestOf([]byte(`{"kind":"places"}`)) {
		t.Error("the digest is not of the canonical JSON")
	}
}

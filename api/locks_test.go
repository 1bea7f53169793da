package api_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/channels/sms"
	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store/storetest"
)

// locking is a bench of a bank in Italy whose texts are configured.
func locking(t *testing.T) *bench {
	t.Helper()
	return benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) {
		c.Country, c.Desk.SMS, c.SMS = "IT", &sms.Channel{}, storetest.TextRules.SMS
	})
}

// wishOn is a device's word on a lock, over a nonce of its own.
func (x *bench) wishOn(by push.Signer, k protection.Kind, to *protection.Lock, uv hold.UserVerification, as ...string) string {
	x.t.Helper()
	var n client.EnrolmentNonce
	x.read(x.do("POST", "/v1/app/devices/nonce", nil, as...), 201, &n)
	proof, err := by.SignLock(protection.WishDigest(k, to), n.Nonce, uv, x.store.Clock.Now())
	x.store.Must(err)
	return proof
}

// The app sets a lock at once, loosens it by a device's word alone, sees what comes and
// stops it; the bank tightens and stops, and loosens nothing.
func TestLocksOverHTTP(t *testing.T) {
	t.Parallel()
	x := locking(t)
	as := []string{"Authorization", "Bearer " + x.token("lin")}
	const places = "/v1/app/locks/places"
	at := func(r reply) client.LockState {
		t.Helper()
		var all client.CustomerLocks
		x.read(r, 200, &all)
		if len(all.Locks) != 6 || all.LooseningSeconds != 12*3600 {
			t.Errorf("%+v", all)
		}
		return all.Locks[0]
	}
	shown := func() client.LockState { t.Helper(); return at(x.do("GET", "/v1/app/locks", nil, as...)) }
	home := map[string]any{"action": "refuse", "countries": []string{"home"}}
	wide := map[string]any{"action": "refuse", "countries": []string{"FR", "home"}}
	if l := at(x.do("PUT", places, home, as...)); l.Lock == nil || strings.Join(l.Lock.Countries, "") != "IT" || l.By != "app" {
		t.Fatalf("%+v", l)
	}
	if r := x.do("PUT", places, wide, as...); r.status != 403 || r.code() != "proof_missing" {
		t.Errorf("by the session alone: %d %s", r.status, r.body)
	}
	signed := &protection.Lock{Kind: protection.Places, Action: protection.Refuse, Countries: []string{"FR", "home"}}
	put := func(proof string) reply { return x.do("PUT", places, wide, append(as, "Holdfast-Proof", proof)...) }
	for want, proof := range map[string]string{
		"uv_too_weak":      x.wishOn(x.old, protection.Places, signed, hold.UVNone, as...),
		"digest_mismatch":  x.wishOn(x.old, protection.Places, nil, hold.UVPIN, as...),
		"device_too_young": x.wishOn(x.young, protection.Places, signed, hold.UVBiometric, as...),
		"nonce_mismatch":   "eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
	} {
		if r := put(proof); r.code() != want {
			t.Errorf("%d %s, want %s", r.status, r.body, want)
		}
	}
	if l := shown(); l.Coming != nil {
		t.Errorf("%+v comes", l.Coming)
	}
	l := at(put(x.wishOn(x.old, protection.Places, signed, hold.UVPIN, as...)))
	if l.Coming == nil || len(l.Lock.Countries) != 1 || len(l.Coming.Lock.Countries) != 2 ||
		l.Coming.From.Sub(l.Coming.AskedAt) != 12*time.Hour {
		t.Fatalf("%+v", l)
	}
	if l := at(x.do("POST", places+"/stop", nil, as...)); l.Coming != nil {
		t.Errorf("%+v", l)
	}
	off := x.wishOn(x.old, protection.Places, nil, hold.UVBiometric, as...)
	if l := at(x.do("DELETE", places, nil, append(as, "Holdfast-Proof", off)...)); l.Coming == nil || l.Coming.Lock != nil {
		t.Errorf("taken off: %+v", l)
	}
	const bank = "/v1/customers/lin/locks"
	if r := x.do("PUT", bank+"/places", wide); r.code() != "loosened_elsewhere" {
		t.Errorf("by a key: %d %s", r.status, r.body)
	}
	l = at(x.do("PUT", bank+"/places", map[string]any{"action": "refuse"}))
	if l.Coming != nil || l.By != "bank" || len(l.Lock.Countries) != 0 {
		t.Errorf("%+v", l)
	}
	if l := at(x.do("GET", bank, nil)); l.By != "bank" {
		t.Errorf("%+v", l)
	}
	x.store.Clock.Forward(time.Minute)
	as = []string{"Authorization", "Bearer " + x.token("lin")}
	off = x.wishOn(x.old, protection.Places, nil, hold.UVBiometric, as...)
	at(x.do("DELETE", places, nil, append(as, "Holdfast-Proof", off)...))
	x.store.Clock.Forward(12 * time.Hour)
	if r := x.do("POST", bank+"/places/stop", nil); r.status != 409 || r.code() != "lock_counts" ||
		!strings.Contains(string(r.body), `"stands":{"locks"`) {
		t.Errorf("too late: %d %s", r.status, r.body)
	}
}

// What is no lock is refused with the field that is wrong.
func TestLockWishesAreChecked(t *testing.T) {
	t.Parallel()
	x := locking(t)
	as := []string{"Authorization", "Bearer " + x.token("lin")}
	for name, c := range map[string]struct {
		kind, field string
		body        map[string]any
	}{
		"a currency that is none": {"limit", "/currency", map[string]any{"action": "ask", "currency": "EEE",
			"caps": []any{map[string]any{"per": "day", "minor": 1}}}},
		"no cap":     {"limit", "/caps", map[string]any{"action": "ask", "currency": "EUR"}},
		"one minute": {"hours", "/from", map[string]any{"action": "ask", "from": 5, "to": 5}},
		"a device of nobody": {"devices", "/devices", map[string]any{"action": "ask",
			"devices": []string{"dev_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF"}}},
		"another kind":              {"hours", "/kind", map[string]any{"action": "ask", "kind": "ways", "from": 5, "to": 6}},
		"longer than thirty days":   {"new_payees", "/wait", map[string]any{"action": "ask", "wait": "721h0m0s"}},
		"an action that is neither": {"ways", "/action", map[string]any{"action": "allow"}},
	} {
		r := x.do("PUT", "/v1/app/locks/"+c.kind, c.body, as...)
		var p client.Problem
		x.read(r, 400, &p)
		if p.Field != c.field {
			t.Errorf("%s: %s", name, r.body)
		}
	}
}

package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
	"holdfast/store/storetest"
)

// setLock puts a lock of lin's in force.
func (x *bench) setLock(l protection.Lock) {
	x.t.Helper()
	value, err := json.Marshal(l)
	x.store.Must(err)
	raw, now := storetest.Raw(x.t, x.store.URL), x.store.Clock.Now()
	_, err = raw.Exec(raw.Rebind(`INSERT INTO locks (id, customer_id, kind, value, loosens, asked_at, asked_by, from_at)
		VALUES (?, 'lin', ?, ?, 0, ?, 'app', ?)`), store.NewID("lck"), l.Kind, value, now, now)
	x.store.Must(err)
}

func dayLimit(minor int64) protection.Lock {
	return protection.Lock{Kind: protection.Limit, Action: protection.Refuse, Currency: "EUR",
		Caps: []protection.Cap{{Per: protection.PerDay, Minor: minor}}}
}

// check asks about a transfer of lin's.
func (x *bench) check(key string, minor int, more map[string]any, headers ...string) reply {
	x.t.Helper()
	body := map[string]any{"customer_id": "lin", "transaction_id": key, "kind": "transfer", "way": "transfer",
		"amount": map[string]any{"minor": minor, "currency": "EUR"},
		"payee":  map[string]any{"account": "DE02120300000000202051", "since": "2025-01-01T00:00:00Z"}}
	for k, v := range more {
		body[k] = v
	}
	return x.do("POST", "/v1/checks", body, append([]string{"Idempotency-Key", key}, headers...)...)
}

// The bank asks before it books, books, and gives back.
func TestChecksOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.setLock(dayLimit(10000))
	x.setLock(protection.Lock{Kind: protection.Places, Action: protection.Refuse, Countries: []string{"DE"}})
	var a client.CheckAnswer
	x.read(x.check("one", 9000, nil), 200, &a)
	if a.Result != "allowed" || len(a.By) != 0 || a.CheckId == "" || a.ReservedUntil != x.store.Clock.Now().Add(15*time.Minute) {
		t.Fatalf("%+v", a)
	}
	first := a.CheckId
	card := func(more ...string) map[string]any {
		body := map[string]any{"kind": "card", "way": "card_present", "payee": map[string]any{"account": "s-1"}}
		for _, country := range more {
			body["country"] = country
		}
		return body
	}
	none := map[string]any{"minor": 1, "currency": "XXX"}
	for name, c := range map[string]struct {
		r                reply
		status           int
		result, by, code string
	}{
		"again":               {x.check("one", 9000, nil), 200, "allowed", "", ""},
		"another body":        {x.check("one", 9001, nil), 422, "", "", "idempotency_key_reused"},
		"too much":            {x.check("two", 1001, nil), 200, "locked", "limit", ""},
		"abroad":              {x.check("three", 1, card("FR")), 200, "locked", "places", ""},
		"nowhere":             {x.check("four", 1, card()), 200, "ask", "places", ""},
		"nobody's":            {x.check("five", 1, map[string]any{"customer_id": "nobody"}), 404, "", "", "not_found"},
		"no currency":         {x.check("six", 1, map[string]any{"amount": none}), 400, "", "", "field_invalid"},
		"no way":              {x.check("seven", 1, map[string]any{"way": "pigeon"}), 400, "", "", "field_invalid"},
		"no key":              {x.check("eight", 1, nil, "Idempotency-Key", ""), 400, "", "", "idempotency_key_missing"},
		"a key without scope": {x.check("nine", 1, nil, by(x.newKey("other", "holds:write"))...), 403, "", "", "scope_missing"},
		"a customer":          {x.check("ten", 1, nil, by(x.token("lin"))...), 401, "", "", "unauthenticated"},
	} {
		var a client.CheckAnswer
		if x.read(c.r, c.status, &a); c.r.code() != c.code || string(a.Result) != c.result || stopped(a) != c.by {
			t.Errorf("%s: %s", name, c.r.body)
		}
	}
	var end client.CheckState
	x.read(x.do("POST", "/v1/checks/"+first+"/book", nil), 200, &end)
	if end.Status != protection.Booked || end.CheckId != first {
		t.Errorf("%+v", end)
	}
	another := by(x.newKey("another", "checks:write"))
	if r := x.do("POST", "/v1/checks/"+first+"/cancel", nil, another...); r.status != 404 {
		t.Errorf("another client's: %d", r.status)
	}
	x.read(x.do("POST", "/v1/checks/"+first+"/cancel", nil), 200, &end)
	if r := x.do("POST", "/v1/checks/"+first+"/book", nil); r.status != 409 || r.code() != "check_cancelled" {
		t.Errorf("%d %s", r.status, r.body)
	}
	x.read(x.check("late", 10000, nil), 200, &a)
	x.store.Clock.Forward(16 * time.Minute)
	x.read(x.check("meanwhile", 1, nil), 200, nil)
	if r := x.do("POST", "/v1/checks/"+a.CheckId+"/book", nil); r.status != 409 || r.code() != "check_lapsed" {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// stopped is what stops a payment, blanks between.
func stopped(a client.CheckAnswer) string { return strings.Trim(fmt.Sprint(a.By), "[]") }

// Nothing of a payee's account is kept or logged by a check, not even what could be tried
// out.
func TestChecksKeepNoAccount(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.setLock(dayLimit(10000))
	const canary = "DE89370400440532013000"
	payee := func(account string) map[string]any {
		return map[string]any{"payee": map[string]any{"account": account}}
	}
	x.read(x.check("one", 100, payee(canary)), 200, nil)
	raw := storetest.Raw(t, x.store.URL)
	row := map[string]any{}
	x.store.Must(raw.QueryRowx(`SELECT * FROM reservations`).MapScan(row))
	body := map[string]any{"customer_id": "lin", "transaction_id": "one", "kind": "transfer", "way": "transfer",
		"amount": map[string]any{"minor": 100, "currency": "EUR"}, "payee": map[string]any{"account": canary}}
	b, err := json.Marshal(body)
	x.store.Must(err)
	kept := fmt.Sprint(row)
	for _, bad := range []string{canary, "0532013000", string(hold.DigestOf(b)), string(hold.DigestOf([]byte(canary)))} {
		if strings.Contains(kept, bad) {
			t.Errorf("a reservation keeps %s", kept)
		}
	}
	x.read(x.check("one", 100, payee("DE87370400440532013022")), 422, nil) // another account, all the same
	if bytes.Contains(x.log.Bytes(), []byte("0532013000")) {
		t.Error("the log has the account")
	}
}

// A held payment says which locks it meets: to the bank, in the question, and in what
// became of it.
func TestLocksAreNamed(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.setLock(protection.Lock{Kind: protection.Ways, Action: protection.Ask, Ways: []protection.Way{protection.CardPresent}})
	h, _ := x.held("asked")
	if strings.Trim(fmt.Sprint(h.Locks), "[]") != "ways" || h.LockAction != hold.LockAsks {
		t.Errorf("%v %s", h.Locks, h.LockAction)
	}
	token := by(x.token("lin"))
	var shown client.AppChallengeList
	x.read(x.do("GET", "/v1/app/challenges", nil, token...), 200, &shown)
	if rs := shown.Challenges[0].Reasons; len(rs) == 0 || rs[len(rs)-1] != "It meets a lock that you set: ways of paying." {
		t.Errorf("%v", rs)
	}
	x.store.Clock.Forward(time.Second)
	x.setLock(protection.Lock{Kind: protection.NewPayees, Action: protection.Refuse})
	req := request("refused")
	req["way"], req["payee"].(map[string]any)["since"] = "cross_border", "2026-03-04T11:00:00Z"
	x.read(x.do("POST", "/v1/holds", req, "Idempotency-Key", "refused"), 202, &h)
	if strings.Trim(fmt.Sprint(h.Locks), "[]") != "new_payees ways" || h.LockAction != hold.LockRefuses {
		t.Errorf("%v %s", h.Locks, h.LockAction)
	}
	_, _, err := x.store.Finish(t.Context(), h.Id, storetest.Rules)
	x.store.Must(err)
	x.read(x.do("GET", "/v1/holds/"+string(h.Id), nil), 200, &h)
	if h.Decision == nil || h.Decision.Reason != hold.ReasonLocked || h.Decision.Outcome != hold.Reverse {
		t.Errorf("%+v", h.Decision)
	}
	var log client.LogPage
	x.read(x.do("GET", "/v1/app/log", nil, token...), 200, &log)
	if i := strings.Index(fmt.Sprint(log.Lines), "A lock that you set stopped this payment: new payees and ways of paying."); i < 0 {
		t.Errorf("%+v", log.Lines)
	}
}

package api_test

import (
	"bytes"
	"net/http"
	"slices"
	"testing"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// by is the header of a key.
func by(key string) []string { return []string{"Authorization", "Bearer " + key} }

// Another client's hold cannot be amended, and is told from none by nothing. A
// key with the scope for it can; reading and reversing are the whole bank's.
func TestOwnersAmend(t *testing.T) {
	t.Parallel()
	change := map[string]any{"amount": map[string]any{"minor": 100, "currency": "EUR"}, "payee": map[string]any{"name": "A mule",
		"account": "GB33BUKB20201555555555"},
		"risk": map[string]any{"score": 1, "reasons": []string{"other"}}}
	amend := func(x *bench, id hold.ID, key string) reply {
		return x.do("PATCH", "/v1/holds/"+string(id), change, append(by(key), "If-Match", "1")...)
	}
	type given struct {
		x *bench
		h client.Hold
	}
	for name, test := range map[string]func(t *testing.T, g given){
		"as none": func(t *testing.T, g given) {
			other := g.x.newKey("other", "holds:write")
			theirs, none := amend(g.x, g.h.Id, other), amend(g.x, hold.ID(store.NewID("hold")), other)
			if theirs.status != 404 || none.status != 404 || string(theirs.body) != string(none.body) {
				t.Errorf("another's: %d %s; none: %d %s", theirs.status, theirs.body, none.status, none.body)
			}
			if h, err := g.x.store.Store.Hold(t.Context(), g.h.Id); err != nil || h.Revision != 1 || h.TxDigest != g.h.TxDigest {
				t.Errorf("it was amended: %+v, %v", h.Request, err)
			}
		},
		"decided, as none": func(t *testing.T, g given) {
			g.x.read(g.x.do("POST", "/v1/holds/"+string(g.h.Id)+"/decision", map[string]any{"outcome": "reverse", "reason": "x"}, "If-Match", "1"),
				200, nil)
			if r := amend(g.x, g.h.Id, g.x.newKey("other", "holds:write")); r.status != 404 {
				t.Errorf("%d %s", r.status, r.body)
			}
		},
		"by another key of the owner": func(t *testing.T, g given) {
			g.x.read(amend(g.x, g.h.Id, g.x.newKey("risk", "holds:write")), 200, nil)
		},
		"with the scope": func(t *testing.T, g given) {
			g.x.read(amend(g.x, g.h.Id, g.x.newKey("desk", "holds:write", "holds:amend")), 200, nil)
		},
		"with the scope alone": func(t *testing.T, g given) {
			if r := amend(g.x, g.h.Id, g.x.newKey("desk", "holds:amend")); r.status != 403 || r.code() != "scope_missing" {
				t.Errorf("%d %s", r.status, r.body)
			}
		},
		"read and reversed by another": func(t *testing.T, g given) {
			desk := g.x.newKey("desk", "holds:read", "holds:override")
			var got client.Hold
			g.x.read(g.x.do("GET", "/v1/holds/"+string(g.h.Id), nil, by(desk)...), 200, &got)
			g.x.read(g.x.do("POST", "/v1/holds/"+string(g.h.Id)+"/decision", map[string]any{"outcome": "reverse", "reason": "a mule"},
				append(by(desk), "If-Match", "1")...), 200, &got)
			if got.ClientId != "risk" || got.Decision.Author != "client:desk" {
				t.Errorf("%s's, by %s", got.ClientId, got.Decision.Author)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newBench(t)
			h, _ := x.held("tx-1")
			test(t, given{x, h})
		})
	}
}

// What was once said to be a scam is not amended away: the reason stays, first,
// and with it the ladder that asks by a talk, and the mark that nothing else
// releases.
func TestScamIsNotAmendedAway(t *testing.T) {
	t.Parallel()
	eight := []string{"new_payee", "unusual_amount", "name_mismatch", "unusual_place", "many_payments", "new_device", "mule_account", "other"}
	for name, c := range map[string]struct {
		before, after, want []string
	}{
		"taken out":       {[]string{"new_payee", "impersonation"}, []string{"new_payee"}, []string{"impersonation", "new_payee"}},
		"for another":     {[]string{"romance"}, []string{"investment"}, []string{"romance", "investment"}},
		"said again":      {[]string{"romance"}, []string{"new_payee", "romance"}, []string{"romance", "new_payee"}},
		"pushed out":      {[]string{"romance", "impersonation"}, eight, append([]string{"romance", "impersonation"}, eight[:6]...)},
		"not said before": {[]string{"new_payee"}, []string{"romance"}, []string{"romance"}},
		"never said":      {[]string{"new_payee"}, []string{"new_device"}, []string{"new_device"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newBench(t)
			q := request("tx-1")
			q["risk"] = map[string]any{"score": 900, "reasons": c.before}
			var h client.Hold
			x.read(x.do("POST", "/v1/holds", q, "Idempotency-Key", "k"), 202, &h)
			x.read(x.do("PATCH", "/v1/holds/"+string(h.Id), map[string]any{"risk": map[string]any{"score": 1, "reasons": c.after}}, "If-Match",
				"1"), 200, &h)
			kept, err := x.store.Store.Hold(t.Context(), h.Id)
			x.store.Must(err)
			if !slices.Equal(h.Risk.Reasons, c.want) || h.Risk.Score != 1 {
				t.Errorf("reasons %v, want %v", h.Risk.Reasons, c.want)
			}
			if scam := name != "never said"; kept.Terms.Scam != scam || (h.Ladder.Name == "scam") != scam {
				t.Errorf("a scam: %v, asked by %s", kept.Terms.Scam, h.Ladder.Name)
			}
		})
	}
}

// A transaction is its client's: a guessed id takes nothing away from whose it
// is, and each finds its own in the feed.
func TestTransactionsAreTheirClients(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.putCustomer("mule")
	guess := request("tx-1")
	guess["customer_id"] = "mule"
	var theirs, own client.Hold
	x.read(x.do("POST", "/v1/holds", guess, append(by(x.newKey("guesser", "holds:write")), "Idempotency-Key", "k")...), 202, &theirs)
	x.read(x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "k"), 202, &own)
	if r := x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "k2"); r.status != 409 || r.code() != "transaction_already_held" ||
		!bytes.Contains(r.body, []byte(own.Id)) {
		t.Errorf("one's own twice: %d %s", r.status, r.body)
	}
	var page client.HoldPage
	x.read(x.do("GET", "/v1/holds?transaction_id=tx-1", nil), 200, &page)
	if len(page.Holds) != 2 || page.Holds[0].ClientId != "guesser" || page.Holds[1].ClientId != "risk" {
		t.Errorf("found %+v", page.Holds)
	}
	for _, h := range []client.Hold{theirs, own} {
		x.read(x.do("POST", "/v1/holds/"+string(h.Id)+"/decision", map[string]any{"outcome": "reverse", "reason": "x"}, "If-Match", "1"),
			http.StatusOK, nil)
	}
	var feed client.DecisionPage
	x.read(x.do("GET", "/v1/decisions", nil), 200, &feed)
	if len(feed.Decisions) != 2 || feed.Decisions[0].ClientId != "guesser" || feed.Decisions[1].ClientId != "risk" ||
		feed.Decisions[1].Decision.HoldID != own.Id {
		t.Errorf("feed %+v", feed)
	}
}

// The same at once, on either database: each client gets its own hold.
func TestTransactionsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := benchOn(t, b)
		x.putCustomer("mule")
		done := make(chan reply, 20)
		for i := range 20 {
			key := x.newKey([]string{"one", "two"}[i%2], "holds:write")
			go func() {
				done <- x.do("POST", "/v1/holds", request("tx-1"), append(by(key), "Idempotency-Key", store.NewID("k"))...)
			}()
		}
		status := map[int]int{}
		for range 20 {
			status[(<-done).status]++
		}
		if status[202] != 2 || status[409] != 18 {
			t.Errorf("replies %v", status)
		}
	})
}

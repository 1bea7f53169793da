package api_test

import (
	"bytes"
	"testing"

	"holdfast/api/client"
	"holdfast/counterparties"
	"holdfast/store"
)

var payeeKeys, _ = counterparties.ReadKeys([]string{"one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="})

// listPayees puts a list in force.
func (x *bench) listPayees(list string, lines ...counterparties.Line) {
	x.t.Helper()
	b := x.store
	edition, why, err := b.BeginPayeeList(x.t.Context(), list)
	b.Granted(why, err)
	var some []store.ListedPayee
	for _, l := range lines {
		b.Must(l.Check())
		some = append(some, store.ListedPayee{Hit: l.Hit(list), Digest: payeeKeys.Current(counterparties.Normal(l.Account, l.Country))})
	}
	b.Granted(b.FillPayeeList(x.t.Context(), list, edition, some))
	b.Granted(b.EndPayeeList(x.t.Context(), list, edition, len(some), "test"))
}

// The bank's own screens ask what is known of an account; whoever has no such scope,
// and a customer, do not.
func TestPayeeCheck(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	const mule = "DE89370400440532013000"
	x.listPayees("own", counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed,
		Reporters: 3})
	key := by(x.newKey("screen", "payees:check"))
	check := func(account string, want int, more ...string) (c client.PayeeCheck) {
		t.Helper()
		r := x.do("POST", "/v1/payee-checks", map[string]any{"account": account}, append(more, key...)...)
		x.read(r, want, &c)
		return c
	}
	c := check("de89 3704 0044 0532 0130 00", 200, "Accept-Language", "zh-Hans")
	if c.Level != "confirmed" || !c.Mule || len(c.Hits) != 1 || c.Hits[0].Ref != "m-1" || c.Hits[0].Reporters != 3 || c.FirstSeen != nil ||
		len(c.Categories) != 1 || c.Categories[0].Text != counterparties.Words("mule_confirmed", "zh-Hans") {
		t.Errorf("%+v", c)
	}
	if x.counts["payee_checked"] != 1 {
		t.Error("the check is not counted")
	}
	if c := check("DE02120300000000202051", 200); c.Level != "none" || c.Mule || len(c.Hits) != 0 {
		t.Errorf("of one that nobody lists: %+v", c)
	}
	x.held("tx-1") // to that one
	if c := check("DE02 1203 0000 0000 2020 51", 200); c.Held30d != 1 || c.Payers30d != 1 || c.FirstSeen == nil {
		t.Errorf("after a payment to it was held: %+v", c)
	}
	if r := x.do("POST", "/v1/payee-checks", map[string]any{"account": ""}, key...); r.status != 400 && r.status != 422 {
		t.Errorf("no account: %d", r.status)
	}
	for name, who := range map[string][]string{"a customer": by(x.token("lin")),
		"a key without the scope": by(x.newKey("risk", "holds:write", "holds:read"))} {
		if r := x.do("POST", "/v1/payee-checks", map[string]any{"account": mule}, who...); r.status != 403 && r.status != 401 ||
			bytes.Contains(r.body, []byte("mule")) {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

// A payment to an account that a list is sure of takes a talk, and by card a call; one
// to another is asked as ever.
func TestPayeeChoosesTheLadder(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	const mule, honest = "DE89370400440532013000", "DE02120300000000202051"
	x.listPayees("own", counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
	for name, c := range map[string]struct{ account, kind, ladder string }{
		"to-a-mule":         {mule, "transfer", "scam"},
		"to-a-mule-by-card": {mule, "card", "call"},
		"to-another":        {honest, "transfer", "standard"},
	} {
		req := request(name)
		req["kind"], req["payee"] = c.kind, map[string]any{"name": "Anna Kovacs", "account": c.account}
		var h client.Hold
		x.read(x.do("POST", "/v1/holds", req, "Idempotency-Key", name), 202, &h)
		full, err := x.store.Hold(t.Context(), h.Id)
		x.store.Must(err)
		if full.Terms.Ladder.Name != c.ladder {
			t.Errorf("%s: by the ladder %s, want %s", name, full.Terms.Ladder.Name, c.ladder)
		}
	}
}

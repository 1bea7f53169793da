package api_test

import (
	"bytes"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/counterparties"
	"holdfast/hold"

	"holdfast/store/storetest"
)

// A policy that ran before it would be refused still amends the holds that are
// pinned to it.
func TestAmendedUnderAnOldPolicy(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	const version = "0123456789abcdef"
	source := bytes.Replace(policyDefault(), []byte("        timeout: 10m\n"), []byte("        timeout: 10m\n        approved: next\n"), 1)
	x.store.Must(x.store.SavePolicy(t.Context(), version, source))
	a := x.store.Accepting(storetest.PushLadder())
	a.ClientID = "risk"
	a.Terms = func(_ hold.Customer, _ counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		return hold.Terms{PolicyVersion: version, Ladder: storetest.PushLadder()}, now.Add(24 * time.Hour), nil
	}
	res, err := x.store.AcceptHold(t.Context(), a)
	x.store.Must(err)

	var got client.Hold
	x.read(x.do("PATCH", "/v1/holds/"+string(res.HoldID), map[string]any{"amount": map[string]any{"minor": 1000, "currency": "EUR"}},
		"If-Match", "1"), 200, &got)

	h, err := x.store.Store.Hold(t.Context(), res.HoldID)
	x.store.Must(err)
	if got.Revision != 2 || h.Terms.Ladder.Name != "standard" || !h.Terms.Ladder.Gate(0) {
		t.Errorf("revision %d, asked by %s: %+v", got.Revision, h.Terms.Ladder.Name, h.Terms.Ladder.Rungs)
	}
}

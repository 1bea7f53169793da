package cli_test

import (
	"context"
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// Parked recalls are listed with why, and asked for again, one or all; no payee stands
// in what is printed.
func TestRecallsCommand(t *testing.T) {
	ctx := context.Background()
	url := storetest.SQLiteURL(t)
	b := storetest.New(t, url)
	t.Setenv("HOLDFAST_DATABASE", url)
	holdfast("", "recalls", "list").want(t, 0)
	var ids []hold.RecallID
	for range 2 {
		id, c := b.Asked(storetest.PushLadder())
		b.Say(c.ID, b.Old(), hold.Approve)
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		b.Must(b.MarkSettled(ctx, id))
		b.Say(c.ID, b.Old(), hold.NotMe)
		rs, err := b.AllRecalls(ctx, store.RecallPage{HoldID: id, Limit: 1})
		b.Must(err)
		r, why, err := b.DecideRecall(ctx, store.DecideRecall{By: b.Agent("ben", "agent"), ID: rs[0].ID, Confirm: true, Reason: "r"})
		b.Granted(why, err)
		ids = append(ids, r.ID)
		b.Customer = b.NewCustomer(hold.CustomerID("payer" + string(rune('a'+len(ids)))))
	}
	first := string(ids[0])
	if out := holdfast("", "recalls", "retry", first).want(t, 1); !strings.Contains(out.errs, "not parked: on its way") {
		t.Errorf("on its way: %s", out.errs)
	}
	for _, id := range ids {
		b.Must(b.RecallParked(ctx, id, "recall_url_missing"))
	}
	listed := holdfast("", "recalls", "list", "--parked").want(t, 0).out
	if strings.Count(listed, "parked: recall_url_missing") != 2 || strings.Contains(listed, "Kovacs") || strings.Contains(listed, "DE02") {
		t.Errorf("listed %s", listed)
	}
	if out := holdfast("", "recalls", "retry", first).want(t, 0).out; !strings.Contains(out, "on its way") {
		t.Errorf("taken up: %s", out)
	}
	all := holdfast("", "--json", "recalls", "retry", "--all-parked").want(t, 0).out
	if !strings.Contains(all, string(ids[1])) || strings.Contains(all, first) {
		t.Errorf("all: %s", all)
	}
	holdfast("", "recalls", "retry").want(t, 2)
	holdfast("", "recalls", "retry", "rcl_none").want(t, 1)
	holdfast("", "recalls", "list", "--status", "lost").want(t, 2)
}

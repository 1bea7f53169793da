package gateway_test

import (
	"context"
	"testing"

	"holdfast/app"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A frozen customer is told what stands on every connection, anew when it
// changes, and that it is over.
func TestProtectionIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	_, url := b.gateway(t)
	signer, _ := b.customer("lin")
	b.Must(b.AskForHelp(ctx, "lin"))
	phone := b.connect(url, signer, b.token("lin"))
	first := phone.next("protection").Protection
	if first == nil || first.Since != b.Clock.Now() || len(first.Held) != 0 || first.Call != app.PromiseNone { // lin has no number
		t.Fatalf("told %+v", first)
	}
	a := b.Accepting(storetest.PushLadder())
	a.Request.CustomerID = "lin"
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	next := phone.next("protection").Protection
	want := app.Held{HoldID: res.HoldID, Amount: a.Request.Amount, Payee: app.Payee{Name: "Anna Kovacs", Account: "…0101"}}
	if next == nil || len(next.Held) != 1 || next.Held[0] != want {
		t.Fatalf("told %+v", next)
	}
	sam, sue := b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
	ticket, why, err := b.AskUnfreeze(ctx, sam, "lin", "spoken to")
	b.Granted(why, err)
	seconded, err := b.TakeSecond(ctx, store.Second{By: sue, ID: ticket, Approve: true, Reason: "so did I"})
	b.Granted(seconded.Refusal, err)
	if over := phone.next("protection").Protection; over != nil {
		t.Errorf("still told %+v", over)
	}
}

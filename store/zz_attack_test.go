package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/interview"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

var _ = queue.ApproveWait
var _ store.Accept

func TestAttackMixedStop(t *testing.T) {
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		l := hold.Ladder{Name: "x", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("app", 10*time.Minute, hold.Push),
			storetest.Rung("both", 10*time.Hour, hold.FaceLink, hold.Callback)}}
		l.Rungs[0].Asks[0].Interview = "safe_account"
		l.Rungs[1].Asks[0].BySMS = true
		b.Portrait()
		id, c := b.Asked(l)
		said(b, c.ID, interview.Stop, 12*time.Hour, "yes")
		rules := storetest.CallRules
		rules.Channels = []hold.Channel{hold.Push, hold.SMS, hold.FaceLink, hold.Callback}
		rules.Link = storetest.LinkOf
		_, p, err := b.Finish(ctx, id, rules)
		t.Logf("finish: %+v err=%v rung=%d", p, err, b.Look(id).Rung)
	})
}

func TestAttackFirstWord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sue := b.Agent("sue", "supervisor")
		id, c := b.Asked(talking())
		said(b, c.ID, interview.Stop, 12*time.Hour, "yes")
		finish(b, id)
		v := b.Case(sue)
		b.Rang(sue, v, 31*time.Second)
		d := b.Disposed(sue, v, hold.Confirmed)
		t.Logf("%+v notbefore>now %v interviewed %d", d, b.Look(id).NotBefore > b.Clock.Now(), b.Look(id).AgentInterviewedAt)
	})
}

func TestAttackSignals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(talking())
		_ = id
		b.Must(b.KeepSignals(ctx, b.Old(), hold.Signals{RemoteTool: hold.Yes}))
		cu, err := b.Store.Customer(ctx, b.Customer.ID)
		_ = err
		t.Logf("before %+v", cu.Signals(b.Clock.Now()))
		said(b, c.ID, interview.None, 0, "no")
		cu, _ = b.Store.Customer(ctx, b.Customer.ID)
		t.Logf("after %+v", cu.Signals(b.Clock.Now()))
	})
}

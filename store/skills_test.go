package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A task goes to who knows what the policy asks, or to a supervisor; what is not
// said of an agent stays as it was.
func TestSkills(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		ladder := storetest.CallLadder()
		ladder.Rungs[0].Asks = []hold.Ask{{Channel: hold.Callback, Skill: "business"}}
		b.Called(ladder, 100_00)
		none := func(by store.By) {
			t.Helper()
			next, err := b.NextCase(ctx, by)
			b.Must(err)
			expect(b, "not for "+by.Sub, next, "")
		}
		put := func(skills ...string) queue.Agent {
			a, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "bo", Skills: skills})
			b.Granted(why, err)
			return a
		}
		none(ana)
		put("travel")
		none(bo)
		a := put("travel", "business")
		expect(b, "the number stays", a.NumberID != "", true)
		v := b.Case(bo)
		b.Granted(b.ReturnCase(ctx, bo, v.ID))
		expect(b, "a supervisor needs none", b.Case(sam).ID, v.ID)
		b.Granted(b.ReturnCase(ctx, sam, v.ID))

		// Whatever else waits for that customer goes with it.
		b.Called(storetest.CallLadder(), 100_00)
		none(ana)
		v = b.Case(bo)
		expect(b, "both", len(v.Tasks), 2)
		b.Disposed(bo, v, hold.SuspectedScam)
		b.Granted(b.ReturnCase(ctx, bo, v.ID))
		none(bo)
		expect(b, "a supervisor's now", b.Case(sam).ID, v.ID)
		b.Clock.Forward(time.Second)
		verify(b)
	})
}

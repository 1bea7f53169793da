package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store/storetest"
)

// What nobody has answered in seven days is void, and something else may be asked.
func TestAskedVerdictLapses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		for name, look := range map[string]func(){
			"swept": func() {
				n, err := b.ExpireVerdicts(ctx, 100)
				b.Must(err)
				expect(b, "lapsed", n, 1)
			},
			"answered": func() { expect(b, "too late", j.says(j.sue, j.waiting()[0].ID, true).Refusal, hold.ApprovalClosed) },
			"asked":    func() { j.agreed(queue.VerdictMule); j.agreed(queue.VerdictCleared) },
		} {
			b.Subtest(name, func() {
				v, why := j.asks(j.sam, queue.VerdictMule)
				b.Granted(why, nil)
				b.Clock.Forward(queue.VerdictWaits - time.Microsecond)
				n, err := b.ExpireVerdicts(ctx, 100)
				b.Must(err)
				expect(b, "lapsed before its time", n, 0)
				expect(b, "it waits", j.verdict(v.ID).Status, queue.VerdictAsked)
				b.Clock.Forward(time.Microsecond)
				j.sam, j.sue = b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
				look()
				v = j.verdict(v.ID)
				expect(b, "then", v.Status, queue.VerdictVoid)
				expect(b, "its cause", v.Cause, "lapsed")
				n, err = b.ExpireVerdicts(ctx, 100)
				b.Must(err)
				expect(b, "once more", n, 0)
			})
		}
		expect(b, "in the trail", count(kinds(b, "payee:"+j.payee), "payee.verdict_void"), 3)
		verify(b)
	})
}

// Who asked for a verdict may withdraw it, and cannot agree to it.
func TestVerdictIsWithdrawn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		v, why := j.asks(j.sam, queue.VerdictMule)
		b.Granted(why, nil)
		res := j.says(j.sam, v.ID, false)
		b.Granted(res.Refusal, nil)
		expect(b, "told as", res.Verdict.Status, queue.VerdictVoid)
		expect(b, "void of something else", res.Void, false)
		v = j.verdict(v.ID)
		expect(b, "its status", v.Status, queue.VerdictVoid)
		expect(b, "its cause", v.Cause, "withdrawn")
		expect(b, "its second", v.Second, "")
		expect(b, "agreed to after that", j.says(j.sue, v.ID, true).Refusal, hold.ApprovalClosed)
		expect(b, "in the trail", count(kinds(b, "payee:"+j.payee), "payee.verdict_void"), 1)
		j.agreed(queue.VerdictMule)
		verify(b)
	})
}

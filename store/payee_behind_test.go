package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store/storetest"
)

// A verdict that did not come to one payment has not come to all: neither the console nor
// the metric says that it has, until it is brought there, too.
func TestVerdictIsBehind(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		first, broken := p.pays(mule, appThenCall()), p.pays(mule, appThenCall())
		verdict := p.judge(first, "mule")
		db := storetest.Raw(t, b.URL)
		over := func() (at hold.Instant) {
			b.T.Helper()
			b.Must(db.Get(&at, db.Rebind(`SELECT carried_at FROM payee_verdicts WHERE id = ?`), verdict))
			return at
		}
		var terms []byte
		b.Must(db.Get(&terms, db.Rebind(`SELECT terms FROM holds WHERE id = ?`), broken))
		db.MustExec(db.Rebind(`UPDATE holds SET terms = ? WHERE id = ?`), []byte(`?`), broken)
		for _, turn := range []string{"first", "second"} {
			done, err := b.CarryVerdict(ctx)
			b.Must(err)
			expect(b, turn+": failed", len(done.Failed), 1)
			expect(b, turn+": carried", over(), 0)
			b.Clock.Forward(10 * time.Second)
			behind, err := b.VerdictsBehind(ctx)
			b.Must(err)
			expect(b, turn+": behind", behind > 0, true)
		}
		db.MustExec(db.Rebind(`UPDATE holds SET terms = ? WHERE id = ?`), terms, broken)
		p.carry()
		expect(b, "the mark", b.Look(broken).VerdictID, verdict)
		expect(b, "carried", over(), b.Clock.Now())
		behind, err := b.VerdictsBehind(ctx)
		b.Must(err)
		expect(b, "behind", behind, 0)
	})
}

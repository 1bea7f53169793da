package store_test

import (
	"bytes"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// judged is what ana says of the face that waits.
func judged(b *storetest.Bundle, ana store.By, d hold.Disposition) store.CaseView {
	b.T.Helper()
	v := b.Case(ana)
	say := b.Disposing(ana, v, v.Tasks[0], d)
	say.Judge = storetest.JudgeFace
	res, err := b.Dispose(ctx, say)
	b.Must(err)
	expect(b, "outcome", res.Outcome, store.Disposed)
	return v
}

// Pictures that nobody can tell anything from are taken again, three tries in
// all, with ten minutes for each from the word on the one before; whoever judges
// sees the latest. Then nobody can be reached this way.
func TestFaceUnusable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Faced(false)
		ana := b.Agent("ana", "agent")
		for try := 1; try <= 3; try++ {
			expect(b, "link", b.Pictured(c), try)
			if _, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf); why != hold.LinkDead {
				t.Errorf("another link while they are looked at: %v", err)
			}
			b.Clock.Forward(29 * time.Minute) // it took an agent so long
			v := b.Case(ana)
			seen, _, why, err := b.Face(ctx, ana, v.ID, v.Tasks[0].ID, 1)
			if err != nil || why != "" || !bytes.Equal(seen, storetest.Picture(try, 1)) {
				t.Errorf("try %d: seen %v, %v", try, seen, err)
			}
			judged(b, ana, hold.NoFace)
			if try == 3 {
				break
			}
			expect(b, "asked still", now(b, c).Status, hold.Open)
			expect(b, "for", now(b, c).ExpiresAt, b.Clock.Now().Add(10*time.Minute))
			b.Clock.Forward(10*time.Minute - time.Second)
			p, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "the rung waits for it", p.State, hold.Waiting)
			expect(b, "until", p.Remaining, time.Second)
			next, err := b.NextCase(ctx, ana)
			b.Must(err)
			expect(b, "nothing to judge meanwhile", next, "")
		}
		expect(b, "in the end", string(now(b, c).Status)+" "+now(b, c).Cause, "undeliverable unusable")
		if _, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf); why != hold.LinkDead {
			t.Errorf("a fourth: %v", err)
		}
		expect(b, "held", b.Look(id).Status, hold.Held)
		verify(b)
	})
}

// Somebody else's face ends the check at once, whatever tries are left; it is an
// answer that did not come, not a way that failed.
func TestFaceNotSame(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Faced(false)
		b.Pictured(c)
		judged(b, b.Agent("ana", "agent"), hold.OtherFace)
		expect(b, "the check", string(now(b, c).Status)+" "+now(b, c).Cause, "expired not_same")
		if _, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf); why != hold.LinkDead {
			t.Errorf("another try: %v", err)
		}
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "held", b.Look(id).Status, hold.Held)
		verify(b)
	})
}

// The rung is left by the edge that fits: unusable by the one for who cannot be
// reached, somebody else by the one for who did not answer.
func TestFaceEdges(t *testing.T) {
	t.Parallel()
	for d, want := range map[hold.Disposition]hold.Reason{hold.NoFace: hold.ReasonUndeliverable, hold.OtherFace: hold.ReasonUnanswered} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				ladder := storetest.FaceLadder(false)
				ladder.Rungs[0].Undeliverable, ladder.Rungs[0].Unanswered = hold.EdgeReverse, hold.EdgeReverse
				id, c := b.FacedBy(ladder)
				ana := b.Agent("ana", "agent")
				for try := 1; try <= 3 && now(b, c).Status == hold.Open; try++ {
					b.Pictured(c)
					judged(b, ana, d)
				}
				_, err := b.Conclude(ctx, id)
				b.Must(err)
				expect(b, "decided for", b.Look(id).Decision.Reason, want)
				verify(b)
			})
		})
	}
}

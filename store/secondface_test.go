package store_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast/audit"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// The second person of a face check sees what the first saw, and each look is on
// the hold's chain. Whoever cannot be the second person finds nothing there.
func TestSecondSeesTheFace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		id, approval := b.Faces(ana)
		waiting, err := b.Approvals(ctx, store.By{}, 10)
		b.Must(err)
		expect(b, "asked to", waiting[0].Gesture, "smile")
		expect(b, "a portrait", waiting[0].Portrait, true)
		look := func(by store.By, approval string, n int) ([]byte, string, hold.Refusal, error) {
			return b.SecondFace(ctx, by, approval, n)
		}
		seconded, err := decide(b, sam, approval, true)
		b.Must(err)
		expect(b, "not unseen", seconded.Refusal, hold.FaceUnseen)
		challenges, err := b.Challenges(ctx, id)
		b.Must(err)
		for _, by := range []store.By{bo, sam} {
			for n := range 4 {
				want, of := []byte("portrait"), hold.PortraitOf(b.Customer.ID)
				if n > 0 {
					want, of = storetest.Picture(1, n), hold.FrameOf(challenges[0].ID, n)
				}
				got, for_, why, err := look(by, approval, n)
				if why != "" || err != nil || !bytes.Equal(got, want) || for_ != of {
					t.Errorf("%s, picture %d: %q for %q, %v", by.Sub, n, got, for_, err)
				}
			}
		}
		expect(b, "looks on record", looks(b, id), "bo 0, bo 1, bo 2, bo 3, sam 0, sam 1, sam 2, sam 3")

		_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "bo", CustomerID: new(b.Customer.ID)})
		b.Granted(why, err)
		if _, _, why, err := look(bo, approval, 1); why != hold.AgentLinked {
			t.Errorf("who is linked to the customer: %v", err)
		}
		b.Customer = b.NewCustomer("other")
		_, _, called := reviewed(b)
		none := map[string]func() error{
			"who judged them first":   func() error { _, _, _, err := look(ana, approval, 1); return err },
			"no approval":             func() error { _, _, _, err := look(sam, store.NewID("appr"), 1); return err },
			"of a call":               func() error { _, _, _, err := look(sam, called, 1); return err },
			"a fourth":                func() error { _, _, _, err := look(sam, approval, 4); return err },
			"of a call, its portrait": func() error { _, _, _, err := look(sam, called, 0); return err },
		}
		for who, look := range none {
			if err := look(); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", who, err)
			}
		}
		_, err = decide(b, sam, approval, true)
		b.Must(err)
		if _, _, _, err := look(sam, approval, 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("once it is decided: %v", err)
		}
		expect(b, "looks on record", looks(b, id), "bo 0, bo 1, bo 2, bo 3, sam 0, sam 1, sam 2, sam 3")
		verify(b)
	})
}

// A question that nobody can answer any more shows no face, whatever still
// stands as waiting.
func TestSecondFaceOfAClosedQuestion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam := b.Agent("sam", "supervisor")
		for name, end := range map[string]func(id hold.ID, approval string){
			"the deadline": func(id hold.ID, _ string) { b.Clock.Forward(b.Look(id).Deadline.Sub(b.Clock.Now())) },
			"a decision":   func(id hold.ID, _ string) { _, _, err := b.Override(ctx, id, 1, "client:bank", ""); b.Must(err) },
			"a rejection":  func(_ hold.ID, approval string) { _, err := decide(b, sam, approval, false); b.Must(err) },
			"the first is gone": func(hold.ID, string) {
				b.Clock.Forward(time.Second)
				b.Must(b.RevokeAgent(ctx, sam, "ana"))
				b.Clock.Forward(time.Second)
			},
		} {
			b.Subtest(name, func() {
				id, approval := b.Faces(b.Agent("ana", "agent"))
				_, _, why, err := b.SecondFace(ctx, sam, approval, 1)
				b.Granted(why, err)
				end(id, approval)
				if _, _, _, err := b.SecondFace(ctx, sam, approval, 1); !errors.Is(err, store.ErrNotFound) {
					b.T.Errorf("seen: %v", err)
				}
			})
		}
		verify(b)
	})
}

// looks are a hold's looks at faces, as its chain has them.
func looks(b *storetest.Bundle, id hold.ID) string {
	b.T.Helper()
	chain, _, err := b.Chain(ctx, string(id))
	b.Must(err)
	var out []string
	for _, kept := range chain {
		e, err := audit.Parse(kept.Bytes)
		b.Must(err)
		if e.Kind == "approval.face_viewed" {
			_, n, _ := strings.Cut(string(e.Body), `"picture":`)
			out = append(out, strings.TrimPrefix(e.Actor, "agent:")+" "+n[:1])
		}
	}
	return strings.Join(out, ", ")
}

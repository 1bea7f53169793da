package storetest

import (
	"context"
	"fmt"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
)

// LinkOf is the digest of a challenge's n-th link, or of any other secret of it.
func LinkOf(id hold.ChallengeID, n int) hold.Digest {
	return hold.DigestOf([]byte(fmt.Sprint(id, n)))
}

const cookie = 7 // of the check that a link began

// FaceLadder asks once by a link, in the app or by text, and then waits.
func FaceLadder(bySMS bool) hold.Ladder {
	r := Rung("face", 10*time.Minute, hold.FaceLink)
	r.Asks[0].Lifetime, r.Asks[0].BySMS = hold.Duration(10*time.Minute), bySMS
	return hold.Ladder{Name: "face", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{r}}
}

// Faced accepts a hold and asks by a link. Two people judge what comes of it.
func (b *Bundle) Faced(bySMS bool) (hold.ID, hold.Challenge) {
	b.T.Helper()
	return b.FacedBy(FaceLadder(bySMS))
}

// Portrait lets the bank say what the customer has looked like for a year.
func (b *Bundle) Portrait() {
	b.T.Helper()
	b.Granted(b.PutPortrait(context.Background(), store.PutPortrait{ID: b.Customer.ID, Picture: PortraitPicture,
		Since: b.Clock.Now().Add(-365 * 24 * time.Hour), MayBackdate: true, Actor: "client:bank"}))
}

// PortraitPicture is the one that Portrait puts.
var PortraitPicture = hold.Sealed{Bytes: []byte("portrait"), Digest: hold.DigestOf([]byte("portrait"))}

// FacedBy is the same under a ladder. The bank has a portrait.
func (b *Bundle) FacedBy(l hold.Ladder) (hold.ID, hold.Challenge) {
	b.T.Helper()
	ctx := context.Background()
	b.Portrait()
	id := b.Held(l)
	rules := CallRules
	rules.Channels, rules.Link = []hold.Channel{hold.FaceLink, hold.Callback}, LinkOf
	_, err := b.OpenRung(ctx, id, 0, hold.NoRung, rules)
	b.Must(err)
	cs, err := b.Challenges(ctx, id)
	b.Must(err)
	if cs[0].Status != hold.Open {
		b.T.Fatalf("the face check is %s", cs[0].Status)
	}
	return id, cs[0]
}

// Pictured lets the customer of a face check take their next link and send three
// pictures.
func (b *Bundle) Pictured(c hold.Challenge) (link int) {
	b.T.Helper()
	ctx := context.Background()
	link, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, LinkOf)
	b.Granted(why, err)
	_, why, err = b.StartLink(ctx, LinkOf(c.ID, link), LinkOf(c.ID, cookie*link), "smile")
	b.Granted(why, err)
	var frames [3]hold.Sealed
	for i := range frames {
		p := Picture(link, i+1)
		frames[i] = hold.Sealed{Bytes: p, Digest: hold.DigestOf(p)}
	}
	b.Granted(b.SubmitFrames(ctx, LinkOf(c.ID, cookie*link), frames))
	return link
}

// Picture is the n-th of a link's, as it was sealed.
func Picture(link, n int) []byte { return []byte{byte(link), byte(n)} }

// Seen lets an agent look at the portrait and the three pictures of a face task.
func (b *Bundle) Seen(by store.By, v store.CaseView, k queue.Task) {
	b.T.Helper()
	for n := range 4 {
		_, _, why, err := b.Face(context.Background(), by, v.ID, k.ID, n)
		b.Granted(why, err)
	}
}

// SeenToo lets the second person look.
func (b *Bundle) SeenToo(by store.By, approval string) {
	b.T.Helper()
	for n := range 4 {
		_, _, why, err := b.SecondFace(context.Background(), by, approval, n)
		b.Granted(why, err)
	}
}

// Faces is a face check whose pictures an agent took for the customer's, and what
// waits for a second person.
func (b *Bundle) Faces(by store.By) (id hold.ID, approval string) {
	b.T.Helper()
	id, c := b.Faced(false)
	b.Pictured(c)
	v := b.Case(by)
	b.Seen(by, v, v.Tasks[0])
	d := b.Disposing(by, v, v.Tasks[0], hold.SameFace)
	d.Judge = JudgeFace
	res, err := b.Dispose(context.Background(), d)
	b.Must(err)
	if res.ApprovalID == "" {
		b.T.Fatalf("no second person is asked: %s %s", res.Outcome, res.Refusal)
	}
	return id, res.ApprovalID
}

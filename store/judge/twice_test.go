package judge_test

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"

	"holdfast/hold"
	"holdfast/store"
)

// What comes twice, late, or not at all: replies that are lost and asked for again,
// webhooks, and processes that die.

// crash is what a process leaves that dies in a transaction: nothing of that one.
type crash struct{}

// dies has somebody act until the process dies, as a transaction of the store looks at
// the clock. What has committed by then stays.
func (w *world) dies() {
	w.clock.fuse.Store(int64(1 + w.dice("dies after", 6)))
	defer func() {
		w.clock.fuse.Store(0)
		switch died := recover().(type) {
		case nil:
		case crash:
			w.tell("and dies")
		default:
			panic(died)
		}
	}()
	w.acts()
}

// lost tells whether the reply to what was just done is lost: then it is done again.
func (w *world) lost() bool { return w.dice.one("the reply is lost", 5) }

// acceptedOnce sends a payment again that is held: with the same key it is the same, and
// another body under that key is nothing.
func (w *world) acceptedOnce(a store.Accept, first store.AcceptResult) {
	want := store.Replayed
	if w.dice.one("another body", 3) {
		a.BodyDigest, want = hold.DigestOf([]byte("another")), store.KeyReused
	}
	res, err := w.s.AcceptHold(ctx, a)
	w.must(err)
	if res.Outcome != want || want == store.Replayed && (res.HoldID != first.HoldID || !bytes.Equal(res.Reply, first.Reply)) {
		w.fail("%s was sent again: %s %s", first.HoldID, res.Outcome, res.HoldID)
	}
}

// saidOnce says the same of a task again: it counts once.
func (w *world) saidOnce(m *member, d store.Dispose) {
	res, err := w.s.Dispose(ctx, d)
	if w.refused("", err) {
		return
	}
	if res.Outcome == store.Disposed || res.Outcome == store.Reviewing {
		w.fail("%s said %s of %s twice, and both were taken", m.Sub, d.Disposition, res.HoldID)
	}
}

// secondedOnce says the same about an approval again.
func (w *world) secondedOnce(m *member, said store.Second) {
	if res, err := w.s.TakeSecond(ctx, said); err != nil || res.Outcome == store.Changed && res.Refusal == "" {
		w.fail("%s said twice what they say of %s: %v", m.Sub, said.ID, err)
	}
}

// news gives a webhook to the store, and again whenever it comes: it is taken once.
func (w *world) news(what string, give func() (hold.Taken, error)) {
	var taken atomic.Int32
	w.comes(func(w *world) {
		out, err := give()
		w.must(err)
		w.tell("news, %s: %s", what, out)
		if out == hold.TakenUp && taken.Add(1) > 1 {
			w.fail("%s was taken twice", what)
		}
	})
}

// later keeps what comes late, and may come again.
func (w *world) later(what func(*world)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.post = append(w.post, what)
}

// arrives is one of these.
func (w *world) arrives() {
	w.mu.Lock()
	post := slices.Clone(w.post)
	w.mu.Unlock()
	if len(post) > 0 {
		pick(w.dice, "news", post)(w)
	}
}

// comes has something come now, unless it is late, and perhaps again.
func (w *world) comes(what func(*world)) {
	w.later(what)
	if !w.dice.one("late", 4) {
		what(w)
	}
}

// vendor has a face check judged by somebody outside, who has the owner's face on record
// themselves. Their word may come late, twice, or about another's payment.
func (w *world) vendor(y *payment, c *hold.Challenge, cookie hold.Digest, face string) {
	word := hold.FaceResult{Session: fmt.Sprintf("%s-v%d", w.name, w.keys.Add(1)), HoldID: y.id, ChallengeID: c.ID,
		Pass: face == "owner", At: w.clock.Now()}
	if why, err := w.s.FaceSession(ctx, cookie, word.Session); w.refused(why, err) {
		return
	}
	if other := pick(w.dice, "of which", w.payments()); other != y {
		forged := word
		forged.HoldID, forged.Pass = other.id, true
		out, err := w.s.TakeFaceResult(ctx, forged)
		w.must(err)
		if out != hold.TakenUnknown {
			w.fail("a vendor's word about %s was taken for %s: %s", y.id, other.id, out)
		}
	}
	w.comes(func(w *world) { w.judges(y, *c, word) })
}

func (w *world) judges(y *payment, c hold.Challenge, word hold.FaceResult) {
	from := w.clock.Now()
	out, err := w.s.TakeFaceResult(ctx, word)
	w.must(err)
	w.tell("%s: the vendor says %t: %s", y.short(), word.Pass, out)
	cs, err := w.s.ChallengesByID(ctx, []hold.ChallengeID{c.ID})
	w.must(err)
	if out == hold.TakenUp && cs[0].Answer == hold.Approve && cs[0].ClosedAt > from {
		w.know(fact{what: "approve", customer: y.customer, hold: y.id, revision: c.Revision, rung: c.Rung, channel: c.Channel,
			willed: word.Pass && (y.wills(c.Revision) || w.coached())}, from)
	}
}

// span is from before something was done until it was.
type span struct{ from, to hold.Instant }

// brings does what may conclude a release: as somebody is about to tell the ledger.
func (w *world) brings(y *payment, do func() error) {
	from := w.clock.Now()
	err := do()
	y.mu.Lock()
	y.brought = append(y.brought, span{from, w.clock.Now()})
	y.mu.Unlock()
	w.must(err)
}

// wasBrought tells whether a release was concluded by one of those who may.
func (y *payment) wasBrought(at hold.Instant) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return slices.ContainsFunc(y.brought, func(s span) bool { return s.from < at && at < s.to })
}

package store_test

import (
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

func picture(s string) hold.Sealed {
	return hold.Sealed{Bytes: []byte(s), Digest: hold.DigestOf([]byte(s))}
}

// put is the bank's word on what the customer looks like, at most as old as now
// unless it may backdate.
func put(b *storetest.Bundle, p hold.Sealed, age time.Duration, mayBackdate bool) (hold.Refusal, error) {
	q := store.PutPortrait{ID: b.Customer.ID, Picture: p, MayBackdate: mayBackdate, Actor: "client:bank"}
	if age != 0 {
		q.Since = b.Clock.Now().Add(-age)
	}
	return b.PutPortrait(ctx, q)
}

// asksFace opens a hold that asks by face and then by push, and gives what became
// of the face check and which rung asks.
func asksFace(b *storetest.Bundle, age hold.Duration, vendor bool) (hold.ID, hold.Challenge, int) {
	b.T.Helper()
	l := storetest.FaceLadder(false)
	l.Rungs = append(l.Rungs, storetest.Rung("app", time.Hour, hold.Push))
	a := b.Accepting(l)
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		t, deadline, err := terms(c, p, now)
		t.MinPortraitAge = age
		return t, deadline, err
	}
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung,
		hold.Rules{Channels: []hold.Channel{hold.FaceLink, hold.Push}, Link: linkOf, FaceVendor: vendor})
	b.Must(err)
	cs, err := b.Challenges(ctx, res.HoldID)
	b.Must(err)
	return res.HoldID, cs[0], b.Look(res.HoldID).Rung
}

// Nobody is asked for their face where nothing proves it: the next rung is. A
// vendor judges by its own record, and needs no portrait of ours.
func TestFaceWithoutAPortrait(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		age    time.Duration // of the portrait; 0: it has just been put
		none   bool
		min    hold.Duration
		vendor bool
		want   string // the cause
	}{
		"none":                       {none: true, want: "portrait_missing"},
		"just put":                   {want: "portrait_too_young"},
		"two days old":               {age: 2 * day, want: "portrait_too_young"},
		"three days old":             {age: 3 * day},
		"younger than the policy's":  {age: 3 * day, min: hold.Duration(4 * day), want: "portrait_too_young"},
		"as old as the policy's":     {age: 4 * day, min: hold.Duration(4 * day)},
		"none, and a vendor":         {none: true, vendor: true},
		"just put, and a vendor":     {vendor: true},
		"older than the policy's is": {age: day, min: hold.Duration(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				if !c.none {
					b.Granted(put(b, storetest.PortraitPicture, c.age, true))
				}
				_, ch, rung := asksFace(b, c.min, c.vendor)
				expect(b, "cause", ch.Cause, c.want)
				if c.want == "" {
					expect(b, "asked", ch.Status, hold.Open)
				} else {
					expect(b, "not asked", ch.Status, hold.Undeliverable)
					expect(b, "the next is", rung, 1)
				}
				verify(b)
			})
		})
	}
}

// The very same picture keeps its age, another has its own. Only who may backdate
// moves one back.
func TestPortraitsAge(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		since := func() time.Duration {
			var at, putAt hold.Instant
			b.Must(storetest.Raw(t, b.URL).QueryRow(`SELECT since, put_at FROM portraits`).Scan(&at, &putAt))
			return b.Clock.Now().Sub(at)
		}
		b.Granted(put(b, picture("hers"), 0, false))
		expect(b, "a new one", since(), 0)
		b.Clock.Forward(5 * day)
		b.Granted(put(b, picture("hers"), 0, false))
		expect(b, "the same again", since(), 5*day)
		_, ch, _ := asksFace(b, 0, false)
		expect(b, "is asked by", ch.Status, hold.Open)
		b.Granted(put(b, picture("hers"), 0, false))
		expect(b, "moved back", refusal(put(b, picture("hers"), 6*day, false)), hold.Backdated)
		expect(b, "a new one, moved back", refusal(put(b, picture("his"), day, false)), hold.Backdated)
		expect(b, "in the future", refusal(put(b, picture("hers"), -day, true)), hold.SinceFuture)
		expect(b, "still", since(), 5*day)
		b.Granted(put(b, picture("his"), 0, false))
		expect(b, "another", since(), 0)
		b.Granted(put(b, picture("his"), 30*day, true))
		expect(b, "moved back by who may", since(), 30*day)
		b.Granted(put(b, picture("his"), 10*day, false))
		expect(b, "moved on", since(), 10*day)
		verify(b)
	})
}

// A portrait that is put in the place of the customer's while their pictures
// wait proves nothing, to neither person, whatever age it is said to have.
func TestSwappedPortrait(t *testing.T) {
	t.Parallel()
	thief := picture("the thief")
	for name, c := range map[string]struct {
		swap func(b *storetest.Bundle) (hold.Refusal, error)
		want hold.Refusal
	}{
		"not swapped":    {func(*storetest.Bundle) (hold.Refusal, error) { return "", nil }, ""},
		"the same again": {func(b *storetest.Bundle) (hold.Refusal, error) { return put(b, storetest.PortraitPicture, 0, false) }, ""},
		"swapped":        {func(b *storetest.Bundle) (hold.Refusal, error) { return put(b, thief, 0, false) }, hold.PortraitTooYoung},
		"and said old": {func(b *storetest.Bundle) (hold.Refusal, error) { return put(b, thief, 8760*time.Hour, true) },
			hold.PortraitTooYoung},
		"and called of now": {func(b *storetest.Bundle) (hold.Refusal, error) { return put(b, storetest.PortraitPicture, 1, true) },
			hold.PortraitTooYoung},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				id, ch := b.Faced(false)
				b.Pictured(ch)
				b.Clock.Forward(time.Minute)
				b.Granted(c.swap(b))
				ana := b.Agent("ana", "agent")
				v := b.Case(ana)
				expect(b, "shown to prove something", v.Faces[0].Portrait, c.want == "")
				b.Seen(ana, v, v.Tasks[0])
				d := b.Disposing(ana, v, v.Tasks[0], hold.SameFace)
				d.Judge = storetest.JudgeFace
				res, err := b.Dispose(ctx, d)
				b.Must(err)
				expect(b, "the first", res.Refusal, c.want)
				expect(b, "held", b.Look(id).Status, hold.Held)
				verify(b)
			})
		})
		t.Run(name+", between the two", func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				id, approval := b.Faces(b.Agent("ana", "agent"))
				b.Clock.Forward(time.Minute)
				b.Granted(c.swap(b))
				bo := b.Agent("bo", "agent")
				waiting, err := b.Approvals(ctx, bo, 10)
				b.Must(err)
				expect(b, "shown to prove something", waiting[0].Portrait, c.want == "")
				b.SeenToo(bo, approval)
				seconded, err := decide(b, bo, approval, true)
				b.Must(err)
				expect(b, "the second", seconded.Refusal == hold.PortraitTooYoung, c.want != "")
				_, err2 := b.Conclude(ctx, id)
				b.Must(err2)
				expect(b, "released", b.Look(id).Status.Decided(), c.want == "")
				verify(b)
			})
		})
	}
}

package store_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// numbers A and B of the customers here.
const numberA, numberB = "+393340000001", "+393340000002"

// wrongNumber rings a number of the case's customer and says that it was the
// wrong one.
func wrongNumber(b *storetest.Bundle, by store.By, v store.CaseView, e164 string) store.DisposeResult {
	b.T.Helper()
	id, out := called(b, by, v, number(b, e164))
	expect(b, "called", out, "queued")
	_, err := b.BeginCall(ctx, id)
	b.Must(err)
	b.Must(b.CallPlaced(ctx, id, "CA"+id))
	res := b.Disposed(by, v, hold.WrongNumber)
	b.Must(b.CallFailed(ctx, id, "done"))
	return res
}

// A wrong number is called no more, in no case of this customer's; the next call
// takes another. When none is left, nobody can be called: the rung goes on.
func TestWrongNumberThenTheNext(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		phoned(b, "two", storetest.Mobile(numberA, year), storetest.Mobile(numberB, year.Add(time.Hour)))
		id, c := b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		res := wrongNumber(b, ana, b.Case(ana), numberA)
		expect(b, "the next attempt", res.NextAt, b.Clock.Now().Add(15*time.Minute))
		ks := kinds(b, "customer:two")
		expect(b, "on the customer's trail", ks[len(ks)-1], "number.unusable")
		b.Clock.Forward(15 * time.Minute)
		v := b.Case(ana)
		_, out := called(b, ana, v, number(b, numberA))
		expect(b, "the wrong one again", out, "contact_not_eligible number_unusable")
		b.Granted(b.ReturnCase(ctx, ana, v.ID))
		res = wrongNumber(b, ana, b.Case(ana), numberB)
		expect(b, "no third", res.NextAt, 0)
		asked := now(b, c)
		expect(b, "undeliverable", string(asked.Status)+" "+asked.Cause, "undeliverable number_unusable")
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "nobody is sent after them", next, "")
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "held for its deadline", b.Look(id).Status, hold.Held)
		verify(b)
	})
}

// What counts is whether any number is left, not which of them is the first.
func TestWrongNumberWithOthersOnRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, second hold.Phone
		wrong         string
		want          string
	}{
		"the first may not be called, the second is wrong": {voip(numberA), storetest.Mobile(numberB, year.Add(time.Hour)), numberB,
			"undeliverable number_unusable"},
		"the second is too young, the first is wrong": {storetest.Mobile(numberA, year), storetest.Mobile(numberB,
			storetest.Start.Add(-time.Hour)), numberA, "undeliverable number_unusable"},
		"the first may still be called, the second is wrong": {storetest.Mobile(numberA, year), storetest.Mobile(numberB, year.Add(time.Hour)),
			numberB, "open "},
		"the second may still be called, the first is wrong": {storetest.Mobile(numberA, year), storetest.Mobile(numberB, year.Add(time.Hour)),
			numberA, "open "},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				phoned(b, "two", c.first, c.second)
				_, asked := b.Called(storetest.CallLadder(), 100_00)
				ana := b.Agent("ana", "agent")
				res := wrongNumber(b, ana, b.Case(ana), c.wrong)
				asked = now(b, asked)
				expect(b, "the question", string(asked.Status)+" "+asked.Cause, c.want)
				expect(b, "another attempt", res.NextAt != 0, asked.Status == hold.Open)
				verify(b)
			})
		})
	}
}

func voip(e164 string) hold.Phone {
	p := storetest.Mobile(e164, year)
	p.Line = "voip"
	return p
}

// With no number left the rung is left by its edge for who cannot be reached.
func TestWrongNumberTakesTheUndeliverableEdge(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		phoned(b, "one", storetest.Mobile(numberA, year))
		ladder := storetest.CallLadder()
		ladder.Rungs[0].Undeliverable = hold.EdgeReverse
		id, _ := b.Called(ladder, 100_00)
		ana := b.Agent("ana", "agent")
		wrongNumber(b, ana, b.Case(ana), numberA)
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "decided", b.Look(id).Decision.Reason, hold.ReasonUndeliverable)
		verify(b)
	})
}

// The bank may say that the number is theirs after all: since then.
func TestWrongNumberIsPutRight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		phoned(b, "one", storetest.Mobile(numberA, year))
		b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		wrongNumber(b, ana, b.Case(ana), numberA)
		phoned(b, "one", storetest.Mobile(numberA, year))
		expect(b, "the same record changes nothing", b.Customer.Phones[0].UnusableAt != 0, true)
		phoned(b, "one", storetest.Mobile(numberA, b.Clock.Now()))
		expect(b, "a new since does", b.Customer.Phones[0].UnusableAt != 0, false)
		verify(b)
	})
}

// Somebody else answered: nothing is said of the payment and nothing decided;
// the plan goes on, and what they said proves nothing.
func TestThirdParty(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		b.Hung(b.Rang(ana, v, 40*time.Second), 40*time.Second)
		res := b.Disposed(ana, v, hold.ThirdParty)
		expect(b, "the next attempt", res.NextAt, b.Clock.Now().Add(15*time.Minute))
		expect(b, "the question", now(b, c).Status, hold.Open)
		expect(b, "held", b.Look(id).Status, hold.Held)
		b.Clock.Forward(15 * time.Minute)
		v = b.Case(ana)
		expect(b, "attempt", v.Tasks[0].Attempt, 1)
		expect(b, "the number stays", v.Customer.Phones[0].UnusableAt, 0)
		expect(b, "their call proves nothing", b.Disposed(ana, v, hold.Confirmed).Refusal, "call_missing")
		verify(b)
	})
}

// A vulnerable customer goes to a supervisor at once, ahead of the others, with
// the deadline that the hold had; one supervisor may confirm.
func TestVulnerable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		v := b.Case(ana)
		before, deadline := v.Tasks[0].Priority, b.Look(id).Deadline
		res := b.Disposed(ana, v, hold.Vulnerable)
		expect(b, "disposed", res.Outcome, store.Disposed)
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "an agent does not get it back", next, "")
		v = b.Case(sam)
		expect(b, "for", v.Skill, "supervisor")
		expect(b, "ahead", v.Tasks[0].Priority > before, true)
		expect(b, "no scam by that", v.Tasks[0].Scam, false)
		expect(b, "deadline", b.Look(id).Deadline, deadline)
		expect(b, "held", b.Look(id).Status, hold.Held)
		b.Proved(sam, v)
		expect(b, "confirmed by one", b.Disposed(sam, v, hold.Confirmed).Outcome, store.Disposed)
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		verify(b)
	})
}

// now reads a challenge as it is now.
func now(b *storetest.Bundle, c hold.Challenge) hold.Challenge {
	b.T.Helper()
	cs, err := b.Challenges(ctx, c.HoldID)
	b.Must(err)
	i := slices.IndexFunc(cs, func(o hold.Challenge) bool { return o.ID == c.ID })
	if i < 0 {
		b.T.Fatal("the challenge is gone")
	}
	return cs[i]
}

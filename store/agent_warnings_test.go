package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A small story, counted by hand: of each payment what the customer did with the
// warning, what became of it, how long it waited, and what the bank learnt later.
func TestWarningsAreCounted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		from := warnedOfAll(b)
		now := b.Clock.Now()
		ws, err := b.Warnings(ctx, from, now, now)
		b.Must(err)
		want := []store.WarnedGroup{
			{Scenario: "safe_account", PolicyVersion: "v1", WarnedCount: store.WarnedCount{Holds: 10, Released: 5, Reversed: 3, Fraud: 3, Genuine: 1,
				Unknown: 1}, Waits: 4, Delay: 30 + 60 + 720 + 90, Median: (60 + 90) / 2, Calls: 1, ByChoice: []store.ChoiceCount{
				{Choice: "", WarnedCount: store.WarnedCount{Holds: 4, Released: 1, Reversed: 1}},
				{Choice: interview.Stopped, WarnedCount: store.WarnedCount{Holds: 1, Reversed: 1, Unknown: 1}},
				{Choice: interview.Told, WarnedCount: store.WarnedCount{Holds: 1, Reversed: 1, Fraud: 1}},
				{Choice: interview.WentOn, WarnedCount: store.WarnedCount{Holds: 4, Released: 4, Fraud: 2, Genuine: 1}},
			}},
			{Scenario: "x", PolicyVersion: "v2", WarnedCount: store.WarnedCount{Holds: 1}, ByChoice: []store.ChoiceCount{
				{WarnedCount: store.WarnedCount{Holds: 1}}}},
		}
		if got, want := fmt.Sprintf("%+v", ws.Groups), fmt.Sprintf("%+v", want); got != want || ws.More {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		ws, err = b.Warnings(ctx, from.Add(-time.Hour), from, now)
		b.Must(err)
		expect(b, "before", fmt.Sprint(len(ws.Groups), ws.Groups[0].Holds), "1 1")
		ws, err = b.Warnings(ctx, now, now.Add(time.Hour), now)
		b.Must(err)
		expect(b, "nothing", len(ws.Groups), 0)
	})
}

// warnedOfAll plays the story, and tells since when it counts.
func warnedOfAll(b *storetest.Bundle) (from hold.Instant) {
	b.T.Helper()
	early, _ := interviewedAs(b, "too-early", interview.Warn) // before the time that is asked about
	chosenThen(b, early, interview.WentOn, hold.Approve)
	b.Clock.Forward(time.Minute)
	from = b.Clock.Now()

	id, _ := interviewedAs(b, "deceived", interview.Warn)
	chosenThen(b, id, interview.WentOn, hold.Approve)
	learntOf(b, id, hold.AftermathGenuine)
	learntOf(b, id, hold.AftermathFraud) // the last word counts
	id, _ = interviewedAs(b, "sure", interview.Warn)
	chosenThen(b, id, interview.WentOn, hold.Approve)
	learntOf(b, id, hold.AftermathGenuine)
	id, _ = interviewedAs(b, "warned", interview.Warn)
	chosenThen(b, id, interview.Stopped, hold.Deny)
	learntOf(b, id, hold.AftermathUnknown)

	id, c := interviewedAs(b, "unsuspicious", interview.None)
	b.Say(c.ID, b.Old(), hold.Approve)
	finish(b, id)

	id, c = interviewedAs(b, "in-the-wait", interview.Wait) // refused after half an hour of it
	b.Clock.Forward(30 * time.Minute)
	b.Say(c.ID, b.Old(), hold.Deny)
	finish(b, id)

	id, c = interviewedAs(b, "coached", interview.Warn)
	sam := b.Agent("sam", "supervisor")
	b.Clock.Forward(time.Minute)
	chose(b, c.ID, interview.Told)
	finish(b, id)
	b.Clock.Forward(60*time.Minute - 31*time.Second)
	v := b.Case(sam)
	b.Proved(sam, v) // 31 s on the line
	b.Disposed(sam, v, hold.Refused)
	finish(b, id)
	expect(b, "coached", b.Look(id).Decision != nil, true)
	learntOf(b, id, hold.AftermathFraud)

	id, _ = interviewedAs(b, "amended", interview.Warn) // stopped, and changed by the bank, and gone on with: counts once
	b.Clock.Forward(8 * time.Second)
	chose(b, asked(b, id, hold.Push).ID, interview.Stopped)
	amended(b, id)
	finish(b, id)
	said(b, asked(b, id, hold.Push).ID, interview.Warn, 0, "no")
	chosenThen(b, id, interview.WentOn, hold.Approve)

	_, c = interviewedAs(b, "aloud", interview.None) // an agent, too, asked them; what they said themselves counts
	aloud(b, c.ID)
	b.Customer = b.NewCustomer("by-telephone")
	_, c = b.Asked(talking())
	aloud(b, c.ID) // and here an agent alone

	id, _ = interviewedAs(b, "patient", interview.Wait)
	b.Clock.Forward(12 * time.Hour)
	finish(b, id)
	chosenThen(b, id, interview.WentOn, hold.Approve)
	learntOf(b, id, hold.AftermathFraud)
	interviewedAs(b, "waiting", interview.Wait)
	b.Clock.Forward(90 * time.Minute)
	return from
}

// interviewedAs is a customer's payment, and what their answers came to.
func interviewedAs(b *storetest.Bundle, name string, l interview.Level) (hold.ID, hold.Challenge) {
	b.T.Helper()
	b.Customer = b.NewCustomer(hold.CustomerID(name))
	id, c := b.Asked(talking())
	said(b, c.ID, l, 12*time.Hour, "yes")
	return id, c
}

// chosenThen is what they did with the warning, and said then.
func chosenThen(b *storetest.Bundle, id hold.ID, w interview.Choice, a hold.Answer) {
	b.T.Helper()
	b.Clock.Forward(8 * time.Second)
	c := asked(b, id, hold.Push)
	chose(b, c.ID, w)
	b.Say(c.ID, b.Old(), a)
	finish(b, id)
}

// learntOf is what the bank learnt of it later.
func learntOf(b *storetest.Bundle, id hold.ID, what hold.Aftermath) {
	b.T.Helper()
	l := genuine(b, id)
	l.Word.Outcome = what
	learn(b, l)
}

// amended changes what a hold is about, so that it is asked about anew.
func amended(b *storetest.Bundle, id hold.ID) {
	b.T.Helper()
	_, _, err := b.AmendHold(ctx, store.Amend{ID: id, Client: storetest.Client, Revision: 1, Actor: "client:bank",
		Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
		Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
			return h.Terms, h.Deadline, nil
		}})
	b.Must(err)
}

// aloud has an agent take answers down from which nothing follows, in another scenario.
func aloud(b *storetest.Bundle, c hold.ChallengeID) {
	b.T.Helper()
	_, err := b.TakeInterview(context.Background(), store.Interview{CustomerID: b.Customer.ID, ChallengeID: c, Via: interview.ViaAgent,
		Author: "agent:ana", Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
			return store.Interviewed{Ruling: interview.Ruling{Level: interview.None}, Scenario: "x", Version: "v2"}, "", nil
		}})
	b.Must(err)
}

// A look at one day among many reads that day's answers, by their index.
func TestWarningsReadTheirTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		const days, each = 60, 100
		id := b.Held(talking())
		db := storetest.Raw(t, b.URL)
		now, tx := b.Clock.Now(), db.MustBegin()
		for i := range days * each {
			tx.MustExec(tx.Rebind(`INSERT INTO interviews (hold_id, tx_digest, via, revision, scenario, policy_version, author, answers, signals,
				level, contradicted, answered_at) VALUES (?, ?, 'customer', 1, 'x', 'v1', 'link', '[]', '{}', 'none', '[]', ?)`), id, fmt.Sprint(i),
				now.Add(-time.Duration(i)*24*time.Hour/each))
		}
		b.Must(tx.Commit())
		db.MustExec(`ANALYZE`)
		q := store.WarningsQuery(now.Add(-24*time.Hour), now, now)
		explain, plan := map[string]string{"sqlite": `EXPLAIN QUERY PLAN `, "postgres": `EXPLAIN `}[b.Dialect()], ""
		rows, err := db.Queryx(explain + q)
		b.Must(err)
		for rows.Next() {
			row, err := rows.SliceScan()
			b.Must(err)
			plan += fmt.Sprintf("%s\n", row[len(row)-1])
		}
		b.Must(rows.Err())
		if !strings.Contains(plan, "interviews_answered") {
			t.Errorf("it does not go by the time:\n%s", plan)
		}
	})
}

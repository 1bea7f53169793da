package migrations_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/audit"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// Payments that are open as the interview, the warning and the wait come (version 17)
// live on: what was asked is answered, what was answered counts, what waits for a second
// person gets one, and from then on each can be asked about, and can wait.
func TestHoldsOpenBeforeTheTalk(t *testing.T) {
	t.Parallel()
	for dialect, urls := range map[string][2]string{"sqlite": {storetest.SQLiteURL(t), storetest.EmptySQLiteURL(t)},
		"postgres": {storetest.PostgresURL(t), storetest.EmptyPostgresURL(t)}} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			before := storetest.New(t, urls[0])
			o := open(before)
			copied(t, dialect, storetest.Raw(t, urls[0]), at(t, dialect, urls[1], 16))
			s, err := store.Open(t.Context(), urls[1], store.Options{Clock: before.Clock.Now, Conns: 4})
			before.Must(err)
			t.Cleanup(func() { _ = s.Close() })
			before.Must(s.Migrate(t.Context()))
			o.Bundle = &storetest.Bundle{Store: s, T: t, Clock: before.Clock, URL: urls[1], Customer: before.Customer}
			o.liveOn()
		})
	}
}

// opened are payments in the states that one can be in before it is decided, and the
// questions that were asked about them.
type opened struct {
	*storetest.Bundle
	pushed, answered, refused, texted, confirmed, later hold.ID
	approval                                            string // of confirmed
}

func open(b *storetest.Bundle) (o opened) {
	o.Bundle = b
	ctx := context.Background()
	push := func() (hold.ID, hold.ChallengeID) { id, c := b.Asked(storetest.PushLadder()); return id, c.ID }
	var c hold.ChallengeID
	o.pushed, _ = push()
	o.answered, c = push()
	b.Say(c, b.Old(), hold.Approve)
	o.refused, c = push()
	b.Say(c, b.Old(), hold.Deny)
	o.later, _ = push()
	o.texted, _ = b.Texted(storetest.SMSLadder())
	o.confirmed, _ = b.Called(storetest.CallLadder(), 500_100) // more than one person confirms
	ana := b.Agent("ana", "agent")
	v := b.Case(ana)
	b.Proved(ana, v)
	res := b.Disposed(ana, v, hold.Confirmed)
	if o.approval = res.ApprovalID; o.approval == "" {
		b.T.Fatalf("nobody is asked: %+v", res)
	}
	_, why, err := b.PutAgent(ctx, b.Agent("bo", "agent"), store.PutAgent{Sub: "bo", Languages: []string{"en"}})
	b.Granted(why, err)
	return o
}

func (o opened) liveOn() {
	ctx := context.Background()
	ends := func(id hold.ID, status hold.Status, why hold.Reason) {
		o.T.Helper()
		_, _, err := o.Finish(ctx, id, storetest.CallRules)
		o.Must(err)
		if h := o.Look(id); h.Status != status || h.Decision.Reason != why || h.Talk != (hold.Talk{}) {
			o.T.Errorf("%s, %+v, %+v; want %s for %s", h.Status, h.Decision, h.Talk, status, why)
		}
	}
	ends(o.answered, hold.Releasing, hold.ReasonApproved)
	ends(o.refused, hold.Reversing, hold.ReasonRefused)
	if res := o.Say(o.asked(o.pushed).ID, o.Old(), hold.Approve); res.Outcome != hold.AnswerAccepted {
		o.T.Errorf("an open question: %+v", res)
	}
	ends(o.pushed, hold.Releasing, hold.ReasonApproved)
	if res := o.Code(o.asked(o.texted), &storetest.Compared{}, true); res.Outcome != hold.AnswerAccepted {
		o.T.Errorf("a code: %+v", res)
	}
	ends(o.texted, hold.Releasing, hold.ReasonApproved)
	bo := store.By{Sub: "bo", Name: "Bo", GivenName: "Bo", Role: "agent", IssuedAt: o.Clock.Now()}
	second, err := o.TakeSecond(ctx, store.Second{By: bo, ID: o.approval, Approve: true, Reason: "so did I"})
	o.Granted(second.Refusal, err)
	ends(o.confirmed, hold.Releasing, hold.ReasonApproved)
	o.talk(o.later)
	for _, id := range []hold.ID{o.answered, o.refused, o.pushed, o.texted, o.confirmed, o.later} {
		chain, head, err := o.Chain(ctx, string(id))
		o.Must(err)
		for _, f := range audit.Verify(string(id), chain, head) {
			o.T.Errorf("the trail: %s", f)
		}
	}
}

// talk amends a payment under a policy that asks first; it waits, and is asked anew.
func (o opened) talk(id hold.ID) {
	o.T.Helper()
	ctx := context.Background()
	_, out, err := o.AmendHold(ctx, store.Amend{ID: id, Client: storetest.Client, Revision: 1, Actor: "client:bank",
		Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
		Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
			h.Terms.Ladder.Rungs[0].Asks[0].Interview = "safe_account"
			return h.Terms, h.Deadline, nil
		}})
	if o.Must(err); out != store.Changed {
		o.T.Fatal(out)
	}
	finish := func() {
		o.T.Helper()
		_, _, err := o.Finish(ctx, id, storetest.CallRules)
		o.Must(err)
	}
	finish()
	q := o.asked(id)
	if res := o.Say(q.ID, o.Old(), hold.Approve); res.Refusal != hold.InterviewMissing {
		o.T.Errorf("before the interview: %+v", res)
	}
	_, err = o.TakeInterview(ctx, store.Interview{CustomerID: o.Customer.ID, ChallengeID: q.ID, Via: interview.ViaCustomer,
		DeviceID: o.Old(), Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
			return store.Interviewed{Ruling: interview.Ruling{Level: interview.Wait}, Scenario: "safe_account", Version: "v1",
				Signals: hold.Signals{OnCall: hold.Yes}, Wait: 4 * time.Hour}, "", nil
		}})
	o.Must(err)
	for range 2 { // the notices go by text, which version 16 did not have
		o.Clock.Forward(2 * time.Hour)
		finish()
	}
	if h, again := o.Look(id), o.asked(id); again.ID == q.ID || again.Status != hold.Open || h.Status != hold.Held {
		o.T.Errorf("asked anew: %+v of %+v", again, h)
	}
}

// asked is what was asked last about a payment.
func (o opened) asked(id hold.ID) hold.Challenge {
	o.T.Helper()
	cs, err := o.Challenges(context.Background(), id)
	if o.Must(err); len(cs) == 0 {
		o.T.Fatal("nothing was asked")
	}
	return cs[len(cs)-1]
}

// copied copies what there is in a database into one of an older version, as far as
// that has a place for it. What Temporal is still to be told stays behind.
func copied(t *testing.T, dialect string, from, to *sqlx.DB) {
	t.Helper()
	to.SetMaxOpenConns(1) // what is set is a connection's
	tables := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose%'`
	off, on := `PRAGMA foreign_keys = OFF`, `PRAGMA foreign_keys = ON`
	if dialect == "postgres" {
		tables = `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'`
		off, on = `SET session_replication_role = replica`, `SET session_replication_role = origin`
	}
	var names []string
	if err := to.Select(&names, tables); err != nil {
		t.Fatal(err)
	}
	to.MustExec(off)
	for _, table := range names {
		if table == "outbox" {
			continue
		}
		to.MustExec(`DELETE FROM ` + table)
		copyTable(t, from, to, table)
	}
	to.MustExec(on)
}

func copyTable(t *testing.T, from, to *sqlx.DB, table string) {
	t.Helper()
	old, err := to.Queryx(`SELECT * FROM ` + table + ` WHERE 1 = 0`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := old.Columns()
	_ = old.Close()
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Join(columns, ", ")
	rows, err := from.Queryx(`SELECT ` + list + ` FROM ` + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // it was read
	places := strings.Join(slices.Repeat([]string{"?"}, len(columns)), ", ")
	into := to.Rebind(`INSERT INTO ` + table + ` (` + list + `) VALUES (` + places + `)`)
	for rows.Next() {
		row, err := rows.SliceScan()
		if err != nil {
			t.Fatal(err)
		}
		to.MustExec(into, row...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

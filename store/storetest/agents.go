package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"

	"github.com/jmoiron/sqlx"
)

// CallRules configure push, SMS and callback.
var CallRules = hold.Rules{Channels: []hold.Channel{hold.Push, hold.SMS, hold.Callback}, OfflineWait: 20 * time.Second,
	SMS: hold.SMSRules{KeyID: "k1", Digits: 6}}

// CallLadder asks once by callback and then waits.
func CallLadder() hold.Ladder {
	return hold.Ladder{Name: "call", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{Rung("call", 4*time.Hour, hold.Callback)}}
}

// Agent signs an agent in, with a number of their own.
func (b *Bundle) Agent(sub string, role queue.Role) store.By {
	b.T.Helper()
	by := store.By{Sub: sub, Name: sub + " Example", GivenName: sub, Role: role, IssuedAt: b.Clock.Now()}
	b.Must(b.SeeAgent(context.Background(), by))
	n := Mobile("+393399"+digits(sub), Start)
	_, why, err := b.PutAgent(context.Background(), by, store.PutAgent{Sub: sub, Number: &n})
	b.Granted(why, err)
	return by
}

// digits makes six digits of a name.
func digits(s string) string {
	n := 0
	for _, c := range s {
		n = (n*31 + int(c)) % 1000000
	}
	out := []byte("000000")
	for i := 5; i >= 0; i-- {
		out[i], n = byte('0'+n%10), n/10
	}
	return string(out)
}

// Called accepts a hold whose amount is minor cents and opens its callback.
func (b *Bundle) Called(l hold.Ladder, minor int64) (hold.ID, hold.Challenge) {
	b.T.Helper()
	a := b.Accepting(l)
	a.Request.Amount.Minor = minor
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		t, deadline, err := terms(c, p, now)
		t.Callback.FourEyes = map[string]int64{"EUR": 500000}
		return t, deadline, err
	}
	res, err := b.AcceptHold(context.Background(), a)
	b.Must(err)
	_, err = b.OpenRung(context.Background(), res.HoldID, 0, hold.NoRung, CallRules)
	b.Must(err)
	cs, err := b.Challenges(context.Background(), res.HoldID)
	b.Must(err)
	return res.HoldID, cs[len(cs)-1]
}

// Case leases the next case.
func (b *Bundle) Case(by store.By) store.CaseView {
	b.T.Helper()
	id, err := b.NextCase(context.Background(), by)
	b.Must(err)
	if id == "" {
		b.T.Fatal("nothing waits")
	}
	v, why, err := b.ViewCase(context.Background(), by, id)
	b.Granted(why, err)
	return v
}

// Leg is the provider's news of a call's leg to the customer.
func Leg(call string, e hold.CallEvent, connected time.Duration) hold.CallNews {
	return hold.CallNews{SID: "CB" + call, Leg: hold.LegCustomer, Event: e, Connected: connected, Word: string(e)}
}

// Rang rings the case's customer and connects the call for a while.
func (b *Bundle) Rang(by store.By, v store.CaseView, connected time.Duration) string {
	b.T.Helper()
	ctx := context.Background()
	id, cause, out, err := b.PlaceCall(ctx, by, v.ID, v.Customer.Phones[0].ID, Contact)
	b.Must(err)
	if out != "" {
		b.T.Fatalf("call: %s %s", out, cause)
	}
	call, err := b.BeginCall(ctx, id)
	b.Must(err)
	if call == nil {
		b.T.Fatal("the call is not wanted")
	}
	b.Must(b.CallPlaced(ctx, id, "CA"+id))
	_, err = b.CallStatus(ctx, id, Leg(id, hold.CallAnswered, 0))
	b.Must(err)
	b.Clock.Forward(connected)
	return id
}

// RangInVain rings the case's customer, who does not pick up.
func (b *Bundle) RangInVain(by store.By, v store.CaseView) {
	b.T.Helper()
	ctx := context.Background()
	id, cause, out, err := b.PlaceCall(ctx, by, v.ID, v.Customer.Phones[0].ID, Contact)
	b.Must(err)
	if out != "" {
		b.T.Fatalf("call: %s %s", out, cause)
	}
	_, err = b.BeginCall(ctx, id)
	b.Must(err)
	b.Must(b.CallPlaced(ctx, id, "CA"+id))
	_, err = b.CallStatus(ctx, id, Leg(id, hold.CallNoAnswer, 0))
	b.Must(err)
}

// Missed says of a case's first task that the customer was rung in vain.
func (b *Bundle) Missed(by store.By, v store.CaseView, d hold.Disposition) store.DisposeResult {
	b.T.Helper()
	b.RangInVain(by, v)
	return b.Disposed(by, v, d)
}

// Hung ends a call.
func (b *Bundle) Hung(id string, connected time.Duration) {
	b.T.Helper()
	_, err := b.CallStatus(context.Background(), id, Leg(id, hold.CallCompleted, connected))
	b.Must(err)
}

// Proved lets the customer prove who they are, on a call of 31 s.
func (b *Bundle) Proved(by store.By, v store.CaseView) {
	b.T.Helper()
	call := b.Rang(by, v, 31*time.Second)
	shown, err := b.AppCall(context.Background(), v.CustomerID)
	b.Must(err)
	ok, _, why, err := b.Identify(context.Background(), by, v.ID, shown.Digits)
	b.Granted(why, err)
	if !ok {
		b.T.Fatal("the number was not right")
	}
	b.Hung(call, 31*time.Second)
}

// JudgeCall is the rule of the callback channel, for tests of the store.
func JudgeCall(w hold.Answer) func(hold.Hold, hold.Challenge, hold.Leg, hold.Instant) (hold.Verdict, error) {
	return func(_ hold.Hold, _ hold.Challenge, leg hold.Leg, _ hold.Instant) (hold.Verdict, error) {
		switch {
		case w == hold.Approve && leg.Connected < hold.MinConnected:
			return hold.Verdict{Refusal: hold.CallMissing}, nil
		case w == hold.Approve && !leg.Identified && !leg.Vouched:
			return hold.Verdict{Refusal: hold.IdentityMissing}, nil
		}
		return hold.Verdict{Answer: w, UV: hold.UVNone}, nil
	}
}

// Disposing is what an agent says of a task, while their call goes on.
func (b *Bundle) Disposing(by store.By, v store.CaseView, task queue.Task, d hold.Disposition) store.Dispose {
	b.T.Helper()
	live, _, err := b.LiveCall(context.Background(), by, v.ID)
	b.Must(err)
	return store.Dispose{By: by, CaseID: v.ID, TaskID: task.ID, Disposition: d, Revision: task.Revision, Live: queue.Live{Call: live},
		Judge: JudgeCall(d.Answer())}
}

// Disposed disposes of a case's first task.
func (b *Bundle) Disposed(by store.By, v store.CaseView, d hold.Disposition) store.DisposeResult {
	b.T.Helper()
	res, err := b.Dispose(context.Background(), b.Disposing(by, v, v.Tasks[0], d))
	b.Must(err)
	return res
}

// Thaw ends a customer's freeze as two people do.
func (b *Bundle) Thaw(id hold.CustomerID) {
	b.T.Helper()
	ctx := context.Background()
	by := b.Agent("sam", "supervisor")
	approval, why, err := b.BankAsksUnfreeze(ctx, "client:"+Client, id, "spoke to her")
	b.Granted(why, err)
	res, err := b.TakeSecond(ctx, store.Second{By: by, ID: approval, Approve: true, Reason: "so did I"})
	b.Granted(res.Refusal, err)
}

// Queue fills the queue with cases of as many customers, two tasks each, by the
// tables themselves.
func Queue(t testing.TB, db *sqlx.DB, n int) {
	t.Helper()
	tx := db.MustBegin()
	for i := range n {
		c, k := fmt.Sprintf("queued%06d", i), fmt.Sprintf("case_%026d", i)
		tx.MustExec(tx.Rebind(`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES (?, 'Q', 'en', 'UTC',
			'x', 1, 1)`), c)
		tx.MustExec(tx.Rebind(`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, created_at, updated_at)
			VALUES (?, ?, 'waiting', ?, ?, 0, 'en', 1, 1)`),
			k, c, 500+i%100, int64(Start)+int64(i%977)*60_000_000)
		for j := range 2 {
			tx.MustExec(tx.Rebind(`INSERT INTO tasks (id, case_id, customer_id, kind, status, priority, deadline, ready_at, due_at, language,
				created_at)
				VALUES (?, ?, ?, ?, 'open', 500, 0, 0, 0, 'en', 1)`), fmt.Sprintf("task_%025d%d", i, j), k, c, []string{"inbound", "reply"}[j])
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// JudgeFace takes a face check's disposition for what it says.
func JudgeFace(hold.Hold, hold.Challenge, hold.Leg, hold.Instant) (hold.Verdict, error) {
	return hold.Verdict{Answer: hold.Approve, UV: hold.UVBiometric}, nil
}

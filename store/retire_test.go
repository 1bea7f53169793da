package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// approved is a hold that the customer approved, and the ledger knows of it.
func approved(b *storetest.Bundle) hold.ID {
	b.T.Helper()
	id, c := b.Asked(storetest.PushLadder())
	b.Say(c.ID, b.Old(), hold.Approve)
	_, err := b.Conclude(ctx, id)
	b.Must(err)
	b.Must(b.MarkSettled(ctx, id))
	return id
}

// settled is such a hold about which no message is under way.
func settled(b *storetest.Bundle, db *sqlx.DB) hold.ID {
	b.T.Helper()
	id := approved(b)
	db.MustExec(db.Rebind(`DELETE FROM outbox WHERE workflow_id = ?`), id)
	return id
}

// retires runs a retirement of what was decided until today, long afterwards.
func retires(b *storetest.Bundle, deletes bool) *store.Retirement {
	b.T.Helper()
	r := &store.Retirement{Before: b.Clock.Now() + 1, Actor: "operator"}
	b.Clock.Forward(store.RetireAge + time.Hour)
	begins(b, r, deletes)
	for more := true; more; {
		var err error
		more, err = b.RetireSome(ctx, r)
		b.Must(err)
	}
	if deletes {
		b.Must(b.EndRetirement(ctx, r, false))
	}
	return r
}

func begins(b *storetest.Bundle, r *store.Retirement, deletes bool) {
	b.T.Helper()
	_, err := b.Feed(ctx, 0, 1) // what is decided gets its place
	b.Must(err)
	b.Must(b.BeginRetirement(ctx, r, deletes))
}

// leftOf counts what is left of a hold, but for its trail.
func leftOf(b *storetest.Bundle, db *sqlx.DB, id hold.ID) (n int) {
	b.T.Helper()
	const asked = `(SELECT id FROM challenges WHERE hold_id = ?)`
	q := `SELECT (SELECT COUNT(*) FROM holds WHERE id = ?)`
	for _, table := range []string{"idempotency", "challenges", "decisions", "recalls", "recall_requests", "outcomes", "misses", "texts",
		"tasks", "approvals", "referrals", "complaints"} {
		q += ` + (SELECT COUNT(*) FROM ` + table + ` WHERE hold_id = ?)`
	}
	for _, table := range []string{"answers", "receipts", "deliveries", "wakeups", "links"} {
		q += ` + (SELECT COUNT(*) FROM ` + table + ` WHERE challenge_id IN ` + asked + `)`
	}
	q += ` + (SELECT COUNT(*) FROM recall_reports p JOIN recall_requests r ON r.id = p.recall_id WHERE r.hold_id = ?)`
	args := []any{}
	for range strings.Count(q, "?") {
		args = append(args, id)
	}
	b.Must(db.Get(&n, db.Rebind(q), args...))
	return n
}

// lastOf is the kind of a chain's last entry.
func lastOf(b *storetest.Bundle, subject string) string {
	b.T.Helper()
	chain, _, err := b.Chain(ctx, subject)
	b.Must(err)
	return string(chain[len(chain)-1].Bytes)
}

// What is settled leaves with all its rows, the trail stays and verifies, and says so;
// counting deletes nothing.
func TestRetire(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		db := storetest.Raw(t, b.URL)
		id := settled(b, db)
		b.Must(b.ProposeRecall(ctx, id, hold.RecallComplaint, "", store.ActorSystem))
		recall := recallOf(b, id)
		_, why, err := b.DecideRecall(ctx, store.DecideRecall{By: b.Agent("ben", "agent"), ID: recall.ID, Confirm: true, Reason: "r"})
		b.Granted(why, err)
		_, why, err = b.ReportRecall(ctx, recall.ID, part("RTR-1", recall.Minor), "client:bank")
		b.Granted(why, err)
		db.MustExec(`DELETE FROM outbox`)
		r := retires(b, false)
		expect(b, "would leave", r.Holds, 1)
		before := leftOf(b, db, id)
		expect(b, "its rows are there", before > 4, true)
		r = &store.Retirement{Before: r.Before, Actor: "operator"}
		begins(b, r, true)
		_, err = b.RetireSome(ctx, r)
		b.Must(err)
		b.Must(b.EndRetirement(ctx, r, false))
		expect(b, "left", r.Holds, 1)
		expect(b, "rows", r.Rows, int64(before))
		expect(b, "rows are left", leftOf(b, db, id), 0)
		_, err = b.Hold(ctx, id)
		expect(b, "is gone", errors.Is(err, store.ErrNotFound), true)
		expect(b, "its chain says so", strings.Contains(lastOf(b, string(id)), `"hold.retired"`), true)
		said := lastOf(b, "retirements")
		expect(b, "the run's does", strings.Contains(said, `"holds":1`) && strings.Contains(said, `"operator"`), true)
		verify(b)
		settled(b, db) // the customer goes on
		verify(b)
	})
}

// Whatever points at a row that leaves, leaves too. Pictures go before.
func TestRetireForgetsNoTable(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.SQLiteURL(t))
	db := storetest.Raw(t, b.URL)
	var points []struct{ Child, Parent string }
	b.Must(db.Select(&points, `SELECT m.name AS child, f."table" AS parent FROM sqlite_master m, pragma_foreign_key_list(m.name) f
		WHERE m.type = 'table' UNION SELECT m.name, 'holds' FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'hold_id'`))
	found := 0
	for _, p := range points {
		if store.Leaves(p.Parent) && p.Child != "frames" {
			found++
			expect(b, p.Child+" leaves with "+p.Parent, store.Leaves(p.Child), true)
		}
	}
	expect(b, "some do", found > 15, true)
}

// What somebody still needs stays, and it is said why.
func TestRetireKeeps(t *testing.T) {
	t.Parallel()
	for why, make := range map[string]func(b *storetest.Bundle, db *sqlx.DB) hold.ID{
		"not_settled": func(b *storetest.Bundle, _ *sqlx.DB) hold.ID {
			id := b.Held(storetest.PushLadder())
			_, _, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
			b.Must(b.MarkParked(ctx, id, "http_422"))
			return id
		},
		"question_open": func(b *storetest.Bundle, db *sqlx.DB) hold.ID {
			id := settled(b, db)
			db.MustExec(db.Rebind(`UPDATE challenges SET status = 'open', answer = '' WHERE hold_id = ?`), id)
			return id
		},
		"case_open": func(b *storetest.Bundle, _ *sqlx.DB) hold.ID {
			id, _ := b.Called(storetest.CallLadder(), 100_00)
			b.Called(storetest.CallLadder(), 100_00) // the same case is about this one
			_, _, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
			b.Must(b.MarkSettled(ctx, id))
			return id
		},
		"approval_pending": func(b *storetest.Bundle, db *sqlx.DB) hold.ID {
			id := settled(b, db)
			db.MustExec(db.Rebind(`INSERT INTO approvals (id, kind, customer_id, hold_id, first, reason, status, created_at)
				VALUES ('appr_1', 'override', 'maria', ?, 'agent:ana', 'r', 'pending', 1)`), id)
			return id
		},
		"message_under_way": func(b *storetest.Bundle, _ *sqlx.DB) hold.ID { return approved(b) },
		"outcome_learnt": func(b *storetest.Bundle, db *sqlx.DB) hold.ID {
			id := settled(b, db)
			db.MustExec(db.Rebind(`INSERT INTO outcomes (hold_id, outcome, at, source, revision, author, recorded_at)
				VALUES (?, 'fraud', 1, 'chargeback', 1, 'client:bank', ?)`), id, b.Clock.Now().Add(time.Hour))
			return id
		},
		"recall_open": func(b *storetest.Bundle, db *sqlx.DB) hold.ID {
			id := settled(b, db)
			b.Must(b.ProposeRecall(ctx, id, hold.RecallVerdict, "vrd_1", store.ActorSystem))
			return id
		},
		"referral_open": func(b *storetest.Bundle, db *sqlx.DB) hold.ID {
			id := settled(b, db)
			db.MustExec(db.Rebind(`INSERT INTO referrals (id, hold_id, customer_id, recipient, shows, status, first, reason, asked_at, until_at)
				VALUES ('ref_1', ?, 'maria', 'police', '', 'asked', 'agent:sam', 'r', 1, ?)`), id, b.Clock.Now().Add(time.Hour))
			return id
		},
		"complaint_open": func(b *storetest.Bundle, db *sqlx.DB) hold.ID {
			id := settled(b, db)
			db.MustExec(db.Rebind(`INSERT INTO complaints (id, client_id, reference, body_digest, about, hold_id, reason, received_at, taken_at,
				due_at, status) VALUES ('cmp_1', ?, 'C-1', 'd', 'payer', ?, 'r', 1, 1, 1, 'open')`), storetest.Client, id)
			return id
		},
		"recalled": func(b *storetest.Bundle, db *sqlx.DB) hold.ID {
			id := settled(b, db)
			db.MustExec(db.Rebind(`INSERT INTO recalls (hold_id, answer, at) VALUES (?, 'not_me', ?)`), id, b.Clock.Now().Add(time.Hour))
			return id
		},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				db := storetest.Raw(t, b.URL)
				id := make(b, db)
				if why != "message_under_way" {
					db.MustExec(`DELETE FROM outbox`)
				}
				was := leftOf(b, db, id)
				r := retires(b, true)
				expect(b, "stays", r.Kept[why], 1)
				expect(b, "left", r.Holds, 0)
				expect(b, "its rows", leftOf(b, db, id), was)
				verify(b)
			})
		})
	}
}

// A day that is too near is refused, and the database lets nobody delete a decision
// whose day was not named.
func TestRetireNotYet(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		db := storetest.Raw(t, b.URL)
		id := settled(b, db)
		at := b.Clock.Now()
		b.Clock.Forward(store.RetireAge - time.Hour)
		for _, deletes := range []bool{false, true} {
			err := b.BeginRetirement(ctx, &store.Retirement{Before: at + 1}, deletes)
			expect(b, "too near", err != nil && strings.Contains(err.Error(), "90 days"), true)
		}
		b.Clock.Forward(2 * time.Hour)
		begins(b, &store.Retirement{Before: at, Actor: "operator"}, true) // it was decided at that very instant
		_, err := db.Exec(db.Rebind(`DELETE FROM decisions WHERE hold_id = ?`), id)
		expect(b, "a decision is final", err != nil && strings.Contains(err.Error(), "final"), true)
	})
}

// A run that is broken off anywhere leaves nothing half done; the next takes the rest.
// Meanwhile holds come and are answered, and who is at a hold keeps it.
func TestRetireIsBrokenOff(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		db := storetest.Raw(t, b.URL)
		copies(db, settled(b, db), 450)
		r := &store.Retirement{Before: b.Clock.Now() + 1, Actor: "operator"}
		b.Clock.Forward(store.RetireAge + time.Hour)
		begins(b, r, true)
		var beside sync.WaitGroup
		stop, cancel := context.WithCancel(ctx)
		beside.Go(func() {
			for stop.Err() == nil {
				approved(b)
			}
		})
		_, err := b.RetireSome(ctx, r)
		b.Must(err)
		first := r.Holds
		gone, undo := context.WithCancel(ctx)
		undo()
		_, err = b.RetireSome(gone, r) // Ctrl-C
		expect(b, "it is told", errors.Is(err, context.Canceled), true)
		expect(b, "and nothing counted", r.Holds, first)
		r = &store.Retirement{Before: r.Before, Actor: "operator"} // killed, and run again
		b.Must(b.BeginRetirement(ctx, r, true))
		for more := true; more; {
			more, err = b.RetireSome(ctx, r)
			b.Must(err)
		}
		cancel()
		beside.Wait()
		expect(b, "all have left", first+r.Holds, 451)
		var left int
		b.Must(db.Get(&left, db.Rebind(`SELECT COUNT(*) FROM decisions WHERE decided_at < ?`), r.Before))
		expect(b, "of them are left", left, 0)
		verify(b)
	})
}

// copies makes n more holds of one that is settled.
func copies(db *sqlx.DB, of hold.ID, n int) {
	tx := db.MustBegin()
	defer tx.Rollback() //nolint:errcheck // it has committed
	for i := range n {
		id := fmt.Sprintf("hold_%026d", i)
		const rest = `customer_id, client_id, request, terms, tx_digest, status, revision, deadline, accepted_at, decided_at, look_at`
		tx.MustExec(tx.Rebind(`INSERT INTO holds (id, transaction_id, `+rest+`) SELECT ?, ?, `+rest+` FROM holds WHERE id = ?`), id, id, of)
		tx.MustExec(tx.Rebind(`INSERT INTO decisions (hold_id, outcome, reason, author, decided_at)
			SELECT ?, outcome, reason, author, decided_at FROM decisions WHERE hold_id = ?`), id, of)
	}
	if err := tx.Commit(); err != nil {
		panic(err)
	}
}

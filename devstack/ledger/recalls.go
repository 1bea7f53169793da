package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"holdfast/hold"
)

// recallBook is what is kept of recalls: what was asked, what was said of it last, and
// when the next word is due. due 0: none is.
const recallBook = `CREATE TABLE IF NOT EXISTS recalls (recall_id TEXT PRIMARY KEY, hold_id TEXT NOT NULL, asked BLOB NOT NULL,
	said TEXT NOT NULL DEFAULT '', due INTEGER NOT NULL, calls INTEGER NOT NULL DEFAULT 1)`

const answersEvery = 200 * time.Millisecond

// Reporting is how the payee's bank is made to answer: at once, that it will; and after
// as long again with the money, or with a refusal.
type Reporting struct {
	Pause  time.Duration
	Report func(ctx context.Context, id hold.RecallID, p hold.RecallReport) error
}

// Answers has recalls answered until the ledger stops. What could not be reported is
// reported later, under the same reference.
func (l *Ledger) Answers(r Reporting) {
	ctx, cancel := context.WithCancel(context.Background())
	l.quiet = cancel
	go func() {
		tick := time.NewTicker(answersEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = l.answerSome(ctx, r) // the next tick tries again
			}
		}
	}()
}

// takeRecall keeps a recall of a payment that it has released, and answers a repeat the
// same.
func (l *Ledger) takeRecall(w http.ResponseWriter, r *http.Request, body []byte) {
	var q hold.RecallRequest
	if json.Unmarshal(body, &q) != nil || q.RecallID == "" || q.ReasonCode == "" || r.Header.Get("Idempotency-Key") != string(q.RecallID) {
		http.Error(w, "not a recall under its own key", http.StatusUnprocessableEntity)
		return
	}
	before, after := l.throw()
	if before {
		http.Error(w, "lost", http.StatusServiceUnavailable)
		return
	}
	p, err := scan(l.db.QueryRowContext(r.Context(), `SELECT `+columns+` FROM book WHERE hold_id = ?`, q.HoldID))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		http.Error(w, "the payment is not booked yet", http.StatusTooEarly)
		return
	case err == nil && (p.Outcome != hold.Release || p.Amount != q.Amount || p.PayeeAccount != q.PayeeAccount):
		http.Error(w, "not a payment that went", http.StatusUnprocessableEntity)
		return
	}
	if err == nil {
		_, err = l.db.ExecContext(r.Context(), `INSERT INTO recalls (recall_id, hold_id, asked, due) VALUES (?, ?, ?, ?)
			ON CONFLICT (recall_id) DO UPDATE SET calls = calls + 1`, q.RecallID, q.HoldID, body, time.Now().UnixMilli())
	}
	if err != nil || after {
		http.Error(w, "lost", http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"recall_id": q.RecallID})
}

func (l *Ledger) answerSome(ctx context.Context, r Reporting) error {
	rows, err := l.db.QueryContext(ctx, `SELECT asked, said FROM recalls WHERE due > 0 AND due <= ? ORDER BY due LIMIT 16`,
		time.Now().UnixMilli())
	if err != nil {
		return err
	}
	type due struct {
		asked []byte
		said  hold.RecallStatus
	}
	var all []due
	for rows.Next() {
		var d due
		if err := rows.Scan(&d.asked, &d.said); err != nil {
			return errors.Join(err, rows.Close())
		}
		all = append(all, d)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	var errs []error
	for _, d := range all {
		var q hold.RecallRequest
		errs = append(errs, json.Unmarshal(d.asked, &q), l.answerRecall(ctx, r, q, d.said))
	}
	return errors.Join(errs...)
}

// answerRecall says the next word on one recall.
func (l *Ledger) answerRecall(ctx context.Context, r Reporting, q hold.RecallRequest, said hold.RecallStatus) error {
	p := NextWord(q, said)
	if err := r.Report(ctx, q.RecallID, p); err != nil {
		return err
	}
	next := int64(0)
	if p.Status == hold.RecallAccepted {
		next = time.Now().Add(r.Pause).UnixMilli()
	}
	_, err := l.db.ExecContext(ctx, `UPDATE recalls SET said = ?, due = ? WHERE recall_id = ?`, p.Status, next, q.RecallID)
	return err
}

// NextWord is the rule by which the payee's bank answers: it accepts, and then returns
// what is left on the account. Of an amount that ends in 7 nothing is; of one of more
// than 5,000.00, a half.
func NextWord(q hold.RecallRequest, said hold.RecallStatus) hold.RecallReport {
	p := hold.RecallReport{Status: hold.RecallAccepted, Reference: "CXL-" + string(q.RecallID[4:])}
	switch {
	case said == "":
	case q.Amount.Minor%10 == 7:
		p.Status, p.ReasonCode = hold.RecallRefused, "AM04"
	default:
		p.Status, p.ReasonCode, p.Minor, p.Currency = hold.RecallReturned, "FOCR", q.Amount.Minor, q.Amount.Currency
		if q.Amount.Minor > 500000 {
			p.Minor /= 2
		}
	}
	return p
}

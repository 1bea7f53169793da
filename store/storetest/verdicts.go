package storetest

import (
	"time"

	"holdfast/hold"
	"holdfast/store"

	"github.com/jmoiron/sqlx"
)

// VerdictLasts is how long a verdict of a test is in force, and RecallReach how far back
// it has releases called back.
const VerdictLasts, RecallReach = 90 * 24 * time.Hour, 14 * 24 * time.Hour

// AskVerdict puts on record that somebody asks for a verdict on a payee: mule, cleared
// or reverse.
func AskVerdict(db *sqlx.DB, payee, kind string, now hold.Instant) (id string, err error) {
	id = store.NewID("vrd")
	_, err = db.Exec(db.Rebind(`INSERT INTO payee_verdicts (id, payee_id, kind, status, first, reason, asked_at)
		VALUES (?, ?, ?, 'asked', 'agent:vera', 'x', ?)`), id, payee, kind, now)
	return id, err
}

// AgreeVerdict puts a verdict in force that was asked for, in the place of the one that is.
func AgreeVerdict(db *sqlx.DB, id string, now, until hold.Instant) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it has committed
	if _, err := tx.Exec(tx.Rebind(`UPDATE payee_verdicts SET status = 'ended', ended_at = ?, ended_by = ?, cause = 'replaced',
		carried_to = '',
		carried_at = CASE WHEN kind = 'mule' THEN 0 ELSE 1 END, carried_until = 0, again_at = 0 WHERE status = 'in_force'
		AND payee_id = (SELECT payee_id FROM payee_verdicts WHERE id = ? AND kind <> 'reverse')`), now, id, id); err != nil {
		return err
	}
	if _, err := tx.Exec(tx.Rebind(`UPDATE payee_verdicts SET status = 'in_force', second = 'agent:will', answer = 'x', closed_at = ?,
		until_at = ?,
		recall_from = ?, carried_at = CASE WHEN kind = 'cleared' THEN 1 ELSE 0 END WHERE id = ?`),
		now, until, now.Add(-RecallReach), id); err != nil {
		return err
	}
	return tx.Commit()
}

// Verdict is what two people say of a payee now.
func (b *Bundle) Verdict(payee, kind string) (id string) {
	b.T.Helper()
	db := Raw(b.T, b.URL)
	id, err := AskVerdict(db, payee, kind, b.Clock.Now())
	b.Must(err)
	b.Must(AgreeVerdict(db, id, b.Clock.Now(), b.Clock.Now().Add(VerdictLasts)))
	return id
}

package store

import (
	"context"

	"holdfast/hold"

	"github.com/jmoiron/sqlx"
)

// Learnt is what a client says became of a payment of its own. The hold is named by
// its id, or else by its transaction's.
type Learnt struct {
	Client        string
	TransactionID string // where Word.HoldID is empty
	Word          hold.KnownOutcome
}

// LearnOutcome keeps the bank's word on what became of a payment, whatever its status,
// and gives the one that stands. Each that changes it is an entry of the hold's chain,
// and nothing else: nobody is woken, nothing is decided. Another client's hold is
// ErrNotFound, like one that does not exist.
func (s *Store) LearnOutcome(ctx context.Context, l Learnt) (stands hold.KnownOutcome, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		var why hold.Refusal
		stands, why, err = t.learn(l)
		return why, err
	})
	return stands, why, err
}

func (t *tx) learn(l Learnt) (stands hold.KnownOutcome, why hold.Refusal, err error) {
	word := l.Word
	if word.HoldID != "" {
		err = t.ownedBy(word.HoldID, l.Client)
	} else {
		err = t.get(&word.HoldID, `SELECT id FROM holds WHERE transaction_id = ? AND client_id = ?`, l.TransactionID, l.Client)
	}
	if err != nil {
		return stands, "", err
	}
	var known []hold.KnownOutcome
	var now hold.Instant
	h, err := t.lockHold(word.HoldID, some(&known, `SELECT * FROM outcomes WHERE hold_id = ?`, word.HoldID), clock(&now))
	if err != nil {
		return stands, "", err
	}
	var before *hold.KnownOutcome
	if len(known) > 0 {
		before = &known[0]
	}
	word.Author = "client:" + l.Client
	stands, changed, why := word.Follow(before, h.AcceptedAt, now)
	if !changed {
		return stands, why, nil
	}
	return stands, "", t.keepKnown(stands)
}

func (t *tx) keepKnown(k hold.KnownOutcome) error {
	t.later(`INSERT INTO outcomes (hold_id, outcome, kind, at, source, revision, author, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (hold_id) DO UPDATE SET outcome = excluded.outcome, kind = excluded.kind, at = excluded.at, source = excluded.source,
			revision = excluded.revision, author = excluded.author, recorded_at = excluded.recorded_at`,
		k.HoldID, k.Outcome, k.Kind, k.At, k.Source, k.Revision, k.Author, k.RecordedAt)
	body := map[string]any{"outcome": k.Outcome, "learnt_at": k.At, "source": k.Source, "revision": k.Revision}
	if k.Kind != "" {
		body["kind"] = k.Kind
	}
	return t.entry(string(k.HoldID), "hold.outcome_learnt", k.Author, k.RecordedAt, body)
}

// KnownOutcomes reads what is known of up to 200 holds; those of which nothing is are
// left out.
func (s *Store) KnownOutcomes(ctx context.Context, ids []hold.ID) (ks []hold.KnownOutcome, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q, args, err := sqlx.In(`SELECT * FROM outcomes WHERE hold_id IN (?)`, ids)
	if err != nil {
		return nil, err
	}
	return ks, s.all(ctx, &ks, q, args...)
}

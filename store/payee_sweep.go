package store

import (
	"context"
	"errors"
)

// edition is one of a list's.
type edition struct {
	List    string `db:"list"`
	Edition string `db:"edition"`
}

// buryEdition has the lines of an edition deleted, by and by.
func (t *tx) buryEdition(list, edition string) {
	t.later(`INSERT INTO payee_editions_dead (list, edition) VALUES (?, ?)`, list, edition)
}

// abandon gives up the imports that a condition on payee_lists finds.
func (t *tx) abandon(where string, args ...any) error {
	var es []edition
	if err := t.all(&es, `SELECT name AS list, filling AS edition FROM payee_lists WHERE `+where+` ORDER BY name`+t.lock("UPDATE"),
		args...); err != nil {
		return err
	}
	for _, e := range es {
		t.later(`UPDATE payee_lists SET filling = '' WHERE name = ?`, e.List)
		t.buryEdition(e.List, e.Edition)
	}
	return nil
}

// DropPayeeList gives an edition up that is being imported: the one before stays.
func (s *Store) DropPayeeList(ctx context.Context, list, edition string) error {
	return s.update(ctx, func(t *tx) error { return t.abandon(`name = ? AND filling = ?`, list, edition) })
}

const stoodStill = `filling <> '' AND filled_at < ?`

// SweepPayeeLists gives up imports that stand still and deletes at most so many lines
// of editions that nothing needs any more. Where there are none, it only reads.
func (s *Store) SweepPayeeLists(ctx context.Context, atMost int) (n int, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var work int
	if err := s.get(ctx, &work, `SELECT (SELECT COUNT(*) FROM payee_editions_dead) + (SELECT COUNT(*) FROM payee_lists WHERE `+
		stoodStill+`)`, now.Add(-stalled)); err != nil || work == 0 {
		return 0, err
	}
	err = s.update(ctx, func(t *tx) error {
		n = 0 // of a try before
		now, err := t.now()
		if err != nil {
			return err
		}
		if err := t.abandon(stoodStill, now.Add(-stalled)); err != nil {
			return err
		}
		for n < atMost {
			var e edition
			err := t.get(&e, `SELECT list, edition FROM payee_editions_dead ORDER BY list, edition LIMIT 1`+t.lock("UPDATE SKIP LOCKED"))
			if errors.Is(err, ErrNotFound) {
				return nil
			} else if err != nil {
				return err
			}
			gone, err := t.deleteHits(e, atMost-n)
			if err != nil {
				return err
			}
			n += gone
		}
		return nil
	})
	return n, err
}

// deleteHits deletes the first lines of a dead edition, by the primary key; with the
// last of them the edition is forgotten.
func (t *tx) deleteHits(e edition, atMost int) (int, error) {
	const of = ` FROM payee_hits WHERE list = ? AND edition = ?`
	var last string
	err := t.get(&last, `SELECT ref`+of+` ORDER BY ref LIMIT 1 OFFSET ?`, e.List, e.Edition, atMost-1)
	if errors.Is(err, ErrNotFound) {
		t.later(`DELETE FROM payee_editions_dead WHERE list = ? AND edition = ?`, e.List, e.Edition)
		gone, err := t.exec(`DELETE`+of, e.List, e.Edition)
		return int(gone), err
	} else if err != nil {
		return 0, err
	}
	gone, err := t.exec(`DELETE`+of+` AND ref <= ?`, e.List, e.Edition, last)
	return int(gone), err
}

// expiredWords are lines that a source gave an end which is over: nobody reads them any
// more, and no edition comes that leaves them out.
const expiredWords = ` FROM payee_hits WHERE edition = '` + liveEdition + `' AND valid_to <> 0 AND valid_to <= ? `

// SweepPayeeSources deletes at most so many of them. Where there are none, it only reads.
func (s *Store) SweepPayeeSources(ctx context.Context, atMost int) (n int, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var one []int
	if err := s.all(ctx, &one, `SELECT 1`+expiredWords+`LIMIT 1`, now); err != nil || len(one) == 0 {
		return 0, err
	}
	err = s.update(ctx, func(t *tx) error {
		// Materialized: a plan that ran the locking part twice would find others the second time.
		gone, err := t.exec(`WITH old AS MATERIALIZED (SELECT list, edition, ref`+expiredWords+`ORDER BY valid_to, list, ref LIMIT ?`+
			t.lock("UPDATE SKIP LOCKED")+`) DELETE FROM payee_hits WHERE (list, edition, ref) IN (SELECT list, edition, ref FROM old)`, now, atMost)
		n = int(gone)
		return err
	})
	return n, err
}

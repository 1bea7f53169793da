package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/hold"
)

const (
	// RetireAge is how long a hold is kept after its decision at the least: as long as
	// agents are shown what was decided before (earlierSince), which is the longest that
	// anything of ours looks back. Whoever reads the feed has as long to catch up.
	RetireAge = earlierSince

	retirements   = "retirements" // the chain that says who retired what
	retiredAtOnce = 200           // holds a transaction
)

// ErrTooSoon is why holds that were decided before a day are kept.
var ErrTooSoon = errors.New("too soon")

// Retirement is one run, in which settled holds leave that were decided before an
// instant.
type Retirement struct {
	ID     string       `db:"id" json:"id,omitempty"` // empty: it only counts
	Before hold.Instant `db:"before_at" json:"before"`
	Actor  string       `db:"-" json:"-"`

	Looked int64            `db:"-" json:"looked"` // how many holds it has come by
	Holds  int64            `db:"holds" json:"holds"`
	Rows   int64            `db:"deleted" json:"rows"` // theirs, and the holds themselves
	Kept   map[string]int64 `db:"-" json:"kept"`       // what stays, by why

	after struct { // the last that it has come by
		At hold.Instant `db:"decided_at"`
		ID hold.ID      `db:"hold_id"`
	}
}

// RetireCount is how many holds were decided before an instant.
func (s *Store) RetireCount(ctx context.Context, before hold.Instant) (n int64, err error) {
	return n, s.get(ctx, &n, `SELECT COUNT(*) FROM decisions WHERE decided_at < ?`, before)
}

// BeginRetirement says on the trail that holds are about to leave, and who sends them.
// One that is not to delete only counts. A day that is too near is refused.
func (s *Store) BeginRetirement(ctx context.Context, r *Retirement, deletes bool) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	if err := r.mayBegin(now); err != nil || !deletes {
		return err
	}
	r.ID = NewID("ret")
	return s.update(ctx, func(t *tx) error {
		t.later(`INSERT INTO retirements (id, before_at, began_at) VALUES (?, ?, ?)`, r.ID, r.Before, now)
		return t.entry(retirements, "retirement.begun", r.Actor, now, map[string]any{"retirement_id": r.ID, "before": r.Before.Time()})
	})
}

// mayBegin refuses a day that is too near.
func (r *Retirement) mayBegin(now hold.Instant) error {
	if latest := now.Add(-RetireAge); r.Before > latest {
		return fmt.Errorf("%w: holds are kept for %d days after their decision, so that %s is the latest day", ErrTooSoon,
			int(RetireAge/(24*time.Hour)), latest.Time().Format(time.DateOnly))
	}
	return nil
}

// EndRetirement says on the trail how many holds and rows have left. stopped: some are
// left that could go.
func (s *Store) EndRetirement(ctx context.Context, r *Retirement, stopped bool) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		t.later(`UPDATE retirements SET ended_at = ?, holds = ?, deleted = ? WHERE id = ?`, now, r.Holds, r.Rows, r.ID)
		kept := map[string]any{}
		for why, n := range r.Kept {
			kept[why] = n
		}
		return t.entry(retirements, "retirement.ended", r.Actor, now, map[string]any{"retirement_id": r.ID, "before": r.Before.Time(),
			"holds": r.Holds, "rows": r.Rows, "kept": kept, "stopped": stopped})
	})
}

// RetireSome brings a retirement on by some holds, in one transaction; it only counts
// when the retirement has not begun. more: there may be others.
func (s *Store) RetireSome(ctx context.Context, r *Retirement) (more bool, err error) {
	step := *r
	run := s.update
	if r.ID == "" {
		run = s.view
	}
	err = run(ctx, func(t *tx) error {
		step = *r // it may be tried again
		step.Kept = map[string]int64{}
		more, err = t.retireSome(&step)
		return err
	})
	if err != nil {
		return false, err
	}
	for why, n := range r.Kept {
		step.Kept[why] += n
	}
	*r = step
	return more, nil
}

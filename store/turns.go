package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// turns gives a pool's connections in the order in which they are asked for. Where none
// is free, database/sql gives the next to any of those who wait, so that the unlucky
// wait many times as long as the rest.
type turns chan struct{}

// wait waits for a turn; end it once its connection is given back.
func (t turns) wait(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turns) end() { <-t }

// turnsOf are those of one of the store's pools.
func (s *Store) turnsOf(db *sqlx.DB) turns {
	if db == s.read {
		return s.reading
	}
	return s.writing
}

package serve

import (
	"context"
	"errors"

	"holdfast/store"
)

// openPools opens a pool of connections for each audience that the process
// serves, so that a call centre whose statements stall holds up no risk engine
// and no customer, and a flood of holds not what brings them on. What is committed over
// one is heard at once on all. SQLite has one writer, and all are the same.
func (p *Process) openPools(ctx context.Context) (err error) {
	options := store.Options{Clock: p.clock(), Conns: p.DatabaseConns, Direct: p.DatabaseDirect,
		Count: func(event string) { p.metrics.count(event) }}
	if p.holds, err = store.Open(ctx, p.Database, options); err != nil {
		return err
	}
	p.apps, p.staff, p.behind = p.holds, p.holds, p.holds
	if p.holds.Dialect() != "postgres" {
		return nil
	}
	options.Beside = p.holds
	if p.has("api") || p.has("gateway") {
		if p.apps, err = store.Open(ctx, p.Database, options); err != nil {
			return err
		}
	}
	if p.has("api") {
		if p.staff, err = store.Open(ctx, p.Database, options); err != nil {
			return err
		}
	}
	if p.has("api") && (p.has("worker") || p.has("relay")) {
		p.behind, err = store.Open(ctx, p.Database, options)
	}
	return err
}

func (p *Process) closePools() error {
	var errs []error
	for _, s := range []*store.Store{p.apps, p.staff, p.behind} {
		if s != nil && s != p.holds {
			errs = append(errs, s.Close())
		}
	}
	if p.holds != nil {
		errs = append(errs, p.holds.Close())
	}
	return errors.Join(errs...)
}

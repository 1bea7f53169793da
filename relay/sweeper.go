package relay

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"holdfast/hold"
	"holdfast/store"
)

// Sweeper finds holds that nobody has brought on in time.
type Sweeper struct {
	Store *store.Store
	Log   *slog.Logger
	Found func(state hold.State) // for the metrics and their alarm
}

// SweepEvery is the time between two sweeps.
const SweepEvery = 10 * time.Second

// Run sweeps until the context ends.
func (s *Sweeper) Run(ctx context.Context) {
	tick := time.NewTicker(SweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.Once(ctx); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "the sweep failed and will be tried again", "error", err)
			}
		}
	}
}

// Once sweeps until nothing is overdue, and ends verdicts on payees that have expired.
// One hold that cannot be swept does not keep the others.
func (s *Sweeper) Once(ctx context.Context) error {
	ids, err := s.Store.Overdue(ctx, 1000)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		found, p, err := s.Store.Sweep(ctx, id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if found {
			s.Found(p.State)
			s.Log.WarnContext(ctx, "the sweeper found a hold that nobody had brought on", "hold", id, "state", p.State)
		}
	}
	_, err = s.Store.ExpireVerdicts(ctx, 100)
	return errors.Join(append(errs, err, s.nightfall(ctx), s.recalls(ctx))...)
}

// nightfall lets cases wait for the morning that nobody took in their hours.
func (s *Sweeper) nightfall(ctx context.Context) error {
	cases, err := s.Store.Nightfall(ctx, 1000)
	errs := []error{err}
	for _, id := range cases {
		errs = append(errs, s.Store.PlanAnew(ctx, id))
	}
	return errors.Join(errs...)
}

// recalls wakes what is to be asked of other banks and was not heard of.
func (s *Sweeper) recalls(ctx context.Context) error {
	n, err := s.Store.WakeRecalls(ctx, 1000)
	if n > 0 {
		s.Log.WarnContext(ctx, "the sweeper found recalls that nobody had asked for", "recalls", n)
	}
	return err
}

package relay

import (
	"context"
	"log/slog"
	"time"

	"holdfast/store"
)

// carryEvery is the time between two looks for verdicts.
const carryEvery = time.Second

// Carrier brings what two people of the bank say of payees to the holds that go there.
// It may run in several processes: a verdict is claimed, and one that its process has
// not brought to its end is gone on with by another.
type Carrier struct {
	Store *store.Store
	Log   *slog.Logger
}

// Run carries until the context ends.
func (c *Carrier) Run(ctx context.Context) {
	tick := time.NewTicker(carryEvery)
	defer tick.Stop()
	for {
		if err := c.Once(ctx); err != nil && ctx.Err() == nil {
			c.Log.WarnContext(ctx, "a verdict could not be brought to its holds and will be gone on with", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Once carries what waits to be carried.
func (c *Carrier) Once(ctx context.Context) error {
	for {
		began := time.Now()
		done, err := c.Store.CarryVerdict(ctx)
		if err != nil || done.Verdict == "" {
			return err
		}
		for _, err := range done.Failed {
			c.Log.WarnContext(ctx, "a verdict could not be brought to a hold and will be again", "verdict", done.Verdict, "error", err)
		}
		if done.Holds > 0 || done.Recalls > 0 || !done.Again {
			c.Log.InfoContext(ctx, "a verdict has come to its holds", "verdict", done.Verdict, "kind", done.Kind, "holds", done.Holds,
				"recalls", done.Recalls, "again", done.Again, "took", time.Since(began))
		}
	}
}

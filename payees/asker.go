package payees

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"holdfast/counterparties"
	"holdfast/store"
)

const (
	places = 8                // calls under way
	lease  = 20 * time.Second // longer than a call: a process that died with it has it tried again
	idle   = time.Second      // the record's news only shortens it
	rest   = 30 * time.Second // of a source that is away: that spends no try
	tries  = 8                // over ten minutes, then what the source knows stays unknown
)

// Asker asks the bank's source about the payees of holds that were taken in. No hold
// waits for it, and it may run in several processes.
type Asker struct {
	Store  *store.Store
	Source counterparties.Source
	Name   string // of the source
	Keys   counterparties.Keys
	Log    *slog.Logger
}

// Run asks until the context ends.
func (a *Asker) Run(ctx context.Context) {
	news, stop := a.Store.Bus.Subscribe(store.TopicPayeeAsks)
	defer stop()
	tick := time.NewTicker(idle)
	defer tick.Stop()
	for ctx.Err() == nil {
		n, err := a.Once(ctx)
		if err != nil && ctx.Err() == nil {
			a.Log.WarnContext(ctx, "payees could not be asked about and will be again", "error", err)
		}
		if n == places && err == nil {
			continue // others are due
		}
		select {
		case <-ctx.Done():
		case <-news:
		case <-tick.C:
		}
	}
}

// Once asks about the payees that are due, a few at once, and tells how many they were.
func (a *Asker) Once(ctx context.Context) (int, error) {
	asks, err := a.Store.ClaimPayeeAsks(ctx, places, lease)
	if err != nil {
		return 0, err
	}
	var asking sync.WaitGroup
	for _, ask := range asks {
		asking.Go(func() { a.ask(context.WithoutCancel(ctx), ask) })
	}
	asking.Wait()
	return len(asks), nil
}

// ask asks about one payee, and writes down what came of it. What cannot be written down
// is asked again after the lease.
func (a *Asker) ask(ctx context.Context, ask store.PayeeAsk) {
	hits, err := a.Source.Look(ctx, ask.Payee)
	if err == nil {
		err = a.Store.LearnPayee(ctx, store.SourceWord{Ask: ask, Source: a.Name, Hits: hits,
			Digest: a.Keys.Current(counterparties.Normal(ask.Payee.Account, ask.Payee.Country))})
	}
	if err == nil {
		return
	}
	again := time.Duration(0)
	away := errors.Is(err, counterparties.ErrAway)
	if away {
		again = rest
	} else if ask.Attempts < tries {
		again = 5 * time.Second << (ask.Attempts - 1)
	}
	a.Log.WarnContext(ctx, "a payee's source has not answered", "hold", ask.HoldID, "attempt", ask.Attempts, "again_in", again.String(),
		"error", err)
	if err := a.Store.EndPayeeAsk(ctx, ask, again, !away); err != nil {
		a.Log.WarnContext(ctx, "that a payee's source has not answered cannot be written down; it will be asked again", "hold", ask.HoldID,
			"error", err)
	}
}

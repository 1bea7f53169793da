package activities_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/activities"
	"holdfast/hold"
)

// decided is the record of one hold that is decided at the first look.
type decided struct {
	activities.Store
	h       hold.Hold
	err     error // of the look
	lost    error // of what the ledger said
	settled int
}

func (d *decided) Finish(context.Context, hold.ID, hold.Rules) (hold.Hold, hold.Progress, error) {
	return d.h, hold.Progress{State: hold.Decided}, d.err
}
func (d *decided) Hold(context.Context, hold.ID) (hold.Hold, error) { return d.h, nil }
func (d *decided) Now(context.Context) (hold.Instant, error)        { return hold.At(time.Now()), nil }
func (d *decided) MarkSettled(ctx context.Context, _ hold.ID) error {
	d.settled++
	return errors.Join(d.lost, ctx.Err())
}
func (d *decided) MarkParked(context.Context, hold.ID, string) error {
	return errors.New("the database is away")
}

// moody is a ledger that does what it is told next; then it acknowledges.
type moody struct {
	calls int
	next  []func(ctx context.Context) error
}

func (m *moody) Post(ctx context.Context, _ hold.Settlement) error {
	m.calls++
	if len(m.next) == 0 {
		return nil
	}
	do := m.next[0]
	m.next = m.next[1:]
	return do(ctx)
}

func away(context.Context) error      { return errors.New("the ledger answered 503") }
func mute(ctx context.Context) error  { <-ctx.Done(); return ctx.Err() }
func never(_ context.Context) error   { return &hold.LedgerRefusal{Code: "http_422"} }
func passing(_ context.Context) error { return &hold.LedgerRefusal{Code: "http_404", Passing: true} }

// What is left after the decision is the ordinary Settle's: Finish tells the ledger
// once, for a second, and fails no more.
func TestFinishTellsTheLedgerOnce(t *testing.T) {
	t.Parallel()
	gone := errors.New("the database is away")
	for name, c := range map[string]struct {
		ledger func(ctx context.Context) error
		look   error
		lost   error
		state  hold.State
		calls  int
		took   time.Duration
	}{
		"acknowledged":            {nil, nil, nil, hold.Settled, 1, 0},
		"acknowledged, and lost":  {nil, nil, gone, hold.Decided, 1, 0},
		"away":                    {away, nil, nil, hold.Decided, 1, 0},
		"mute":                    {mute, nil, nil, hold.Decided, 1, time.Second},
		"refused for now":         {passing, nil, nil, hold.Decided, 1, 0},
		"refused, and not parked": {never, nil, nil, hold.Decided, 1, 0},
		"before the decision":     {nil, gone, nil, "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				record, ledger := newDecided(), &moody{}
				record.err, record.lost = c.look, c.lost
				if c.ledger != nil {
					ledger.next = append(ledger.next, c.ledger)
				}
				began := time.Now()
				p, err := acting(record, ledger).Finish(t.Context(), activities.HoldInput{ID: "hold_1"})
				if (err != nil) != (c.look != nil) || err == nil && p.State != c.state {
					t.Errorf("%s, %v, want %s", p.State, err, c.state)
				}
				if ledger.calls != c.calls || time.Since(began) != c.took {
					t.Errorf("the ledger was called %d times in %s, want %d in %s", ledger.calls, time.Since(began), c.calls, c.took)
				}
			})
		})
	}
}

// While the ledger is failing no workflow task waits for it, but one every few
// seconds; once it has answered anybody, all do again.
func TestFailingLedgerIsSpared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		record, ledger := newDecided(), &moody{next: []func(context.Context) error{away, away}}
		a := acting(record, ledger)
		finish := func(what string, want hold.State, calls int) {
			t.Helper()
			p, err := a.Finish(t.Context(), activities.HoldInput{ID: "hold_1"})
			if err != nil || p.State != want || ledger.calls != calls {
				t.Errorf("%s: %s, %v, %d calls, want %s and %d", what, p.State, err, ledger.calls, want, calls)
			}
		}
		finish("it fails", hold.Decided, 1)
		finish("at once after", hold.Decided, 1)
		time.Sleep(6 * time.Second)
		finish("one tries", hold.Decided, 2)
		finish("the next does not", hold.Decided, 2)
		if p, err := a.Settle(t.Context(), activities.HoldInput{ID: "hold_1"}); err != nil || p.State != hold.Settled {
			t.Errorf("the ordinary Settle: %s, %v", p.State, err)
		}
		finish("it answers", hold.Settled, 4)
	})
}

func newDecided() *decided {
	return &decided{h: hold.Hold{ID: "hold_1", Status: hold.Releasing,
		Decision: &hold.Decision{Outcome: hold.Release, DecidedAt: hold.At(time.Now())}}}
}

func acting(s activities.Store, l activities.Ledger) *activities.Activities {
	return &activities.Activities{Store: s, Ledger: l, Log: slog.New(slog.DiscardHandler), Told: func(string) {}, Patience: time.Minute}
}

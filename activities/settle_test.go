package activities_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"holdfast/activities"
	"holdfast/hold"
)

// one is the record of one decided hold; whatever else is asked of it panics.
type one struct {
	activities.Store
	h      hold.Hold
	parked string
}

func (o *one) Hold(context.Context, hold.ID) (hold.Hold, error) { return o.h, nil }
func (o *one) MarkParked(_ context.Context, _ hold.ID, code string) error {
	o.parked = code
	return nil
}

func (o *one) Now(context.Context) (hold.Instant, error) { return recordsNow, nil }

// recordsNow is the record's clock, which is not the machine's.
const recordsNow = hold.Instant(1 << 60)

type refusing struct{ hold.LedgerRefusal }

func (r refusing) Post(context.Context, hold.Settlement) error { return &r.LedgerRefusal }

// What a gateway says while its keys or routes change is repeated for a while
// after the decision, by the record's clock, and parks then. Every other refusal parks at once.
func TestPassingRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusal hold.LedgerRefusal
		ago     time.Duration
		parked  string
	}{
		"404, just decided":   {hold.LedgerRefusal{Code: "http_404", Passing: true}, time.Second, ""},
		"404, decided before": {hold.LedgerRefusal{Code: "http_404", Passing: true}, 16 * time.Minute, "http_404"},
		"422, just decided":   {hold.LedgerRefusal{Code: "http_422"}, time.Second, "http_422"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := &one{h: hold.Hold{ID: "hold_1", Status: hold.Releasing, Decision: &hold.Decision{Outcome: hold.Release,
				DecidedAt: recordsNow.Add(-c.ago)}}}
			a := activities.Activities{Store: record, Ledger: refusing{c.refusal}, Log: slog.New(slog.DiscardHandler), Told: func(string) {},
				Patience: 15 * time.Minute}
			p, err := a.Settle(t.Context(), activities.HoldInput{ID: "hold_1"})
			if record.parked != c.parked || (err == nil) != (c.parked != "") || (p.State == hold.Parked) != (c.parked != "") {
				t.Errorf("parked %q, %v, %v", record.parked, p.State, err)
			}
		})
	}
}

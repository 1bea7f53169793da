package activities_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"holdfast/activities"
	"holdfast/hold"
)

// book is the record of one recall.
type book struct {
	ask    *hold.RecallRequest
	stands hold.RecallState
	err    error
	said   string
}

func (b *book) BeginRecall(context.Context, hold.RecallID) (*hold.RecallRequest, hold.RecallProgress, error) {
	return b.ask, hold.RecallProgress{State: b.stands}, b.err
}
func (b *book) RecallAcknowledged(context.Context, hold.RecallID) error {
	b.said = "acknowledged"
	return nil
}
func (b *book) RecallParked(_ context.Context, _ hold.RecallID, code string) error {
	b.said = code
	return nil
}
func (b *book) Now(context.Context) (hold.Instant, error) { return recordsNow, nil }

type asks func() error

func (f asks) Post(context.Context, hold.RecallRequest) error { return f() }

// A recall is asked for until the bank has it; what repeating cannot mend parks it, and
// so does a setting that is missing. Nothing is asked that the record does not want.
func TestRequestRecall(t *testing.T) {
	t.Parallel()
	refuses := func(code string, passing bool) asks {
		return func() error { return &hold.LedgerRefusal{Code: code, Passing: passing} }
	}
	takes := asks(func() error { return nil })
	for name, c := range map[string]struct {
		bank  activities.RecallBank
		ago   time.Duration // since it was confirmed; 0: nothing is to be asked
		state hold.RecallState
		said  string
		again bool
	}{
		"it has it":             {takes, time.Second, hold.RecallDone, "acknowledged", false},
		"it is away":            {asks(func() error { return errors.New("the endpoint answered 503") }), time.Hour, "", "", true},
		"it refuses":            {refuses("http_422", false), time.Second, hold.RecallParks, "http_422", false},
		"its route is changed":  {refuses("http_404", true), time.Second, "", "", true},
		"and nobody mends it":   {refuses("http_404", true), time.Hour, hold.RecallParks, "http_404", false},
		"there is none":         {nil, time.Second, hold.RecallParks, activities.NoRecallURL, false},
		"the record wants none": {asks(func() error { panic("asked") }), 0, hold.RecallDone, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := &book{stands: hold.RecallDone}
			if c.ago != 0 {
				record.ask = &hold.RecallRequest{RecallID: "rcl_1", RequestedAt: recordsNow.Add(-c.ago)}
			}
			counted := ""
			a := &activities.Recalls{Store: record, Bank: c.bank, Log: slog.New(slog.DiscardHandler), Patience: 15 * time.Minute,
				Told: func(result string) { counted = result }}
			p, err := a.RequestRecall(t.Context(), activities.RecallInput{ID: "rcl_1"})
			if p.State != c.state || record.said != c.said || (err != nil) != c.again {
				t.Errorf("%q, the record has %q, %v", p.State, record.said, err)
			}
			if (counted == "") != (c.ago == 0) {
				t.Errorf("counted as %q", counted)
			}
		})
	}
}

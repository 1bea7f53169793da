package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"holdfast/hold"
	"holdfast/store"

	"github.com/spf13/cobra"
)

func (t *tool) retire() *cobra.Command {
	var before string
	var yes bool
	c := &cobra.Command{
		Use: "retire", Short: "Delete settled holds that were decided before a day; their trail stays", Args: cobra.NoArgs,
		Long: `Delete holds that were decided before a day (its midnight, UTC) and are settled,
and all that belongs to them: questions, answers, messages, agents' tasks, the
place in the feed of decisions, the idempotency key. Without --yes it only counts.

The audit trail stays whole: each hold's chain ends with hold.retired, and is read
and verified as before. The chain "retirements" says who retired what.

A hold stays whose question, case or approval is open, about which something is
under way, or whose pictures are kept (face_retention). A run that was broken off,
by Ctrl-C too, leaves nothing half done: run it again. It pauses as long as it
works, so that Holdfast goes on beside it. On Postgres run it as the schema's
owner, as "holdfast migrate". The day is 90 days ago at the latest: agents are
shown a customer's earlier holds for as long, and whoever reads the feed of
decisions may be as far behind.`,
		Example: "  holdfast retire --before 2026-01-01\n  holdfast retire --before 2026-01-01 --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			day, err := time.Parse(time.DateOnly, before)
			if err != nil {
				return fmt.Errorf("--before: a day, as in 2026-01-31")
			}
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			r := &store.Retirement{Before: hold.At(day), Actor: "operator"}
			stopped, err := t.retireAll(cmd.Context(), s, r, yes)
			if err != nil {
				return err
			}
			if err := t.print(r, func(w io.Writer) { tellRetired(w, r, yes) }); err != nil {
				return err
			}
			if stopped {
				return trouble(fmt.Errorf("it was stopped: run it again for the rest"))
			}
			return nil
		},
	}
	c.Flags().StringVar(&before, "before", "", "the day, as in 2026-01-31")
	c.Flags().BoolVar(&yes, "yes", false, "delete, and do not only count")
	_ = c.MarkFlagRequired("before")
	return c
}

// retireAll brings a retirement to its end, or until somebody stops it.
func (t *tool) retireAll(ctx context.Context, s *store.Store, r *store.Retirement, yes bool) (stopped bool, err error) {
	of, err := s.RetireCount(ctx, r.Before)
	if err != nil {
		return false, trouble(err)
	}
	if err := s.BeginRetirement(ctx, r, yes); errors.Is(err, store.ErrTooSoon) {
		return false, err
	} else if err != nil {
		return false, trouble(err)
	}
	began := time.Now()
	for more := true; more && !stopped; {
		at := time.Now()
		if more, err = s.RetireSome(ctx, r); err != nil {
			break
		}
		if !t.json {
			bar(t.errs, r, of, time.Since(began))
		}
		if yes && more {
			rest(ctx, time.Since(at))
		}
		stopped = ctx.Err() != nil && more
	}
	if !t.json {
		fmt.Fprintln(t.errs)
	}
	if stopped = stopped || ctx.Err() != nil; stopped {
		err = nil
	}
	if yes { // said also when it was stopped
		if ended := s.EndRetirement(context.WithoutCancel(ctx), r, stopped || err != nil); err == nil {
			err = ended
		}
	}
	return stopped, trouble(err)
}

// rest lets others work as long as we did.
func rest(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// bar shows how far it is, and how fast.
func bar(w io.Writer, r *store.Retirement, of int64, took time.Duration) {
	const wide = 30
	of = max(of, r.Looked, 1)
	full := int(wide * r.Looked / of)
	fmt.Fprintf(w, "\r[%s%s] %d of %d holds, %.0f/s", strings.Repeat("#", full), strings.Repeat(".", wide-full), r.Looked, of,
		float64(r.Looked)/max(took.Seconds(), 0.001))
}

func tellRetired(w io.Writer, r *store.Retirement, yes bool) {
	day := r.Before.Time().Format(time.DateOnly)
	if yes {
		fmt.Fprintf(w, "%d holds decided before %s have left, %d rows in all.\n", r.Holds, day, r.Rows)
	} else {
		fmt.Fprintf(w, "%d holds decided before %s can leave. Nothing was deleted: --yes does it.\n", r.Holds, day)
	}
	for _, why := range slices.Sorted(maps.Keys(r.Kept)) {
		fmt.Fprintf(w, "%d stay: %s\n", r.Kept[why], strings.ReplaceAll(why, "_", " "))
	}
}

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/messages"

	"github.com/spf13/cobra"
)

// remote is where the API is.
type remote struct{ url, key string }

func (t *tool) holds() *cobra.Command {
	var r remote
	c := &cobra.Command{Use: "holds", Short: "Holds, over the API: submit, get, list, watch, settle, outcome",
		Long: "Holds, over the API. The address and the key come from --url and --key, or from HOLDFAST_URL and HOLDFAST_KEY."}
	c.PersistentFlags().StringVar(&r.url, "url", or(os.Getenv("HOLDFAST_URL"), "http://127.0.0.1:8080"), "address of the API")
	c.PersistentFlags().StringVar(&r.key, "key", "", "API key (default: HOLDFAST_KEY, which no process list shows)")
	c.AddCommand(t.holdsSubmit(&r), t.holdsGet(&r), t.holdsList(&r), t.holdsWatch(&r), t.holdsSettle(&r), t.holdsOutcome(&r))
	return c
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (r *remote) client() (*client.Client, error) {
	key := or(r.key, os.Getenv("HOLDFAST_KEY"))
	if key == "" {
		return nil, errors.New("no API key: set HOLDFAST_KEY, or pass --key (holdfast keys create makes one)")
	}
	return client.NewClient(r.url, client.OnlyGiven, client.WithHTTPClient(&http.Client{Timeout: 90 * time.Second}),
		client.WithRequestEditorFn(func(_ context.Context, q *http.Request) error {
			q.Header.Set("Authorization", "Bearer "+key)
			return nil
		}))
}

// reply reads a reply into v; a problem becomes an error that says what to do.
func reply(res *http.Response, err error, v any) error {
	if err != nil {
		return trouble(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return trouble(err)
	}
	if res.StatusCode < 300 {
		return trouble(json.Unmarshal(b, v))
	}
	var p client.Problem
	if json.Unmarshal(b, &p) != nil || p.Code == "" {
		return trouble(fmt.Errorf("the server answered %s", res.Status))
	}
	text := p.Title
	for _, more := range []string{p.Field, p.Detail} {
		if more != "" {
			text += ": " + more
		}
	}
	if p.Stands != nil && p.Stands.HoldId != "" {
		text += " (" + string(p.Stands.HoldId) + ")"
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		return trouble(fmt.Errorf("%s [%s]", text, p.Code))
	}
	return found("%s [%s]", text, p.Code)
}

func (t *tool) show(h client.Hold) error {
	return t.print(h, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %-9s  %s  %s  to %s %s\n", h.Id, h.Status, h.TransactionId, messages.Amount(h.Amount), h.Payee.Name, h.Payee.Account)
		if h.Rung != nil {
			fmt.Fprintf(w, "  asking: %s until %s\n", h.Rung.Name, h.Rung.EndsAt)
		}
		if h.Decision != nil {
			fmt.Fprintf(w, "  %s: %s, by %s at %s; the ledger: %s\n", h.Decision.Outcome, h.Decision.Reason, h.Decision.Author,
				h.Decision.DecidedAt, h.Settlement.State)
		} else {
			fmt.Fprintf(w, "  reversed at %s unless decided before\n", h.Deadline)
		}
		if h.OutcomeKnown != nil {
			fmt.Fprintf(w, "  what became of it: %s\n", known(*h.OutcomeKnown))
		}
	})
}

func (t *tool) holdsSubmit(r *remote) *cobra.Command {
	var idempotency string
	c := &cobra.Command{
		Use: "submit FILE", Short: "Submit a held transaction; - reads it from the input", Args: cobra.ExactArgs(1),
		Long:    "Submit a held transaction. Without --idempotency-key its transaction_id is the key, so that a repeat is harmless.",
		Example: "  holdfast holds submit hold.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := readInput(args[0], t.in)
			if err != nil {
				return err
			}
			var q struct {
				TransactionID string `json:"transaction_id"`
			}
			if err := json.Unmarshal(b, &q); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			cl, err := r.client()
			if err != nil {
				return err
			}
			res, err := cl.SubmitHoldWithBody(cmd.Context(), &client.SubmitHoldParams{IdempotencyKey: or(idempotency, q.TransactionID)},
				"application/json", bytes.NewReader(b))
			var h client.Hold
			if err := reply(res, err, &h); err != nil {
				return err
			}
			return t.show(h)
		},
	}
	c.Flags().StringVar(&idempotency, "idempotency-key", "", "the request's own key (default: its transaction_id)")
	return c
}

func (t *tool) holdsGet(r *remote) *cobra.Command {
	var wait time.Duration
	c := &cobra.Command{
		Use: "get HOLD_ID", Short: "Read a hold, or wait for its decision", Args: cobra.ExactArgs(1),
		Example: "  holdfast holds get hold_01J… --wait 30s",
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := r.client()
			if err != nil {
				return err
			}
			var h client.Hold
			res, err := cl.GetHold(cmd.Context(), hold.ID(args[0]), &client.GetHoldParams{Wait: seconds(wait)})
			if err := reply(res, err, &h); err != nil {
				return err
			}
			return t.show(h)
		},
	}
	c.Flags().DurationVar(&wait, "wait", 0, "wait for the decision, at most 60s")
	return c
}

func seconds(d time.Duration) client.Wait {
	if d <= 0 {
		return ""
	}
	return client.Wait(fmt.Sprintf("%ds", min(int(d.Seconds()), 60)))
}

func (t *tool) holdsList(r *remote) *cobra.Command {
	var q client.ListHoldsParams
	var status, customer string
	c := &cobra.Command{
		Use: "list", Short: "List holds, the oldest first", Args: cobra.NoArgs, Example: "  holdfast holds list --status held --customer maria",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := r.client()
			if err != nil {
				return err
			}
			q.Status, q.CustomerId = hold.Status(status), hold.CustomerID(customer)
			q.Limit = 50
			n := 0
			for {
				var page client.HoldPage
				res, err := cl.ListHolds(cmd.Context(), &q)
				if err := reply(res, err, &page); err != nil {
					return err
				}
				for _, h := range page.Holds {
					if err := t.show(h); err != nil {
						return err
					}
				}
				if n += len(page.Holds); page.Next == "" {
					break
				}
				q.After = page.Next
			}
			if n == 0 && !t.json {
				fmt.Fprintln(t.out, "No holds.")
			}
			return nil
		},
	}
	c.Flags().StringVar(&status, "status", "", "held, releasing, released, reversing or reversed")
	c.Flags().StringVar(&customer, "customer", "", "of one customer")
	c.Flags().BoolVar(&q.Parked, "parked", false, "whose settlement is parked")
	c.Flags().StringVar((*string)(&q.TransactionId), "transaction", "", "of one transaction")
	return c
}

func (t *tool) holdsWatch(r *remote) *cobra.Command {
	var after string
	c := &cobra.Command{
		Use: "watch", Short: "Follow the decisions as they are made", Args: cobra.NoArgs,
		Long:    "Follow the decisions, from the first or after a cursor, until interrupted. The last cursor is printed at the end.",
		Example: "  holdfast holds watch --json | jq .decision.outcome",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := r.client()
			if err != nil {
				return err
			}
			for cmd.Context().Err() == nil {
				var page client.DecisionPage
				res, err := cl.ListDecisions(cmd.Context(), &client.ListDecisionsParams{After: after, Wait: "30s", Limit: 200})
				if cmd.Context().Err() != nil {
					break
				}
				if err := reply(res, err, &page); err != nil {
					return err
				}
				for _, d := range page.Decisions {
					if err := t.print(d, func(w io.Writer) {
						fmt.Fprintf(w, "%s  %s  %-7s  %s  %s\n", d.Decision.DecidedAt, d.Decision.HoldID, d.Decision.Outcome, d.Decision.Reason,
							d.TransactionId)
					}); err != nil {
						return err
					}
				}
				after = page.Next
			}
			fmt.Fprintln(t.errs, "to go on: --after", after)
			return nil
		},
	}
	c.Flags().StringVar(&after, "after", "", "cursor to go on from")
	return c
}

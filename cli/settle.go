package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"holdfast/api/client"
	"holdfast/hold"

	"github.com/spf13/cobra"
)

func (t *tool) holdsSettle(r *remote) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "settle [HOLD_ID]", Short: "Call the ledger again for a parked settlement, or for all", Args: cobra.MaximumNArgs(1),
		Example: "  holdfast holds settle hold_01J…\n  holdfast holds settle --all-parked",
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return errors.New("name one hold, or pass --all-parked")
			}
			cl, err := r.client()
			if err != nil {
				return err
			}
			if all {
				return t.settleParked(cmd.Context(), cl)
			}
			return t.settle(cmd.Context(), cl, hold.ID(args[0]))
		},
	}
	c.Flags().BoolVar(&all, "all-parked", false, "every hold whose settlement is parked")
	return c
}

func (t *tool) settle(ctx context.Context, cl *client.Client, id hold.ID) error {
	var h client.Hold
	res, err := cl.SettleHold(ctx, id)
	if err := reply(res, err, &h); err != nil {
		return err
	}
	return t.show(h)
}

// settleParked takes up every hold that is parked as it comes by. One that
// somebody else takes up meanwhile is no fault; one that parks again is not
// met twice.
func (t *tool) settleParked(ctx context.Context, cl *client.Client) error {
	q := client.ListHoldsParams{Parked: true, Limit: 200}
	n := 0
	for {
		var page client.HoldPage
		res, err := cl.ListHolds(ctx, &q)
		if err := reply(res, err, &page); err != nil {
			return err
		}
		for _, h := range page.Holds {
			var again client.Hold
			res, err := cl.SettleHold(ctx, h.Id)
			if res != nil && res.StatusCode == http.StatusConflict {
				_ = res.Body.Close()
				continue
			}
			if err := reply(res, err, &again); err != nil {
				return fmt.Errorf("%s: %w", h.Id, err)
			}
			if err := t.show(again); err != nil {
				return err
			}
			n++
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	if n == 0 && !t.json {
		fmt.Fprintln(t.out, "Nothing is parked.")
	}
	return nil
}

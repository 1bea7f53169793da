package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"

	"github.com/spf13/cobra"
)

const recallsAtOnce = 200

func (t *tool) recalls() *cobra.Command {
	c := &cobra.Command{Use: "recalls", Short: "Recalls of released payments: list, retry",
		Long: `Recalls of released payments, in the database of the settings. Agents confirm and
decline them in the console, and the bank's own system says what became of them
(POST /v1/recalls/{recall_id}/status).`}
	c.AddCommand(t.recallsList(), t.recallsRetry())
	return c
}

// recallShown is a recall as it is printed: nobody's name or account.
type recallShown struct {
	ID          hold.RecallID     `json:"id"`
	HoldID      hold.ID           `json:"hold_id"`
	Status      hold.RecallStatus `json:"status"`
	Source      hold.RecallSource `json:"source"`
	Amount      hold.Money        `json:"amount"`
	Returned    int64             `json:"returned_minor"`
	ProposedAt  hold.Instant      `json:"proposed_at"`
	RequestedAt hold.Instant      `json:"requested_at,omitempty"`
	ParkedAt    hold.Instant      `json:"parked_at,omitempty"`
	ParkedCode  string            `json:"parked_code,omitempty"`
	Attempts    int               `json:"attempts"`
}

func shownRecall(r hold.Recall) recallShown {
	return recallShown{ID: r.ID, HoldID: r.HoldID, Status: r.Status, Source: r.Source, Amount: r.Amount(), Returned: r.Returned,
		ProposedAt: r.ProposedAt, RequestedAt: r.RequestedAt, ParkedAt: r.ParkedAt, ParkedCode: r.ParkedCode, Attempts: r.Attempts}
}

// stands says in a few words how far it has come.
func (r recallShown) stands() string {
	switch {
	case r.ParkedCode != "":
		return fmt.Sprintf("parked: %s", r.ParkedCode)
	case r.Status == hold.RecallReturned:
		return fmt.Sprintf("returned %s", messages.Amount(hold.Money{Minor: r.Returned, Currency: r.Amount.Currency}))
	case r.Status == hold.RecallRequested && r.RequestedAt == 0:
		return fmt.Sprintf("on its way, tried %d times", r.Attempts)
	}
	return string(r.Status)
}

func (t *tool) recallsList() *cobra.Command {
	var status string
	var parked bool
	c := &cobra.Command{Use: "list", Short: "The newest recalls, at most 200", Args: cobra.NoArgs,
		Example: "  holdfast recalls list --parked",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if status != "" && !slices.Contains(hold.RecallStatuses, hold.RecallStatus(status)) {
				return errors.New("--status is none: there are " + anyOf(", ", hold.RecallStatuses))
			}
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			rs, err := s.AllRecalls(cmd.Context(), store.RecallPage{Status: hold.RecallStatus(status), Parked: parked, Limit: recallsAtOnce})
			if err != nil {
				return trouble(err)
			}
			return t.printRecalls(rs)
		}}
	c.Flags().StringVar(&status, "status", "", "only those of a status: "+anyOf(", ", hold.RecallStatuses))
	c.Flags().BoolVar(&parked, "parked", false, "only those that wait for a reason to be mended")
	return c
}

func (t *tool) printRecalls(rs []hold.Recall) error {
	shown := make([]recallShown, len(rs))
	for i, r := range rs {
		shown[i] = shownRecall(r)
	}
	return t.print(shown, func(w io.Writer) {
		if len(shown) == 0 {
			fmt.Fprintln(w, "There is none.")
			return
		}
		tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "recall\thold\tamount\tproposed\tby\thow far")
		for _, r := range shown {
			fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.HoldID, messages.Amount(r.Amount), r.ProposedAt.Time().Format(time.RFC3339),
				r.Source, r.stands())
		}
		_ = tab.Flush()
	})
}

func (t *tool) recallsRetry() *cobra.Command {
	var all bool
	c := &cobra.Command{Use: "retry [RECALL_ID]", Short: "Ask for a parked recall again, or for all", Args: cobra.MaximumNArgs(1),
		Long: `Ask for a parked recall again, or for all, with the same key as before. Mend first what
parked it: holdfast recalls list --parked says why.`,
		Example: "  holdfast recalls retry rcl_01J…\n  holdfast recalls retry --all-parked",
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return errors.New("name one recall, or pass --all-parked")
			}
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			if all {
				return t.retryParked(cmd.Context(), s)
			}
			r, out, err := s.RetryRecall(cmd.Context(), hold.RecallID(args[0]), "operator")
			switch {
			case errors.Is(err, store.ErrNotFound):
				return found("there is no recall %s", args[0])
			case err != nil:
				return trouble(err)
			case out != store.Unparked:
				return found("%s is not parked: %s", args[0], shownRecall(r).stands())
			}
			return t.printRecalls([]hold.Recall{r})
		}}
	c.Flags().BoolVar(&all, "all-parked", false, "every parked recall")
	return c
}

// retryParked takes up every parked recall as it comes by; none is met twice.
func (t *tool) retryParked(ctx context.Context, s *store.Store) error {
	var taken []hold.Recall
	page := store.RecallPage{Parked: true, Limit: recallsAtOnce}
	for {
		rs, err := s.AllRecalls(ctx, page)
		if err != nil {
			return trouble(err)
		}
		for _, r := range rs {
			again, out, err := s.RetryRecall(ctx, r.ID, "operator")
			if err != nil {
				return trouble(err)
			}
			if out == store.Unparked {
				taken = append(taken, again)
			}
		}
		if len(rs) < page.Limit {
			return t.printRecalls(taken)
		}
		page.After = rs[len(rs)-1].ID
	}
}

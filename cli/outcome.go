package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"holdfast/api/client"
	"holdfast/hold"

	"github.com/spf13/cobra"
)

func (t *tool) holdsOutcome(r *remote) *cobra.Command {
	var kind, at, source string
	c := &cobra.Command{
		Use: "outcome HOLD_ID " + anyOf("|", hold.Aftermaths), Short: "Say what became of a payment, as the bank learns it later",
		Args: cobra.ExactArgs(2),
		Long: `Say what became of a payment, as the bank learns it later. It releases and reverses
nothing. The same again changes nothing; anything else corrects what was said.`,
		Example: "  holdfast holds outcome hold_01J… fraud --kind romance --source police --at 2026-03-09T08:30:00Z",
		RunE: func(cmd *cobra.Command, args []string) error {
			learnt, err := time.Parse(time.RFC3339Nano, at)
			if err != nil {
				return fmt.Errorf("--at is a time as in 2026-03-09T08:30:00Z")
			}
			cl, err := r.client()
			if err != nil {
				return err
			}
			res, err := cl.RecordOutcome(cmd.Context(), hold.ID(args[0]), client.OutcomeRequest{Outcome: hold.Aftermath(args[1]), Kind: kind,
				At: hold.At(learnt), Source: hold.KnownSource(source)})
			var k hold.KnownOutcome
			if err := reply(res, err, &k); err != nil {
				return err
			}
			return t.print(k, func(w io.Writer) { fmt.Fprintf(w, "%s  %s\n", k.HoldID, known(k)) })
		},
	}
	c.Flags().StringVar(&kind, "kind", "", "code of the kind of scam, with fraud: at most 64 of a-z, 0-9 and _")
	c.Flags().StringVar(&at, "at", "", "when the bank learnt it")
	c.Flags().StringVar(&source, "source", "", "where from: "+anyOf(", ", hold.KnownSources))
	_ = c.MarkFlagRequired("at")
	_ = c.MarkFlagRequired("source")
	return c
}

// known tells what became of a payment.
func known(k hold.KnownOutcome) string {
	what := string(k.Outcome)
	if k.Kind != "" {
		what += " (" + k.Kind + ")"
	}
	return fmt.Sprintf("%s, known by %s since %s", what, k.Source, k.At)
}

func anyOf[T ~string](between string, of []T) string {
	words := make([]string, len(of))
	for i, w := range of {
		words[i] = string(w)
	}
	return strings.Join(words, between)
}

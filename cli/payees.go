package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/payees"
	"holdfast/serve"

	"github.com/spf13/cobra"
)

func (t *tool) payees() *cobra.Command {
	c := &cobra.Command{Use: "payees", Short: "Lists of payees: import, lists, categories",
		Long: `Lists of payees that are known for something. What a list says of an account can
make a payment to it be asked about more strictly, by the policy's conditions
(payee.level, payee.categories, payee.mule), and never releases one.

Accounts are not kept: only digests of them, by the keys of payee_keys.`}
	c.AddCommand(t.payeesImport(), t.payeesLists(), t.payeesCategories())
	return c
}

func (t *tool) payeesImport() *cobra.Command {
	var shrink, public bool
	c := &cobra.Command{
		Use: "import LIST FILE", Short: "Put a list in force in the place of the one of that name", Args: cobra.ExactArgs(2),
		Long: `Put a list in force in the place of the one of that name, as a whole or not at all:
where a line cannot be taken, its number and why are said, and the list before
stands. FILE is CSV with a heading or NDJSON; - is the standard input.

  account     as a payment order names it; blanks and dividers make no difference
  ref         by which you know the line; once in a list
  category    a code of "holdfast payees categories"
  strength    reported, or confirmed where somebody has looked into it
  country     optional: ISO 3166-1, two letters; tells a sort code from a card
  reporters   optional: how many distinct people or firms reported it
  from, to    optional: when it counts, as in 2026-01-31T00:00:00Z

A list of no lines, or of fewer than half of those in force, may have been cut short
on its way: it is refused without --shrink.

What a list says is for the bank alone, unless it is imported with --public: of a
warning list that anybody can read.

A million lines take well under a minute. Ctrl-C leaves the list before in force.`,
		Example: "  holdfast payees import own mules.csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, file := args[0], args[1]
			if !payees.ListName.MatchString(list) {
				return errors.New("LIST: want at most 32 of a-z, 0-9 and -")
			}
			cfg, err := serve.Load(t.config)
			if err != nil {
				return err
			}
			keys, err := counterparties.ReadKeys(cfg.PayeeKeys)
			if err != nil || !keys.Any() {
				return cmp.Or(err, errors.New("payee_keys: is missing; accounts are kept by digests alone"))
			}
			in, size, err := t.source(file)
			if err != nil {
				return err
			}
			defer in.Close() //nolint:errcheck // read to its end
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			return t.fill(cmd.Context(), payees.Import{Lists: s, Keys: keys, List: list, Public: public, Shrink: shrink, Actor: "operator"},
				&counted{r: in, of: size, errs: t.errs, quiet: t.json})
		},
	}
	c.Flags().BoolVar(&public, "public", false, "customers may be told what the list says; each import says so anew")
	c.Flags().BoolVar(&shrink, "shrink", false, "take a list of no lines, or of fewer than half of those in force")
	return c
}

// fill reads a list into an edition of its own and puts that in force.
func (t *tool) fill(ctx context.Context, i payees.Import, in *counted) error {
	began := time.Now()
	i.Filled = func(lines int) { in.show(lines, time.Since(began)) }
	edition, n, err := i.Run(ctx, in)
	in.end()
	var bad counterparties.BadLine
	var refused *payees.RefusedError
	var short *payees.ShortError
	switch {
	case errors.As(err, &bad):
		return found("%s; nothing of this list was taken, the one before stands", bad)
	case errors.As(err, &short):
		return found("%s; the one before stands. If the list is whole, import it with --shrink", short)
	case errors.As(err, &refused) && refused.Why == hold.ImportRunning:
		return found("%s is being imported by somebody else; if nobody does, try again in five minutes", i.List)
	case errors.As(err, &refused) && refused.Why == hold.RefTwice:
		return found("a reference stands twice, for the second time among the entries %d to %d; the list before stands", refused.From, refused.To)
	case refused != nil:
		return found("the import stood still for more than five minutes and was given up; the list before stands")
	case err != nil:
		return trouble(fmt.Errorf("%w; nothing of this list was taken, the one before stands", err))
	}
	return t.print(map[string]any{"list": i.List, "edition": edition, "lines": n, "public": i.Public}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is in force with %d lines, read in %s.\n", i.List, n, time.Since(began).Round(100*time.Millisecond))
	})
}

// source opens a file, or the standard input, and tells its size where it has one.
func (t *tool) source(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(t.in), 0, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, fmt.Errorf("the list cannot be opened: %w", err)
	}
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return f, 0, err
	}
	return f, st.Size(), nil
}

// counted counts what is read of a list, and shows it.
type counted struct {
	r     io.Reader
	n, of int64
	errs  io.Writer
	quiet bool
	shown bool
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counted) show(lines int, took time.Duration) {
	if c.quiet {
		return
	}
	part := ""
	if c.of > 0 {
		part = fmt.Sprintf("%3d %%, ", 100*c.n/c.of)
	}
	c.shown = true
	fmt.Fprintf(c.errs, "\r%s%d lines, %.0f/s ", part, lines, float64(lines)/max(took.Seconds(), 0.001))
}

func (c *counted) end() {
	if c.shown {
		fmt.Fprintln(c.errs)
		c.shown = false
	}
}

func (t *tool) payeesLists() *cobra.Command {
	return &cobra.Command{Use: "lists", Short: "The lists in force", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			ls, err := s.PayeeLists(cmd.Context())
			if err != nil {
				return trouble(err)
			}
			return t.print(ls, func(w io.Writer) {
				if len(ls) == 0 {
					fmt.Fprintln(w, "There is none. holdfast payees import LIST FILE puts one in force.")
					return
				}
				tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(tab, "list\tlines\tin force since\tby\tkey\tfor")
				for _, l := range ls {
					since := "–"
					if l.InForce != 0 {
						since = l.InForce.Time().Format(time.RFC3339)
					}
					whom := "the bank"
					if l.Public {
						whom = "customers, too"
					}
					fmt.Fprintf(tab, "%s\t%d\t%s\t%s\t%s\t%s\n", l.Name, l.Lines, since, l.Author, cmp.Or(l.KeyID, "–"), whom)
				}
				_ = tab.Flush()
			})
		}}
}

func (t *tool) payeesCategories() *cobra.Command {
	return &cobra.Command{Use: "categories", Short: "What a list may say of an account", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return t.print(counterparties.Categories(), func(w io.Writer) {
				tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				for _, c := range counterparties.Categories() {
					fmt.Fprintf(tab, "%s\t%s\t%s\n", c.Code, c.En, c.ZhHans)
				}
				_ = tab.Flush()
			})
		}}
}

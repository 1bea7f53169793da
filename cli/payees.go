package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"text/tabwriter"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/serve"
	"holdfast/store"

	"github.com/spf13/cobra"
)

var listName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

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
	var shrink bool
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

A million lines take well under a minute. Ctrl-C leaves the list before in force.`,
		Example: "  holdfast payees import own mules.csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, file := args[0], args[1]
			if !listName.MatchString(list) {
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
			return t.fill(cmd.Context(), s, keys, list, shrink, &counted{r: in, of: size, errs: t.errs, quiet: t.json})
		},
	}
	c.Flags().BoolVar(&shrink, "shrink", false, "take a list of no lines, or of fewer than half of those in force")
	return c
}

// tooShort refuses a list that may have been cut short on its way.
func tooShort(ctx context.Context, s *store.Store, list string, lines int) error {
	ls, err := s.PayeeLists(ctx)
	if err != nil {
		return trouble(err)
	}
	before := 0
	for _, l := range ls {
		if l.Name == list {
			before = l.Lines
		}
	}
	if lines > 0 && 2*lines >= before {
		return nil
	}
	return found("the list has %d lines, and the one in force %d; the one before stands. If the list is whole, import it with --shrink",
		lines, before)
}

// fill reads a list into an edition of its own and puts that in force.
func (t *tool) fill(ctx context.Context, s *store.Store, keys counterparties.Keys, list string, shrink bool, in *counted) error {
	edition, why, err := s.BeginPayeeList(ctx, list)
	if err != nil {
		return trouble(err)
	} else if why != "" {
		return found("%s is being imported by somebody else; if nobody does, try again in five minutes", list)
	}
	// Of an edition in force this does nothing; where it fails, another import waits five minutes.
	defer s.DropPayeeList(context.WithoutCancel(ctx), list, edition) //nolint:errcheck
	began, n := time.Now(), 0
	first := 1 // the number of the first line in some
	var some []store.ListedPayee
	flush := func() error {
		why, err := s.FillPayeeList(ctx, list, edition, some)
		switch {
		case err != nil:
			return trouble(err)
		case why == hold.RefTwice:
			return found("a reference stands twice, for the second time among the entries %d to %d; the list before stands", first,
				first+len(some)-1)
		case why != "":
			return found("the import stood still for more than five minutes and was given up; the list before stands")
		}
		n, first, some = n+len(some), first+len(some), some[:0]
		in.show(n, time.Since(began))
		return nil
	}
	for line, err := range counterparties.Read(in) {
		if err == nil && ctx.Err() != nil {
			err = ctx.Err()
		}
		var bad counterparties.BadLine
		if errors.As(err, &bad) {
			in.end()
			return found("%s; nothing of this list was taken, the one before stands", bad)
		} else if err != nil {
			in.end()
			return trouble(fmt.Errorf("%w; nothing of this list was taken, the one before stands", err))
		}
		some = append(some, store.ListedPayee{Hit: line.Hit(list), Digest: keys.Current(counterparties.Normal(line.Account, line.Country))})
		if len(some) == store.HitsAtOnce {
			if err := flush(); err != nil {
				in.end()
				return err
			}
		}
	}
	err = flush()
	in.end()
	if err != nil {
		return err
	}
	if !shrink {
		if err := tooShort(ctx, s, list, n); err != nil {
			return err
		}
	}
	if why, err := s.EndPayeeList(ctx, list, edition, n, "operator"); err != nil || why != "" {
		return trouble(cmp.Or(err, errors.New(string(why))))
	}
	return t.print(map[string]any{"list": list, "edition": edition, "lines": n}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is in force with %d lines, read in %s.\n", list, n, time.Since(began).Round(100*time.Millisecond))
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
				fmt.Fprintln(tab, "list\tlines\tin force since\tby\tkey")
				for _, l := range ls {
					since := "–"
					if l.InForce != 0 {
						since = l.InForce.Time().Format(time.RFC3339)
					}
					fmt.Fprintf(tab, "%s\t%d\t%s\t%s\t%s\n", l.Name, l.Lines, since, l.Author, cmp.Or(l.KeyID, "–"))
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

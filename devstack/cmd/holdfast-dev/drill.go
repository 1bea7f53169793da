package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"holdfast/devstack/drill"
	"holdfast/devstack/stack"
	"holdfast/serve"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// prefixHourly bounds the texts to one network in an hour: low, so that the
// pumping script meets it.
const prefixHourly = 40

func drillCommand() *cobra.Command {
	r := run{}
	var input, format, mix, without string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "drill", Short: "Play payments through a fresh stack and check the invariants", Args: cobra.NoArgs,
		Long: `Play payments through a fresh stack: submit the flagged ones over the API, play
the customers over real sockets with real ES256 keys, and check afterwards that
what must never happen did not. Exit code 1 if an invariant is broken.

Behaviours for --mix: of genuine payments prompt, mistaken, doubletap, offline,
silent, and without the app noapp, miscode, textback; of fraud notme, coached,
attacker, mule, silent, and by text textno, simswap, simquiet, forger. Agents
call phoned, phonedead, phonecoached and phonenotme, and look at the faces of
faced and facethief. --pump is how many numbers of one network a script makes the bank send texts to.

Where the policy asks before a payment, everybody who approves answers. Victims:
liar answers as told and goes on past every warning (the phone may know of the call);
believer answers truly, reads the warning and stops; cooler goes on, waits, and
refuses when asked anew; teller says that they were told what to say. Genuine
customers: warned reads a warning and goes on, waiter waits and approves. How many
there are of each is assumed; the report prints every assumption.

Beside them --ring customers pay one mule: robbed says not me and cheated says so to an
agent, who proposes the payee; early approve before two supervisors give the verdict, and
their money is asked back; late approve after it, and are stopped. Genuine lodgers pay
there, too, and are held wrongly. Patrons pay an honest firm of which two slander say that
they did not: nothing follows, and the second supervisor refuses. The mule asks the bank
of his own account, and learns nothing. Of guarded somebody they trust is told, who rings
them. A relative who pays in their name is blocked, and learns nothing of it.

--without interview,wait,counterparty,contact plays the same payments with the same seed
again, once without the questions and all that follows from them, once with warnings in
the place of waits, once without looking payees up, once without somebody they trust, and
the report says what each is worth. Each run takes as long as the first.`,
		Example: "  holdfast-dev drill --input examples/payments.csv\n" +
			"  holdfast-dev drill --input paysim.csv --format paysim --mix coached=60,believer=20\n" +
			"  holdfast-dev drill --without interview,wait,counterparty,contact",
		RunE: func(cmd *cobra.Command, _ []string) error {
			out, errs := cmd.OutOrStdout(), cmd.ErrOrStderr()
			parts, err := drill.ParseParts(without)
			if err != nil {
				return err
			}
			if r.Ring != 0 && r.Ring < 10 {
				return errors.New("--ring: 0, or 10 at least")
			}
			if r.Mix, err = drill.ParseMix(mix); err != nil {
				return err
			}
			if r.Payments, err = drill.Read(input, format); err != nil {
				return err
			}
			fmt.Fprintf(errs, "The drill's policy has rungs and ages in seconds: never run it for real money. Its people have 20 s to "+
				"answer; then the stack's clock is put forward to the deadline.\n"+
				"The customers' own devices are imported with their true age. The ledger loses %.0f %% of its replies.\n", 100*r.loses)
			r.Progress, r.errs = progress(errs), errs
			report, err := r.play(cmd.Context(), r.policy)
			if err != nil {
				return err
			}
			broken := report.Broken()
			for _, part := range parts {
				fmt.Fprintf(errs, "The same without %s.\n", part)
				c, err := r.without(cmd.Context(), part)
				if err != nil {
					return fmt.Errorf("without %s: %w", part, err)
				}
				broken = broken || c.Broken
				report.Without = append(report.Without, c)
			}
			if asJSON {
				e := json.NewEncoder(out)
				e.SetIndent("", "  ")
				err = e.Encode(report)
			} else {
				report.Write(out)
			}
			if err == nil && broken {
				err = errors.New("an invariant is broken")
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&input, "input", "examples/payments.csv", "file with payments")
	f.StringVar(&format, "format", "holdfast", "its format: holdfast or paysim")
	f.StringVar(&r.policy, "policy", "examples/demo-policy.yaml", "policy file")
	f.StringVar(&mix, "mix", "", "weights of behaviours: prompt=70,coached=20")
	f.StringVar(&without, "without", "", "play it again without parts: interview,wait,counterparty,contact")
	f.StringVar(&r.data, "data", "", "directory for the state (default: a temporary one)")
	f.Uint64Var(&r.Seed, "seed", 1, "repeats the same people")
	f.IntVar(&r.Pump, "pump", 60, "numbers that a script pumps")
	f.IntVar(&r.Ring, "ring", 40, "customers who are deceived into paying one mule; 0, or 10 at least")
	f.Float64Var(&r.Rate, "rate", 15, "holds a second")
	f.DurationVar(&r.Patience, "patience", 3*time.Minute, "for the decisions")
	f.Float64Var(&r.loses, "ledger-loses", 0.05, "part of the ledger's replies that are lost")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// run is what one call of drill plays.
type run struct {
	drill.Config
	policy, data string
	loses        float64
	errs         io.Writer
}

// play plays it once, through a fresh stack with a policy.
func (r run) play(ctx context.Context, policy string) (*drill.Report, error) {
	if r.data == "" {
		var err error
		if r.data, err = os.MkdirTemp("", "holdfast-drill-"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(r.data) //nolint:errcheck // ours
	}
	logs, err := openLog(r.data)
	if err != nil {
		return nil, err
	}
	defer logs.Close() //nolint:errcheck // the end
	s, err := stack.Start(ctx, stack.Options{Dir: r.data, UIPort: -1, PolicyFile: policy, PrefixHourly: prefixHourly,
		OfflineWait: 3 * time.Second, LedgerLoses: r.loses, NoPayees: r.Without == drill.Counterparty, Seed: r.Seed,
		Log: serve.Log(logs, slog.LevelWarn)})
	if err != nil {
		return nil, err
	}
	r.Coordinates = s.Coordinates
	report, err := drill.Run(ctx, r.Config)
	if stop := s.Stop(); stop != nil { // what was found stands all the same
		fmt.Fprintln(r.errs, "The stack did not stop as it should:", stop)
	}
	return report, err
}

// without plays it again, without a part.
func (r run) without(ctx context.Context, part drill.Part) (c drill.Compared, err error) {
	source, err := os.ReadFile(r.policy)
	if err == nil {
		source, err = drill.Without(source, part)
	}
	if err != nil {
		return c, err
	}
	dir, err := os.MkdirTemp("", "holdfast-drill-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // ours
	file := filepath.Join(dir, "policy.yaml")
	if err := stack.WriteFile(file, source); err != nil {
		return c, err
	}
	r.data, r.Without = filepath.Join(dir, "state"), part
	report, err := r.play(ctx, file)
	if err != nil {
		return c, err
	}
	return drill.Compared{Part: part, Totals: report.Totals, Broken: report.Broken()}, nil
}

// progress prints one moving line on a terminal, and a plain line every five
// seconds elsewhere.
func progress(w io.Writer) func(done, of int, what string) {
	f, ok := w.(*os.File)
	terminal := ok && term.IsTerminal(int(f.Fd()))
	var mu sync.Mutex
	var began, last time.Time
	current := ""
	return func(done, of int, what string) {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if what != current {
			current, began, last = what, now, time.Time{}
		}
		every := 5 * time.Second
		if terminal {
			every = 100 * time.Millisecond
		}
		if done < of && now.Sub(last) < every {
			return
		}
		if done >= of && last.Equal(time.Unix(0, 0)) {
			return // said already
		}
		last = now
		rate := float64(done) / max(now.Sub(began).Seconds(), 0.001)
		left := "done"
		if done < of && rate > 0 {
			left = (time.Duration(float64(of-done)/rate) * time.Second).Round(time.Second).String() + " left"
		}
		if done >= of {
			last = time.Unix(0, 0)
		}
		line := fmt.Sprintf("%5d of %d %s, %.0f/s, %s", done, of, what, rate, left)
		if terminal {
			end := ""
			if done >= of {
				end = "\n"
			}
			fmt.Fprintf(w, "\r%-72s%s", line, end)
			return
		}
		fmt.Fprintln(w, line)
	}
}

func paymentsCommand() *cobra.Command {
	var count int
	var seed uint64
	cmd := &cobra.Command{
		Use: "payments", Short: "Write made-up payments as CSV", Args: cobra.NoArgs,
		Example: "  holdfast-dev payments --count 400 > examples/payments.csv",
		RunE:    func(cmd *cobra.Command, _ []string) error { return drill.Generate(cmd.OutOrStdout(), count, seed) },
	}
	cmd.Flags().IntVar(&count, "count", 400, "how many")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "the same seed writes the same")
	return cmd
}

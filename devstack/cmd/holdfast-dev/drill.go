package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
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
	var input, format, policy, mix, data string
	var asJSON bool
	c := drill.Config{}
	loses := 0.0
	cmd := &cobra.Command{
		Use: "drill", Short: "Play payments through a fresh stack and check the invariants", Args: cobra.NoArgs,
		Long: `Play payments through a fresh stack: submit the flagged ones over the API, play
the customers over real sockets with real ES256 keys, and check afterwards that
what must never happen did not. Exit code 1 if an invariant is broken.

Behaviours for --mix: of genuine payments prompt, mistaken, doubletap, offline,
silent, and without the app noapp, miscode, textback; of fraud notme, coached,
attacker, mule, silent, and by text textno, simswap, simquiet, forger. Agents
call phoned, phonedead, phonecoached and phonenotme, and look at the faces of
faced and facethief. --pump is how many numbers of one network a script makes the bank send texts to.`,
		Example: "  holdfast-dev drill --input examples/payments.csv\n  holdfast-dev drill --input paysim.csv --format paysim --mix coached=60",
		RunE: func(cmd *cobra.Command, _ []string) error {
			out, errs := cmd.OutOrStdout(), cmd.ErrOrStderr()
			var err error
			if c.Mix, err = drill.ParseMix(mix); err != nil {
				return err
			}
			if c.Payments, err = drill.Read(input, format); err != nil {
				return err
			}
			if data == "" {
				if data, err = os.MkdirTemp("", "holdfast-drill-"); err != nil {
					return err
				}
				defer os.RemoveAll(data) //nolint:errcheck // ours
			}
			logs, err := openLog(data)
			if err != nil {
				return err
			}
			defer logs.Close() //nolint:errcheck // the end
			fmt.Fprintf(errs, "The drill's policy has rungs in seconds, a deadline of 20 s and ages in seconds: never run it for real money.\n"+
				"The customers' own devices are imported with their true age. The ledger loses %.0f %% of its replies.\n", 100*loses)
			s, err := stack.Start(cmd.Context(), stack.Options{Dir: data, UIPort: -1, PolicyFile: policy, PrefixHourly: prefixHourly,
				OfflineWait: 3 * time.Second, LedgerLoses: loses,
				Seed: c.Seed, Log: serve.Log(logs, slog.LevelWarn)})
			if err != nil {
				return err
			}
			c.Coordinates, c.Progress = s.Coordinates, progress(errs)
			report, err := drill.Run(cmd.Context(), c)
			if err = errors.Join(err, s.Stop()); err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(out)
				e.SetIndent("", "  ")
				err = e.Encode(report)
			} else {
				report.Write(out)
			}
			if err == nil && report.Broken() {
				err = errors.New("an invariant is broken")
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&input, "input", "examples/payments.csv", "file with payments")
	f.StringVar(&format, "format", "holdfast", "its format: holdfast or paysim")
	f.StringVar(&policy, "policy", "examples/demo-policy.yaml", "policy file")
	f.StringVar(&mix, "mix", "", "weights of behaviours: prompt=70,coached=20")
	f.StringVar(&data, "data", "", "directory for the state (default: a temporary one)")
	f.Uint64Var(&c.Seed, "seed", 1, "repeats the same people")
	f.IntVar(&c.Pump, "pump", 60, "numbers that a script pumps")
	f.Float64Var(&c.Rate, "rate", 15, "holds a second")
	f.DurationVar(&c.Patience, "patience", 3*time.Minute, "for the decisions")
	f.Float64Var(&loses, "ledger-loses", 0.05, "part of the ledger's replies that are lost")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
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

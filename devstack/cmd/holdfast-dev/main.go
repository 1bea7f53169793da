// Command holdfast-dev runs Holdfast for development: the embedded stack and its
// clock, a phone in the terminal, the drill, the bench.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"holdfast/channels/push"
	"holdfast/devstack/agent"
	"holdfast/devstack/bench"
	"holdfast/devstack/phone"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/serve"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{Use: "holdfast-dev", Short: "Holdfast's development stack and its clock, phone, agent's desk, drill and bench",
		SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(runCommand(), phoneCommand(), agentCommand(), clockCommand(), drillCommand(), paymentsCommand(), bench.Command())
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil { // what failed, failed because it was told to end
		fmt.Fprintln(os.Stderr, "\nStopped before its end.")
		os.Exit(130)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "holdfast-dev:", err)
		os.Exit(1)
	}
}

const defaultData = ".holdfast"

func runCommand() *cobra.Command {
	o := stack.Options{BankPhone: "+49 30 5550100"}
	var verbose bool
	c := &cobra.Command{
		Use: "run", Short: "Run Temporal, the sandbox ledger, the fake SMS provider and Holdfast in this process", Args: cobra.NoArgs,
		Long: "Run the whole stack in one process. Its state lives in --data and survives a restart and a kill; remove the directory to begin " +
			"anew.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			logs, err := openLog(o.Dir)
			if err != nil {
				return err
			}
			defer logs.Close() //nolint:errcheck // the end
			o.Log = serve.Log(logs, slog.LevelInfo)
			if verbose {
				o.Log = serve.Log(os.Stderr, slog.LevelInfo)
			}
			o.Say = func(format string, a ...any) { fmt.Fprintf(out, "starting "+format+"\n", a...) }
			began := time.Now()
			s, err := stack.Start(cmd.Context(), o)
			if err != nil {
				return err
			}
			if err := stack.Seed(cmd.Context(), o.Dir, s.Coordinates); err != nil {
				return errors.Join(err, s.Stop())
			}
			welcome(out, s, o.Dir, time.Since(began))
			<-cmd.Context().Done()
			fmt.Fprintln(out, "\nstopping …")
			return s.Stop()
		},
	}
	c.Flags().StringVar(&o.Dir, "data", defaultData, "directory that holds the state")
	c.Flags().IntVar(&o.Port, "port", 8080, "port of Holdfast's API")
	c.Flags().IntVar(&o.TemporalPort, "temporal-port", 7233, "port of the Temporal server")
	c.Flags().IntVar(&o.UIPort, "ui-port", 8233, "port of Temporal's UI; -1 leaves it out")
	c.Flags().IntVar(&o.LedgerPort, "ledger-port", 8090, "port of the sandbox ledger")
	c.Flags().IntVar(&o.ProviderPort, "provider-port", 8091, "port of the fake SMS provider")
	c.Flags().IntVar(&o.IssuerPort, "issuer-port", 8092, "port of the identity provider")
	c.Flags().IntVar(&o.PrefixHourly, "prefix-hourly", 500, "texts with a code to one prefix of numbers in an hour; 0 is no bound")
	c.Flags().StringVar(&o.PolicyFile, "policy", "", "policy file (default: the built-in one, with waits of seconds)")
	c.Flags().DurationVar(&o.OfflineWait, "offline-wait", 20*time.Second, "for a receipt when no device is connected")
	c.Flags().BoolVar(&verbose, "verbose", false, "log to the terminal")
	return c
}

func openLog(dir string) (io.WriteCloser, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(dir, "log.json"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the caller names it
}

func welcome(w io.Writer, s *stack.Stack, dir string, took time.Duration) {
	fmt.Fprintf(w, `
Open %s/ : a front door with stories to play. Holdfast runs (started in %.1f s).

  app             %s/app
  phones          %s/phone
  console         %s/console
  API             %s      (its description: %s/docs)
  Temporal's UI   %s
  log             %s

Customers: maria, lin, omar, each with a phone that has the app and gets texts.
In a second window, without a browser:

  make phone NAME=maria

Agents: ana, bo, sam (supervisor), sue (supervisor), each at a desk in a terminal:

  make agent NAME=ana

and cleo, a clerk at a counter, in a browser: /console?hint=cleo.

A wait of a day is seen in a second: make clock BY=24h puts everybody's clock forward.

With --no-app (make phone ARGS=--no-app) the bank's push goes unanswered, and
after a while a text comes.

Then hold a payment, read it (it waits up to 30 s for the decision), read its audit:

  export HOLDFAST_KEY=%s
  HOLD=$(curl -sS %s/v1/holds -H "Authorization: Bearer $HOLDFAST_KEY" \
    -H "Content-Type: application/json" -H "Idempotency-Key: $(date +%%s%%N)" -d '{
      "transaction_id": "tx-'$(date +%%s%%N)'", "customer_id": "maria", "kind": "transfer",
      "amount": {"minor": 125000, "currency": "EUR"},
      "payee": {"name": "Anna Kovacs", "account": "DE02120300000000202051"},
      "requested_at": "'$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)'", "origin": {"channel": "web"},
      "risk": {"score": 870, "reasons": ["new_payee"]}}' | grep -o 'hold_[0-9A-Z]*' | head -1); echo $HOLD
  curl -sS "%s/v1/holds/$HOLD?wait=30s" -H "Authorization: Bearer $HOLDFAST_KEY"
  curl -sS "%s/v1/holds/$HOLD/audit" -H "Authorization: Bearer $HOLDFAST_KEY"

Ctrl-C stops it; the state stays in %s.
`, s.URL, took.Seconds(), s.URL, s.URL, s.URL, s.URL, s.URL, s.UI, filepath.Join(dir, "log.json"), s.Key, s.URL, s.URL, s.URL, dir)
}

func phoneCommand() *cobra.Command {
	dir, noApp := defaultData, false
	c := &cobra.Command{
		Use: "phone NAME", Short: "A customer's phone in the terminal: maria, lin or omar", Args: cobra.ExactArgs(1),
		Example: "  holdfast-dev phone maria\n  holdfast-dev phone maria --no-app",
		Long:    "A customer's phone in the terminal: the bank's pushes and its texts, and replies to both.",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := stack.Read(dir)
			if err != nil {
				return fmt.Errorf("no stack has run in %s: start one with make run, or name its directory with --data", dir)
			}
			id := hold.CustomerID(args[0])
			d, err := stack.LoadPhone(dir, id)
			if err != nil {
				return fmt.Errorf("there is no phone of %q: maria, lin and omar have one", args[0])
			}
			bank, err := stack.NewBank(where.URL, where.Key)
			if err != nil {
				return err
			}
			who, _ := stack.Named(id)
			if noApp {
				d = stack.Device{}
			}
			t := phone.Terminal{URL: where.URL, Signer: push.Signer{Device: d.ID, Key: d.Key}, Handset: provider.Handset{URL: where.Provider,
				Number: who.Number}, In: os.Stdin, Out: os.Stdout,
				Token: func(ctx context.Context) (string, error) { return bank.Session(ctx, id) }}
			return t.Run(cmd.Context())
		},
	}
	c.Flags().StringVar(&dir, "data", dir, "directory of the stack")
	c.Flags().BoolVar(&noApp, "no-app", false, "a phone without the bank's app")
	return c
}

func agentCommand() *cobra.Command {
	dir := defaultData
	c := &cobra.Command{
		Use: "agent NAME", Short: "An agent's desk in the terminal: ana, bo, sam or sue", Args: cobra.ExactArgs(1),
		Example: "  holdfast-dev agent ana",
		Long:    "An agent's desk in the terminal: the call-back queue, calls, and what waits for a second person.",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := stack.Read(dir)
			if err != nil {
				return fmt.Errorf("no stack has run in %s: start one with make run, or name its directory with --data", dir)
			}
			number, ok := stack.AgentNumbers[args[0]]
			if !ok {
				return fmt.Errorf("there is no agent %q: ana, bo, sam and sue have desks", args[0])
			}
			a, err := stack.NewAgent(where, args[0])
			if err != nil {
				return err
			}
			d := agent.Desk{Agent: a, Headset: provider.Handset{URL: where.Provider, Number: number}, In: os.Stdin, Out: os.Stdout}
			return d.Run(cmd.Context())
		},
	}
	c.Flags().StringVar(&dir, "data", dir, "directory of the stack")
	return c
}

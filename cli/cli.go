// Package cli is the command line of the holdfast binary.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"holdfast/serve"
	"holdfast/store"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitFound   = 1 // it did its work and something is wrong: a fault, a refusal
	exitUsage   = 2 // it was called wrongly
	exitTrouble = 3 // it could not do its work: try again
)

// exit is an error with an exit code.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string { return e.err.Error() }
func (e *exit) Unwrap() error { return e.err }

func found(format string, a ...any) error { return &exit{exitFound, fmt.Errorf(format, a...)} }
func trouble(err error) error {
	if err == nil {
		return nil
	}
	return &exit{exitTrouble, err}
}

// tool is what every command has.
type tool struct {
	json   bool
	config string
	in     io.Reader
	out    io.Writer
	errs   io.Writer
}

// Main runs one command and gives its exit code.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	t := &tool{in: in, out: out, errs: errs}
	root := t.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(errs, "holdfast:", serve.Redact(err.Error()))
	var e *exit
	if errors.As(err, &e) {
		return e.code
	}
	return exitUsage
}

func (t *tool) root() *cobra.Command {
	root := &cobra.Command{
		Use: "holdfast", Short: "Hold a flagged payment, ask the customer, release or reverse it",
		Long: `Holdfast holds a payment that a risk engine has flagged, asks the customer
outside the channel the payment came through, and releases or reverses it.

Settings come from a file (--config) and from the environment, which wins:
HOLDFAST_DATABASE, HOLDFAST_LEDGER_URL … ` + "`holdfast serve --help`" + ` lists them.

Exit codes: 0 done; 1 done, and something is wrong or was refused; 2 called
wrongly; 3 could not be done, try again.`,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.PersistentFlags().BoolVar(&t.json, "json", false, "print JSON, for programs")
	root.PersistentFlags().StringVar(&t.config, "config", "", "file with settings (YAML)")
	root.AddCommand(t.serve(), t.migrate(), t.keys(), t.holds(), t.policy(), t.audit(), t.retire(), t.payees(), t.recalls(),
		t.locales(), t.health())
	return root
}

// print writes v as JSON, or by text.
func (t *tool) print(v any, text func(w io.Writer)) error {
	if t.json {
		e := json.NewEncoder(t.out)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	text(t.out)
	return nil
}

// open opens the database of the settings.
func (t *tool) open(ctx context.Context) (*store.Store, error) {
	c, err := serve.Load(t.config)
	if err != nil {
		return nil, err
	}
	if c.Database == "" {
		return nil, errors.New("no database: set HOLDFAST_DATABASE to postgres://… or sqlite:PATH")
	}
	s, err := store.Open(ctx, c.Database, store.Options{Conns: 4, Direct: c.DatabaseDirect})
	return s, trouble(err)
}

// openReady opens the database and refuses a schema that is not ours.
func (t *tool) openReady(ctx context.Context) (*store.Store, error) {
	s, err := t.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.CheckSchema(ctx); err != nil {
		return nil, trouble(errors.Join(err, s.Close()))
	}
	return s, nil
}

func (t *tool) serve() *cobra.Command {
	var roles []string
	c := &cobra.Command{
		Use: "serve", Short: "Run Holdfast, in all roles or some", Args: cobra.NoArgs,
		Long: `Run Holdfast. Roles: api (the HTTP API), gateway (the app's sockets), worker
(Temporal's workflows and activities), relay (outbox and sweeper). Any number of
processes may play each.

Each setting is a key of the file that --config names, or HOLDFAST_… in the
environment, which wins. HOLDFAST_X_FILE reads a setting with * from a file. Lists
have commas between.
` + serve.Settings().Help(),
		Example: "  holdfast serve\n  holdfast serve --role api --role gateway",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := serve.Load(t.config)
			if err != nil {
				return err
			}
			if len(roles) > 0 {
				cfg.Roles = roles
			}
			if err := cfg.Check(); err != nil {
				return err
			}
			var level slog.Level
			if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
				return fmt.Errorf("log_level: debug, info, warn or error")
			}
			return t.run(cmd.Context(), cfg, serve.Log(t.errs, level))
		},
	}
	c.Flags().StringArrayVar(&roles, "role", nil, "a role to play; may be repeated (default: all)")
	return c
}

func (t *tool) run(ctx context.Context, cfg serve.Config, log *slog.Logger) error {
	p, err := serve.Start(ctx, cfg, log)
	if err != nil {
		return trouble(err)
	}
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	for {
		select {
		case <-again:
			if err := p.ReloadPolicy(ctx); err != nil {
				log.ErrorContext(ctx, "the policy was not reloaded; the running one stays", "error", err)
				continue
			}
			log.InfoContext(ctx, "the policy was reloaded")
		case err := <-p.Failed():
			return trouble(errors.Join(err, p.Stop()))
		case <-ctx.Done():
			more := make(chan os.Signal, 1)
			signal.Notify(more, os.Interrupt, syscall.SIGTERM)
			go func() { <-more; p.Hurry() }()
			return trouble(p.Stop())
		}
	}
}

func (t *tool) migrate() *cobra.Command {
	var grant string
	c := &cobra.Command{
		Use: "migrate", Short: "Bring the database's schema to this version", Args: cobra.NoArgs,
		Long: `Bring the database's schema to this version. Run it as the schema's owner.
--grant names the role under which Holdfast runs: it may read and write, and of
the audit trail only read and append.`,
		Example: "  HOLDFAST_DATABASE=postgres://owner:…@db/holdfast holdfast migrate --grant holdfast_app",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := t.open(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			if err := s.Migrate(cmd.Context()); err != nil {
				return trouble(err)
			}
			if grant != "" {
				if err := s.Grant(cmd.Context(), grant); err != nil {
					return trouble(err)
				}
			}
			return t.print(map[string]string{"status": "migrated"}, func(w io.Writer) { fmt.Fprintln(w, "The schema is this version's.") })
		},
	}
	c.Flags().StringVar(&grant, "grant", "", "role to grant what Holdfast needs (Postgres)")
	return c
}

package bare

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/rig"
	"holdfast/hold"

	_ "github.com/jackc/pgx/v5/stdlib" // its driver
	"github.com/jmoiron/sqlx"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// The names of activities, which are those of steps in steps.sql.
const (
	stepOpen     = "open"
	stepAnswer   = "answer"
	stepConclude = "conclude"
	stepSettle   = "settle"
)

// Queue is the task queue of the shapes here.
const Queue = "bare"

// Customers is how many the customary shape has.
const Customers = 256

type app struct {
	moments
	temporal client.Client
	db       *sqlx.DB // nil: no customary shape
	ledger   string
	sign     *standardwebhooks.Webhook
	get      bool // the load awaits completions
}

// Part runs the program: workers, and on a command a load. Arguments are
// Temporal's address, the database's URL or "", and the ledger's URL.
func Part(args []string) error {
	a := &app{ledger: args[2]}
	var err error
	if a.temporal, err = client.Dial(client.Options{HostPort: args[0], Logger: rig.Quiet{}}); err != nil {
		return err
	}
	defer a.temporal.Close()
	if args[1] != "" {
		if a.db, err = sqlx.Connect("pgx", args[1]); err != nil {
			return err
		}
		a.db.SetMaxOpenConns(16)
		a.db.SetMaxIdleConns(16)
	}
	if a.sign, err = standardwebhooks.NewWebhook(load.Secret); err != nil {
		return err
	}
	w := a.worker()
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	rig.Say("")
	return a.obey(ctx)
}

func (a *app) worker() worker.Worker {
	pollers := func() worker.PollerBehavior {
		return worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{InitialNumberOfPollers: 16,
			MinimumNumberOfPollers: 2, MaximumNumberOfPollers: 64})
	}
	w := worker.New(a.temporal, Queue, worker.Options{WorkflowTaskPollerBehavior: pollers(), ActivityTaskPollerBehavior: pollers()})
	w.RegisterWorkflowWithOptions(a.wait, workflow.RegisterOptions{Name: "Wait"})
	w.RegisterWorkflowWithOptions(a.customary, workflow.RegisterOptions{Name: "Customary"})
	for _, step := range []string{stepOpen, stepAnswer, stepConclude} {
		w.RegisterActivityWithOptions(func(ctx context.Context, r ref) error {
			if step == stepAnswer {
				if err := Play(ctx, a.db, "challenges", newRow(r.ID, r.N)); err != nil {
					return err
				}
			}
			return Play(ctx, a.db, step, newRow(r.ID, r.N))
		}, activity.RegisterOptions{Name: step})
	}
	w.RegisterActivityWithOptions(a.settle, activity.RegisterOptions{Name: stepSettle})
	return w
}

// settle tells the ledger and puts on record that it was told.
func (a *app) settle(ctx context.Context, r ref) error {
	values := newRow(r.ID, r.N)
	if err := Play(ctx, a.db, "hold", values); err != nil {
		return err
	}
	id := fmt.Sprint(values["hold"])
	q := load.Request(fmt.Sprint(values["tx"]), hold.CustomerID(fmt.Sprint(values["customer"])))
	body, err := json.Marshal(hold.Settlement{HoldID: hold.ID(id), ClientID: "bank", TransactionID: q.TransactionID, CustomerID: q.CustomerID,
		Amount: q.Amount, PayeeAccount: q.Payee.Account, Revision: 1, TxDigest: hold.DigestOf([]byte(id)), Outcome: hold.Release,
		Reason: hold.ReasonApproved, DecidedAt: hold.At(time.Now())})
	if err != nil {
		return err
	}
	now := time.Now()
	signature, err := a.sign.Sign(id, now, body)
	if err != nil {
		return err
	}
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, a.ledger, bytes.NewReader(body))
	if err != nil {
		return err
	}
	call.Header.Set("Idempotency-Key", id)
	call.Header.Set("webhook-id", id)
	call.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	call.Header.Set("webhook-signature", signature)
	res, err := http.DefaultClient.Do(call)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("the ledger answered %s", res.Status))
	}
	return Play(ctx, a.db, stepSettle, values)
}

// obey reads commands and does them, until there are none or it is told to end.
func (a *app) obey(ctx context.Context) error {
	commands := make(chan Command)
	go func() {
		defer close(commands)
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			var c Command
			if json.Unmarshal(lines.Bytes(), &c) == nil {
				commands <- c
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case c, more := <-commands:
			if !more {
				return nil
			}
			t, err := a.do(ctx, c)
			if err != nil {
				return err
			}
			b, err := json.Marshal(t)
			if err != nil {
				return err
			}
			fmt.Println(string(b))
		}
	}
}

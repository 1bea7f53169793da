package serve

import (
	"context"

	"holdfast/activities"
	"holdfast/ledger"

	"go.temporal.io/sdk/worker"
)

// recalls makes what asks the bank's endpoint for recalls. Where there is no endpoint
// it says so, now and of each recall that is confirmed.
func (p *Process) recalls() (*activities.Recalls, error) {
	a := &activities.Recalls{Store: p.behind, Log: p.log, Patience: p.LedgerPatience,
		Told: func(result string) { p.metrics.recalls.WithLabelValues(result).Inc() }}
	if p.RecallURL == "" {
		p.log.WarnContext(context.Background(), "recall_url is not set: a recall that is confirmed is parked, and nobody is asked for the money")
		return a, nil
	}
	bank, err := ledger.NewRecalls(p.RecallURL, p.RecallSecret, p.guard.Client(ledger.Timeout))
	if err != nil {
		return nil, err
	}
	a.Bank = bank
	return a, nil
}

func (p *Process) recallWorker(a *activities.Recalls) worker.Worker {
	w := worker.New(p.temporal, activities.QueueRecall, worker.Options{WorkerStopTimeout: shutdownTime, DisableWorkflowWorker: true,
		DisableRegistrationAliasing: true})
	a.Register(w)
	return w
}

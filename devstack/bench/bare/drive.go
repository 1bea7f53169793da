package bare

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/rig"

	"go.temporal.io/sdk/client"
)

// Command is a load of one shape.
type Command struct {
	Shape        string // V1, V1w, V1g (V1w whose completion a client awaits) or V6s
	AtOnce       int
	Warm, Window time.Duration
}

// The lines that a load says as its window begins and ends.
const (
	begins = "BEGINS"
	ends   = "ENDS"
)

// Run has the part do a load and gives what it saw. edge is called as the window
// begins and as it ends.
func Run(p *rig.Part, c Command, edge func(begins bool)) (*load.Tally, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	if err := p.Tell(string(b)); err != nil {
		return nil, err
	}
	for line := range p.Lines {
		switch line {
		case begins, ends:
			edge(line == begins)
		default:
			t := &load.Tally{}
			return t, json.Unmarshal([]byte(line), t)
		}
	}
	return nil, errors.New("the bare program ended")
}

func (a *app) do(ctx context.Context, c Command) (*load.Tally, error) {
	one := map[string]func(context.Context, int, int, *load.Tally){"V1": a.v1, "V1w": a.v1w, "V1g": a.v1w, "V1s": a.v1s, "V6s": a.v6s}[c.Shape]
	a.get = c.Shape == "V1g"
	if one == nil {
		return nil, fmt.Errorf("there is no shape %q", c.Shape)
	}
	return load.Loop(ctx, c.AtOnce, c.Warm, c.Window, func(b bool) {
		if b {
			fmt.Println(begins)
		} else {
			fmt.Println(ends)
		}
	}, func(w, i int, t *load.Tally) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		one(ctx, w, i, t)
	}), nil
}

// v1 starts a workflow, signals it at once and waits for its completion, as a
// client of Temporal's does.
func (a *app) v1(ctx context.Context, _, _ int, t *load.Tally) {
	began := time.Now()
	r, err := a.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: load.NewTransaction(), TaskQueue: Queue}, "Wait")
	if err != nil {
		t.Fail("start: " + err.Error())
		return
	}
	if err := a.temporal.SignalWorkflow(ctx, r.GetID(), "", answered, "yes"); err != nil {
		t.Fail("signal: " + err.Error())
		return
	}
	var said string
	if err := r.Get(ctx, &said); err != nil {
		t.Fail("get: " + err.Error())
		return
	}
	t.Count(map[string]time.Duration{"whole": time.Since(began)})
}

// v1w signals the workflow once it waits. That it has the signal is told by its
// own code, which costs nothing; V1g has a client await its completion.
func (a *app) v1w(ctx context.Context, _, _ int, t *load.Tally) {
	id := load.NewTransaction()
	waits, done := await(&a.waits, id), await(&a.done, id)
	defer a.waits.Delete(id)
	defer a.done.Delete(id)
	began := time.Now()
	r, err := a.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: Queue}, "Wait")
	if err != nil {
		t.Fail("start: " + err.Error())
		return
	}
	select {
	case <-waits:
	case <-ctx.Done():
		t.Fail("it never waited")
		return
	}
	time.Sleep(5 * time.Millisecond) // its first task completes
	signalled := time.Now()
	if err := a.temporal.SignalWorkflow(ctx, id, "", answered, "yes"); err != nil {
		t.Fail("signal: " + err.Error())
		return
	}
	if a.get {
		if err := r.Get(ctx, nil); err != nil {
			t.Fail("get: " + err.Error())
			return
		}
	}
	select {
	case <-done:
	case <-ctx.Done():
		t.Fail("it never heard")
		return
	}
	t.Count(map[string]time.Duration{"whole": time.Since(began), "end": time.Since(signalled)})
}

// v1s starts a workflow with its signal, in one call, and waits for its completion.
func (a *app) v1s(ctx context.Context, _, _ int, t *load.Tally) {
	began := time.Now()
	r, err := a.temporal.SignalWithStartWorkflow(ctx, load.NewTransaction(), answered, "yes", client.StartWorkflowOptions{TaskQueue: Queue},
		"Wait")
	if err == nil {
		err = r.Get(ctx, nil)
	}
	if err != nil {
		t.Fail("start: " + err.Error())
		return
	}
	t.Count(map[string]time.Duration{"whole": time.Since(began), "end": time.Since(began)})
}

// v6s writes, starts, waits until the customer is asked, answers by an update
// and ends when the workflow does.
func (a *app) v6s(ctx context.Context, worker, i int, t *load.Tally) {
	r := ref{ID: load.NewTransaction(), N: (worker*8 + i%8) % Customers}
	waits := await(&a.waits, r.ID)
	defer a.waits.Delete(r.ID)
	began := time.Now()
	if err := Play(ctx, a.db, "accept", newRow(r.ID, r.N)); err != nil {
		t.Fail(err.Error())
		return
	}
	w, err := a.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: r.ID, TaskQueue: Queue}, "Customary", r)
	if err != nil {
		t.Fail("start: " + err.Error())
		return
	}
	select {
	case <-waits:
	case <-ctx.Done():
		t.Fail("it never waited")
		return
	}
	u, err := a.temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: r.ID, UpdateName: answered,
		WaitForStage: client.WorkflowUpdateStageCompleted})
	if err == nil {
		err = u.Get(ctx, nil)
	}
	if err == nil {
		err = w.Get(ctx, nil)
	}
	if err != nil {
		t.Fail(err.Error())
		return
	}
	t.Count(map[string]time.Duration{"whole": time.Since(began)})
}

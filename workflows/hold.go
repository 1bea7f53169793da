// Package workflows is time and order: it walks a hold's ladder by durable
// timers and calls the activities. It holds no fact of its own. Whatever it
// forgets, the next look at the hold tells it.
package workflows

import (
	"time"

	"holdfast/activities"
	"holdfast/hold"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Hold runs one hold from its first look to its settlement, in the manner of before
// DelayedHold: those that were open go on, and none is started. It fails for no
// outage: what a short local try cannot do, an ordinary activity tries for as
// long as it takes.
func Hold(ctx workflow.Context, id hold.ID) error {
	// A cancelled workflow would leave a payment held: go on.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r := &runner{id: id, wake: workflow.GetSignalChannel(ctx, SignalWake), begun: map[hold.ChallengeID]workflow.Future{}}
	return r.run(ctx)
}

type runner struct {
	id    hold.ID
	wake  workflow.ReceiveChannel
	timer workflow.Future // the one durable timer; nil: none is set
	fires time.Time
	stop  workflow.CancelFunc
	begun map[hold.ChallengeID]workflow.Future // what channels are bringing
}

func (r *runner) run(ctx workflow.Context) error {
	p, err := r.openRung(ctx, 0, hold.NoRung)
	for err == nil {
		r.deliver(ctx, p)
		switch p.State {
		case hold.Opening:
			p, err = r.openRung(ctx, p.Revision, p.Rung)
		case hold.Stale:
			p, err = r.openRung(ctx, 0, hold.NoRung)
		case hold.Waiting:
			r.wait(ctx, p.Remaining)
			p, err = r.look(ctx, activities.Conclude, short, activities.HoldInput{ID: r.id})
		case hold.Decided:
			p, err = r.look(ctx, activities.Settle, once, activities.HoldInput{ID: r.id})
		case hold.Parked:
			r.wake.Receive(ctx, nil)
			p, err = r.look(ctx, activities.Conclude, short, activities.HoldInput{ID: r.id})
		case hold.Settled:
			return nil
		default:
			return temporal.NewNonRetryableApplicationError("a state from a newer version", "unknown_state", nil)
		}
	}
	return err
}

func (r *runner) openRung(ctx workflow.Context, revision, rung int) (hold.Progress, error) {
	return r.look(ctx, activities.OpenRung, short, activities.RungInput{ID: r.id, Revision: revision, Rung: rung})
}

// Both limits are set, or the SDK copies one into the other and a short outage
// fails the workflow. Together they stay below a workflow task's ten seconds.
var (
	short = workflow.LocalActivityOptions{
		StartToCloseTimeout: 2 * time.Second, ScheduleToCloseTimeout: 5 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Second},
	}
	// The ledger is called once within the task; what is slow goes outside.
	once = workflow.LocalActivityOptions{
		StartToCloseTimeout: 2 * time.Second, ScheduleToCloseTimeout: 2 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	}
	patient = workflow.ActivityOptions{
		StartToCloseTimeout: 15 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2,
			MaximumInterval: 10 * time.Second},
	}
	delivering = workflow.ActivityOptions{
		StartToCloseTimeout: 15 * time.Second, ScheduleToCloseTimeout: 5 * time.Minute,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second,
			MaximumAttempts: 6},
	}
)

// look runs an activity as a local one and, when that is exhausted, as an
// ordinary one for as long as it takes.
func (r *runner) look(ctx workflow.Context, activity string, o workflow.LocalActivityOptions, in any) (p hold.Progress, err error) {
	if err = workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, o), activity, in).Get(ctx, &p); err == nil {
		return p, nil
	}
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, patient), activity, in).Get(ctx, &p)
	return p, err
}

// wait waits for the time or a signal, whichever comes first. A timer that is
// set for that time or earlier is kept: it costs events to set another.
func (r *runner) wait(ctx workflow.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	until := workflow.Now(ctx).Add(d)
	if r.timer != nil && r.fires.After(until.Add(slack)) {
		r.stop()
		r.timer = nil
	}
	if r.timer == nil {
		var timed workflow.Context
		timed, r.stop = workflow.WithCancel(ctx)
		r.timer, r.fires = workflow.NewTimer(timed, d), until
	}
	s := workflow.NewSelector(ctx)
	s.AddFuture(r.timer, func(workflow.Future) { r.timer = nil })
	s.AddReceive(r.wake, func(c workflow.ReceiveChannel, _ bool) {
		c.Receive(ctx, nil)
		for c.ReceiveAsync(nil) { // one look serves them all
		}
	})
	s.Select(ctx)
}

// slack is how much later than wanted a kept timer may fire: the database's
// clock and the workflow's differ by that much between two looks.
const slack = time.Second

// deliver has channels bring their questions, and does not wait for it: a hold is
// decided by answers, not by deliveries. That devices are to be woken is told in
// histories of before alone.
func (r *runner) deliver(ctx workflow.Context, p hold.Progress) {
	bring := func(id hold.ChallengeID, queue string) workflow.Future {
		o := delivering
		o.TaskQueue = queue
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, o), activities.Deliver, activities.DeliverInput{Challenge: id})
	}
	for _, id := range p.Deliver {
		bring(id, activities.QueuePush)
	}
	for _, e := range p.Errands {
		// What came to nothing is tried anew at the next look.
		if f := r.begun[e.Challenge]; f == nil || f.IsReady() && f.Get(ctx, nil) != nil {
			r.begun[e.Challenge] = bring(e.Challenge, activities.QueueOf(e.Channel))
		}
	}
}

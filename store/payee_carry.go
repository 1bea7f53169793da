package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

const (
	carryChunk  = 100 // holds, after which it is written down how far it came
	carryAtOnce = 4   // of them, so that others have the database, too
	carryLease  = 30 * time.Second
	// carryAgain is when to look once more for what was being taken in meanwhile, and
	// for what could not be brought then.
	carryAgain = 10 * time.Second
	// wakesPerSecond is how fast workflows hear of it. The record has it all at once.
	wakesPerSecond = 20
)

// Carried is how far a verdict was brought.
type Carried struct {
	Verdict string
	Kind    queue.VerdictKind
	Holds   int // that it was brought to, or taken off, or that were reversed
	Recalls int // that were proposed
	Again   bool
	Failed  []error // of holds that are tried again
}

// CarryVerdict brings a verdict on a payee to its holds, each in a transaction of its
// own, from where somebody else has left it. "" means that there is none.
func (s *Store) CarryVerdict(ctx context.Context) (c Carried, err error) {
	v, err := s.claimVerdict(ctx)
	if errors.Is(err, ErrNotFound) {
		return c, nil
	} else if err != nil {
		return c, err
	}
	c.Verdict, c.Kind, c.Again = v.ID, v.Kind, v.Over != 0
	for {
		ids, err := s.uncarried(ctx, v)
		if err != nil {
			return c, err
		}
		if len(ids) == 0 {
			return c, s.carriedAll(ctx, v, len(c.Failed) > 0)
		}
		n := s.carryThem(ctx, v, ids, &c)
		if err := ctx.Err(); err != nil {
			return c, err
		}
		last := ids[len(ids)-1]
		v.To, v.wakes = fmt.Sprintf("%d %s", last.AcceptedAt, last.ID), v.wakes+len(ids)
		if lost, err := s.carriedTo(ctx, &v, n); err != nil || lost {
			return c, err
		}
	}
}

// carryThem brings a verdict to some holds, a few at once, and gives to how many it had
// not come. One that it cannot be brought to now does not keep the others.
func (s *Store) carryThem(ctx context.Context, v carriage, to []placed, c *Carried) (n int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	places := make(chan struct{}, carryAtOnce)
	for i, h := range to {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			at := v.began.Add(time.Duration(v.wakes+i) * time.Second / wakesPerSecond)
			done, recalled, err := s.carryTo(ctx, v, h.ID, at)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				c.Failed = append(c.Failed, fmt.Errorf("%s: %w", h.ID, err))
			case recalled:
				c.Recalls++
			case done:
				n++
			}
		})
	}
	wg.Wait()
	c.Holds += n
	return n
}

// carryTo brings a verdict to one hold, whose workflow hears of it then.
func (s *Store) carryTo(ctx context.Context, v carriage, id hold.ID, at hold.Instant) (done, recalled bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		t.wakesAt = at
		l, err := t.fetch(id)
		if err != nil {
			return err
		}
		done, recalled, err = t.carry(v, &l)
		return err
	})
	return done, recalled, err
}

func (t *tx) carry(v carriage, l *hold.Standing) (done, recalled bool, err error) {
	switch {
	case l.PayeeID != v.PayeeID && (l.Status.Decided() || v.Kind == queue.VerdictReverse): // it was amended before it was locked
		return false, false, nil
	case l.Status.Decided() && v.marks():
		recalled, err = t.afterRelease(v, l)
		return false, recalled, err
	case l.Status.Decided() && v.Kind == queue.VerdictMule:
		return false, false, t.declineEnded(v, l)
	case v.Kind == queue.VerdictReverse:
		done, err = t.reverseMule(v, l)
		return done, false, err
	}
	if done, err = t.bringVerdict(l); err != nil || !done || len(v.rules.Channels) == 0 {
		return done, false, err
	}
	p, err := t.goOn(l, v.rules, t.bringOn) // and the call is in the queue
	if err != nil {
		return false, false, err
	}
	if p.State == hold.Waiting { // its workflow looks no later than it would by itself
		t.wakesAt = min(t.wakesAt, l.Now.Add(p.Remaining))
	}
	t.wake(l.ID, l.Now)
	return true, false, nil
}

// afterRelease proposes to call back what was released before the verdict came to it,
// and not too long ago.
func (t *tx) afterRelease(v carriage, l *hold.Standing) (bool, error) {
	if l.Decision.Outcome != hold.Release || l.Decision.DecidedAt < v.RecallFrom {
		return false, nil
	}
	return true, t.proposeRecall(l, hold.RecallVerdict, v.ID, v.Second)
}

// declineEnded declines what a verdict proposed that is not in force any more, and that
// nobody has decided: no agent could confirm it.
func (t *tx) declineEnded(v carriage, l *hold.Standing) error {
	r, err := t.lockRecallOf(l.ID)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil || r.Status != hold.RecallProposed || r.Source != hold.RecallVerdict || r.VerdictID != v.ID {
		return err
	}
	return t.declineRecall(&r, ActorSystem, "verdict_ended", l.Now)
}

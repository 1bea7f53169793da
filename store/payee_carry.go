package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

const (
	carryChunk  = 50 // holds, after which it is written down how far it came
	carryAtOnce = 4  // of them, at most
	// carryPace is how long one may take, for ten thousand to be done in ten seconds: as few
	// are brought at once as that takes, so that others have the database, too.
	carryPace  = 900 * time.Microsecond
	carryLease = 30 * time.Second
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
	for began, seen := time.Now(), 0; ; {
		ids, err := s.uncarried(ctx, v)
		if err != nil {
			return c, err
		}
		if len(ids) == 0 {
			return c, s.carriedAll(ctx, v, len(c.Failed) > 0)
		}
		n := s.carryThem(ctx, v, ids, keepPace(seen, time.Since(began)), &c)
		if err := ctx.Err(); err != nil {
			return c, err
		}
		seen += len(ids)
		last := ids[len(ids)-1]
		v.To, v.wakes = fmt.Sprintf("%d %s", last.AcceptedAt, last.ID), v.wakes+len(ids)
		if lost, err := s.carriedTo(ctx, &v, n); err != nil || lost {
			return c, err
		}
	}
}

// keepPace is how many are brought at once, once so many have been in a time: one while
// that is fast enough, else two, and one more for each half of a second that it is behind.
func keepPace(seen int, took time.Duration) int {
	behind := took - time.Duration(seen)*carryPace
	if behind <= 0 {
		return 1
	}
	return min(2+int(behind/(500*time.Millisecond)), carryAtOnce)
}

// carryThem brings a verdict to some holds, a few at once, and gives to how many it had
// not come. One that it cannot be brought to now does not keep the others.
func (s *Store) carryThem(ctx context.Context, v carriage, to []placed, atOnce int, c *Carried) (n int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var topics []string
	places := make(chan struct{}, atOnce)
	for i, h := range to {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			at := v.began.Add(time.Duration(v.wakes+i) * time.Second / wakesPerSecond)
			done, recalled, told, err := s.carryTo(ctx, v, h.ID, at)
			mu.Lock()
			defer mu.Unlock()
			topics = append(topics, told...)
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
	slices.Sort(topics)
	s.publish(slices.Compact(topics))
	c.Holds += n
	return n
}

// carryTo brings a verdict to one hold, whose workflow hears of it then. The topics are
// left to be published together: to tell the other processes of each hold by itself would
// take as long as bringing the verdict to some of them.
func (s *Store) carryTo(ctx context.Context, v carriage, id hold.ID, at hold.Instant) (done, recalled bool, topics []string, err error) {
	err = s.update(ctx, func(t *tx) error {
		t.wakesAt, t.fresh = at, true
		var open []string
		l, err := t.fetch(id, openCaseOf(&open, `(SELECT customer_id FROM holds WHERE id = ?)`, id))
		if err != nil {
			return err
		}
		if len(open) == 0 {
			t.caseless = l.Customer.ID
		}
		done, recalled, err = t.carry(v, &l)
		topics, t.topics = t.topics, nil
		return err
	})
	return done, recalled, topics, err
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
	looks := l.LookAt
	if done, err = t.bringVerdict(l); err != nil || !done || len(v.rules.Channels) == 0 {
		return done, false, err
	}
	p, err := t.goOn(l, v.rules, t.bringOn) // and the call is in the queue
	if err != nil {
		return false, false, err
	}
	if p.State == hold.Waiting {
		until := l.Now.Add(p.Remaining)
		if l.Now < looks && looks <= until && len(p.Errands) == 0 {
			return true, false, nil // its workflow looks before there is anything for it to do
		}
		t.wakesAt = min(t.wakesAt, until) // it looks no later than it would by itself
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

package store

import (
	"context"

	"holdfast/hold"
)

// Finish brings a hold as far as it comes now: it opens the rungs that are due, or
// decides, or says how long there is to wait and what is to be brought to the
// customer; who is to be woken it puts on record. A hold that is decided it gives as it was. It is asked right before
// the ledger is told, and is where a release is concluded: until then the hold is
// held, and whoever speaks against it is heard.
func (s *Store) Finish(ctx context.Context, id hold.ID, r hold.Rules) (h hold.Hold, p hold.Progress, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, err := t.fetch(id)
		if err != nil {
			return err
		}
		p, err = t.finish(&l, r)
		h = l.Hold
		return err
	})
	return h, p, err
}

func (t *tx) finish(l *hold.Standing, r hold.Rules) (hold.Progress, error) {
	return t.goOn(l, r, t.conclude)
}

// goOn opens the rungs that are due, one after the other, until something else is, as a
// look at the hold says.
func (t *tx) goOn(l *hold.Standing, r hold.Rules, look func(*hold.Standing) (hold.Progress, error)) (hold.Progress, error) {
	for {
		p, err := look(l)
		switch {
		case err != nil:
			return p, err
		case p.State == hold.Opening:
			if err := t.open(l, p.Rung, r); err != nil {
				return p, err
			}
		case p.State == hold.Waiting:
			t.rouse(*l, r)
			return p, nil
		default:
			return p, nil
		}
	}
}

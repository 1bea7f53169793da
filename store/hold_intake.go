package store

import (
	"context"
	"encoding/json"
	"errors"

	"holdfast/hold"
)

// Deploy puts on record what the workers have to ask customers with. Whoever
// accepts a hold opens its first rung by that, and not by settings of their own:
// a process that only takes holds in has no keys of a provider's.
func (s *Store) Deploy(ctx context.Context, r hold.Rules) error {
	kept, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO deployment (one, rules) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET rules = excluded.rules`, kept)
		return err
	})
}

// deployed reads what is on record of the workers; no channel before one has run.
func (t *tx) deployed() (r hold.Rules, err error) {
	var kept []byte
	if err := t.get(&kept, `SELECT rules FROM deployment WHERE one = 1`); errors.Is(err, ErrNotFound) {
		return r, nil
	} else if err != nil {
		return r, err
	}
	if json.Unmarshal(kept, &r) != nil { // of a later version: the workflow opens the rung
		t.count("deployment_unreadable")
		return hold.Rules{}, nil
	}
	return r, nil
}

// openAtOnce opens the first rung of a hold that is just accepted, where the app
// alone asks: the question is out when the reply is. Every other rung has to do
// with somebody outside, or came about by what happened, and is the workflow's to
// open. It tells by when the workflow is needed.
func (t *tx) openAtOnce(l *hold.Standing) (wanted hold.Instant, err error) {
	step := l.Walk()
	if step.Do != hold.DoOpen || step.Rung != 0 || !l.Terms.Ladder.Rungs[0].InApp() {
		return l.Now, nil
	}
	r, err := t.deployed()
	if err != nil || len(r.Channels) == 0 {
		return l.Now, err
	}
	if err := t.open(l, 0, r); err != nil {
		return l.Now, err
	}
	if step = l.Walk(); step.Do != hold.DoWait {
		return l.Now, nil
	}
	if _, err := t.wait(*l, step.Until); err != nil {
		return l.Now, err
	}
	if asleep, err := t.asleep(*l, r); err != nil || len(asleep) > 0 {
		return l.Now, err
	}
	return step.Until, nil
}

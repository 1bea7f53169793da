package store

import (
	"context"
	"encoding/json"

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
		t.later(`INSERT INTO deployment (one, rules) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET rules = excluded.rules`, kept)
		return nil
	})
}

// deployment is what is on record of the workers, in a list: none before one has run.
type deployment struct {
	Rules []byte `db:"rules"`
}

func deployed(d *[]deployment) statement {
	return some(d, `SELECT rules FROM deployment WHERE one = 1`)
}

// rulesOf reads it. What cannot be read is of a later version: then the workflow
// opens the first rung.
func (t *tx) rulesOf(ds []deployment) (r hold.Rules) {
	for _, d := range ds {
		if json.Unmarshal(d.Rules, &r) != nil {
			t.count("deployment_unreadable")
			return hold.Rules{}
		}
	}
	return r
}

// openAtOnce opens the first rung of a hold that is just accepted, where the app
// alone asks: the question is out when the reply is. Every other rung has to do
// with somebody outside, or came about by what happened, and is the workflow's to
// open. It tells what is to be asked, and by when the workflow is needed.
func (t *tx) openAtOnce(l *hold.Standing, k *intake) (all []asked, wanted hold.Instant, err error) {
	step := l.Walk()
	if step.Do != hold.DoOpen || step.Rung != 0 || !l.Terms.Ladder.Rungs[0].InApp() || len(k.rules.Channels) == 0 {
		return nil, l.Now, nil
	}
	err = t.pose(l, 0, k.seen, k.pushes[l.Customer.ID], k.rules, func(c asked) error { all = append(all, c); return nil })
	if err != nil {
		return nil, l.Now, err
	}
	for _, c := range all {
		if c.Channel == hold.Push && c.Status != hold.Undeliverable {
			k.pushes[l.Customer.ID]++ // the next line's pushes count this one
		}
	}
	if step = l.Walk(); step.Do != hold.DoWait {
		return all, l.Now, nil
	}
	return all, step.Until, nil
}

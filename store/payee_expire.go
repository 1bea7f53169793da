package store

import (
	"context"

	"holdfast/hold"
	"holdfast/queue"
)

// ExpireVerdicts ends verdicts that have expired, and voids those that nobody has answered
// in time, of at most so many payees, each by itself, and tells of how many. Where there
// are none, it only reads.
func (s *Store) ExpireVerdicts(ctx context.Context, atMost int) (n int, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var payees []string
	if err := s.all(ctx, &payees, `SELECT payee_id FROM payee_verdicts WHERE status = 'in_force' AND kind <> 'reverse'
		AND until_at <= ? OR status = 'asked' AND asked_at <= ? GROUP BY payee_id ORDER BY MIN(asked_at) LIMIT ?`,
		now, now.Add(-queue.VerdictWaits), atMost); err != nil {
		return 0, err
	}
	for _, id := range payees {
		if err := s.update(ctx, func(t *tx) error {
			_, err := t.judgedPayee(id, By{}, nil)
			return err
		}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// expire ends the verdict on a payee whose time is over, and what rests on it.
func (t *tx) expire(p *judged) error {
	if err := t.endThose(*p, "", "expired"); err != nil {
		return err
	}
	p.Stands, p.Carried = nil, nil
	if p.Asked != nil && p.Asked.Outlived(p.VerdictFacts) {
		asked := p.Asked
		p.Asked = nil
		return t.voidVerdict(asked, "verdict_ended", ActorSystem, p.Now)
	}
	return nil
}

// lapse voids what nobody has answered in time.
func (t *tx) lapse(p *judged) error {
	asked := p.Asked
	p.Asked = nil
	return t.voidVerdict(asked, "lapsed", ActorSystem, p.Now)
}

// endThose ends the verdict on a payee that is in force, and a reversal that is being
// carried for it. by: the verdict in its place.
func (t *tx) endThose(p judged, by, cause string) error {
	for _, v := range []*queue.Verdict{p.Stands, p.Carried} {
		if v == nil {
			continue
		}
		if err := t.endVerdict(*v, by, cause, p.Now); err != nil {
			return err
		}
	}
	return nil
}

// endVerdict ends one. What a mule verdict has marked is to be carried anew, to take the
// marks off; whoever is at it loses their lease, and carries no more of it.
func (t *tx) endVerdict(v queue.Verdict, by, cause string, now hold.Instant) error {
	v.Status, v.CarriedAt = queue.VerdictEnded, now
	if v.Kind == queue.VerdictMule {
		v.CarriedAt = 0
	}
	t.later(`UPDATE payee_verdicts SET status = 'ended', ended_at = ?, ended_by = ?, cause = ?, carried_to = '', carried_at = ?,
		carried_until = 0, again_at = 0 WHERE id = ? AND status = 'in_force'`, now, by, cause, v.CarriedAt, v.ID)
	more := map[string]any{"cause": cause}
	if by != "" {
		more["ended_by"] = by
	}
	return t.verdictIs(v, "payee.verdict_ended", ActorSystem, now, more)
}

package store

import (
	"context"
	"slices"
	"time"

	"holdfast/hold"
)

// TopicWakeups is published after a commit that put on record who is to be woken.
const TopicWakeups = "wakeups"

// Wakeup is a device without a socket, and the question that it is to be woken for.
type Wakeup struct {
	Challenge hold.ChallengeID `db:"challenge_id"`
	Device    hold.DeviceID    `db:"device_id"`
	Customer  hold.CustomerID  `db:"customer_id"`
	Attempts  int              `db:"attempts"` // this one included
}

func (w Wakeup) is(o Wakeup) bool { return w.Challenge == o.Challenge && w.Device == o.Device }

// rouse puts on record who is to be woken for the open rung's questions in the app,
// whoever opened them: each device without a socket, once. A question that a version
// before has brought to the devices has a delivery that was sent.
func (t *tx) rouse(l hold.Standing, r hold.Rules) {
	for _, id := range inTheApp(l, r) {
		t.publish(TopicWakeups)
		t.later(`INSERT INTO wakeups (challenge_id, device_id, at) SELECT CAST(? AS TEXT), d.id, CAST(? AS BIGINT) FROM devices d
			WHERE d.customer_id = ? AND d.revoked_at = 0 AND d.id NOT IN (`+connectedDevices+`)
				AND NOT EXISTS (SELECT 1 FROM deliveries y WHERE y.challenge_id = ? AND y.status = 'sent')
			ON CONFLICT (challenge_id, device_id) DO NOTHING`, id, l.Now, l.Customer.ID, l.Now.Add(-freshFor), l.Now.Add(-freshFor),
			l.Customer.ID, id)
	}
}

// inTheApp are the open rung's questions in the app, where devices without a socket
// are woken at all.
func inTheApp(l hold.Standing, r hold.Rules) (ids []hold.ChallengeID) {
	for _, c := range l.Challenges {
		if r.WakeDevices && c.Way() == hold.WayApp && c.Revision == l.Revision && c.Rung == l.Rung && l.Late(c) == hold.AnswerAccepted {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// needed are the wake-ups of a list of questions that are needed now: the question can
// be answered, its hold has gone on to no other rung, and the device has no socket.
const needed = `SELECT w.challenge_id, w.device_id, w.attempts, c.customer_id FROM wakeups w
	JOIN challenges c ON c.id = w.challenge_id JOIN holds h ON h.id = c.hold_id JOIN devices d ON d.id = w.device_id
	WHERE c.status = 'open' AND (c.expires_at = 0 OR c.expires_at > ?) AND c.revision = h.revision AND c.rung = h.rung
		AND h.status = 'held' AND h.deadline > ? AND d.revoked_at = 0
		AND NOT EXISTS (SELECT 1 FROM presence p LEFT JOIN gateways g ON g.id = p.gateway
			WHERE p.device_id = d.id AND (g.seen_at > ? OR p.seen_at > ?))
		AND w.challenge_id IN `

// ClaimWakeups takes up to limit wake-ups that are due, of those that were tried before
// or of the others, and gives those that are needed still: the rest it deletes. Nobody
// else gets them within the lease; after it they are due again. more: others may be due.
func (s *Store) ClaimWakeups(ctx context.Context, limit int, tried bool, lease time.Duration) (ws []Wakeup, more bool, err error) {
	due := `status = 'waiting' AND attempts = 0 AND at <= ?`
	if tried {
		due = `status = 'waiting' AND attempts > 0 AND at <= ?`
	}
	now, err := s.Now(ctx)
	if err != nil || limit == 0 {
		return nil, true, err
	}
	var found int // an idle worker does not write
	err = s.get(ctx, &found, `SELECT COUNT(*) FROM (SELECT 1 FROM wakeups WHERE `+due+` LIMIT 1) AS found`, now)
	if err != nil || found == 0 {
		return nil, false, err
	}
	err = s.update(ctx, func(t *tx) error {
		if now, err = t.now(); err != nil {
			return err
		}
		var claimed []Wakeup
		if err := t.all(&claimed, `UPDATE wakeups SET at = ?, attempts = attempts + 1 WHERE (challenge_id, device_id) IN (
			SELECT challenge_id, device_id FROM wakeups WHERE `+due+` ORDER BY at LIMIT ?`+t.lock("UPDATE SKIP LOCKED")+`)
			RETURNING challenge_id, device_id, attempts`, now.Add(lease), now, limit); err != nil {
			return err
		}
		more = len(claimed) == limit
		ws, err = t.needed(claimed, now)
		return err
	})
	return ws, more, err
}

// needed are those of the claimed that are needed; the others are deleted.
func (t *tx) needed(claimed []Wakeup, now hold.Instant) (ws []Wakeup, err error) {
	if len(claimed) == 0 {
		return nil, nil
	}
	var about []string
	for _, w := range claimed {
		about = append(about, string(w.Challenge))
	}
	err = t.together(some(&ws, needed, now, now, now.Add(-freshFor), now.Add(-freshFor)).in(about))
	// Another device of the same customer may be somebody else's.
	ws = slices.DeleteFunc(ws, func(w Wakeup) bool { return !slices.ContainsFunc(claimed, w.is) })
	for _, w := range claimed {
		if !slices.ContainsFunc(ws, w.is) {
			t.later(`DELETE FROM wakeups WHERE challenge_id = ? AND device_id = ?`, w.Challenge, w.Device)
		}
	}
	return ws, err
}

// EndWakeup writes how a try ended: an empty code is success. Otherwise it is tried
// again after a pause, or, where that is 0, never.
func (s *Store) EndWakeup(ctx context.Context, w Wakeup, code string, again time.Duration) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		set := func(status hold.WakeupStatus, at hold.Instant, which string, more ...any) {
			t.later(`UPDATE wakeups SET status = ?, code = ?, at = ? WHERE challenge_id = ? AND device_id = ? AND status = 'waiting'`+which,
				append([]any{status, code, at, w.Challenge, w.Device}, more...)...)
		}
		switch {
		case code == "":
			t.count("device_woken")
			set(hold.WakeupSent, now, "")
		case again > 0: // unless somebody else has claimed it meanwhile
			t.count("wakeup_put_off")
			set(hold.WakeupWaiting, now.Add(again), " AND attempts = ?", w.Attempts)
		default:
			t.count("wakeup_failed")
			set(hold.WakeupFailed, now, "")
		}
		return nil
	})
}

// WakeupsWaiting is how many devices are to be woken, now or later.
func (s *Store) WakeupsWaiting(ctx context.Context) (n int, err error) {
	const waiting = `SELECT COUNT(*) FROM wakeups WHERE status = 'waiting' AND attempts `
	return n, s.get(ctx, &n, `SELECT (`+waiting+`= 0) + (`+waiting+`> 0)`)
}

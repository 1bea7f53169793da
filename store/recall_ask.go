package store

import (
	"context"
	"time"

	"holdfast/hold"
)

// recallUnheard is for how long nothing may be heard of a recall that is to be asked for:
// then its workflow is lost, or stuck, and is woken. Each try is heard.
const recallUnheard = 5 * time.Minute

// BeginRecall counts a try at a recall and gives what is asked; nil: nothing is. p says
// which then: the bank has it, or has reported, or a human is to look.
func (s *Store) BeginRecall(ctx context.Context, id hold.RecallID) (ask *hold.RecallRequest, p hold.RecallProgress, err error) {
	err = s.update(ctx, func(t *tx) error {
		ask, p = nil, hold.RecallProgress{State: hold.RecallDone}
		var now hold.Instant
		r, err := t.lockRecall(id, &now)
		if err != nil {
			return err
		}
		switch {
		case r.ParkedAt != 0:
			p.State = hold.RecallParks
			return nil
		case !r.UnderWay():
			return nil
		}
		t.later(`UPDATE recall_requests SET attempts = attempts + 1, look_at = ? WHERE id = ?`, now.Add(recallUnheard), id)
		var row holdRow
		if err := t.get(&row, holdRows+`WHERE h.id = ?`, r.HoldID); err != nil {
			return err
		}
		h, err := row.hold()
		if err != nil {
			return err
		}
		q := r.Request(h)
		ask = &q
		return nil
	})
	return ask, p, err
}

// RecallAcknowledged records that the bank's endpoint has a recall. Twice is no error.
func (s *Store) RecallAcknowledged(ctx context.Context, id hold.RecallID) error {
	return s.recallStep(ctx, id, func(t *tx, r hold.Recall, now hold.Instant) error {
		t.later(`UPDATE recall_requests SET requested_at = ?, updated_at = ? WHERE id = ?`, now, now, id)
		return t.entry(string(r.HoldID), "recall.requested", ActorSystem, now, map[string]any{"recall_id": id, "attempts": r.Attempts})
	})
}

// RecallParked records that the bank's endpoint refused a recall in a way that repeating
// cannot mend, or that there is none. code says how.
func (s *Store) RecallParked(ctx context.Context, id hold.RecallID, code string) error {
	return s.recallStep(ctx, id, func(t *tx, r hold.Recall, now hold.Instant) error {
		t.later(`UPDATE recall_requests SET parked_at = ?, parked_code = ?, updated_at = ? WHERE id = ?`, now, code, now, id)
		return t.entry(string(r.HoldID), "recall.parked", ActorSystem, now, map[string]any{"recall_id": id, "code": code})
	})
}

// recallStep is what follows of asking, while it is still to be asked.
func (s *Store) recallStep(ctx context.Context, id hold.RecallID, step func(t *tx, r hold.Recall, now hold.Instant) error) error {
	return s.update(ctx, func(t *tx) error {
		var now hold.Instant
		r, err := t.lockRecall(id, &now)
		if err != nil || !r.UnderWay() {
			return err
		}
		t.publish(string(r.HoldID), string(r.CustomerID))
		return step(t, r, now)
	})
}

// RetryRecall has a parked recall asked for again, with the same key. out is Unparked,
// NotParked or, where nothing is to be asked, AlreadySettled.
func (s *Store) RetryRecall(ctx context.Context, id hold.RecallID, actor string) (r hold.Recall, out UnparkOutcome, err error) {
	err = s.update(ctx, func(t *tx) error {
		var now hold.Instant
		if r, err = t.lockRecall(id, &now); err != nil {
			return err
		}
		switch {
		case r.Status != hold.RecallRequested || r.RequestedAt != 0:
			out = AlreadySettled
			return nil
		case r.ParkedAt == 0:
			out = NotParked
			return nil
		}
		out = Unparked
		r.ParkedAt, r.ParkedCode, r.UpdatedAt = 0, "", now
		t.later(`UPDATE recall_requests SET parked_at = 0, parked_code = '', updated_at = ? WHERE id = ?`, now, id)
		t.publish(string(r.HoldID))
		t.askForRecall(id, now)
		return t.entry(string(r.HoldID), "recall.unparked", actor, now, map[string]any{"recall_id": id})
	})
	return r, out, err
}

// WakeRecalls has looked at what should have been asked for and was not heard of, at
// most limit, and says how many.
func (s *Store) WakeRecalls(ctx context.Context, limit int) (n int, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var ids []hold.RecallID
	const unheard = `SELECT id FROM recall_requests WHERE status = 'requested' AND requested_at = 0 AND parked_at = 0 AND look_at <= ?
		ORDER BY look_at LIMIT ?`
	if err := s.all(ctx, &ids, unheard, now, limit); err != nil || len(ids) == 0 {
		return 0, err
	}
	err = s.update(ctx, func(t *tx) error {
		if err := t.all(&ids, unheard+t.lock("UPDATE SKIP LOCKED"), now, limit); err != nil {
			return err
		}
		for _, id := range ids {
			t.askForRecall(id, now)
		}
		return nil
	})
	return len(ids), err
}

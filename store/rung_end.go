package store

import (
	"holdfast/hold"
	"holdfast/queue"
)

// rungEnds is the one writer of an open rung's end, once it is open. The hold is
// locked.
func (t *tx) rungEnds(h *hold.Hold, ends hold.Instant) error {
	if h.RungEndsAt == ends {
		return nil
	}
	h.RungEndsAt = ends
	_, err := t.exec(`UPDATE holds SET rung_ends_at = ? WHERE id = ?`, ends, h.ID)
	return err
}

// awaitTask keeps the rung that a task is of open until then, when there can be a
// call before the deadline.
func (t *tx) awaitTask(h *hold.Hold, k queue.Task, until hold.Instant) error {
	if k.ReadyAt >= h.Deadline { // a call that comes too late holds nothing up
		return nil
	}
	return t.awaitAnswer(h, k.ChallengeID, until)
}

// awaitAnswer keeps the rung open that a question is of, if it is the open one.
func (t *tx) awaitAnswer(h *hold.Hold, id hold.ChallengeID, until hold.Instant) error {
	if id == "" || h.Status.Decided() {
		return nil
	}
	var of struct {
		Revision int `db:"revision"`
		Rung     int `db:"rung"`
	}
	if err := t.get(&of, `SELECT revision, rung FROM challenges WHERE id = ?`, id); err != nil {
		return err
	}
	if of.Revision != h.Revision || of.Rung != h.Rung {
		return nil
	}
	return t.rungEnds(h, h.RungKept(until))
}

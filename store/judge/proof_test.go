package judge_test

import (
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
)

// portraitAge is how old a portrait has to be before a payment comes.
const portraitAge = 72 * time.Hour

// portrayedAt keeps when a portrait was put in another's place: a sequence is too short
// for it to become old, but for payments that come later.
func (w *world) portrayedAt(p *person) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.portrayed = w.clock.Now()
}

// proved fails where what an agent says counts, though it proves nothing, or they have no
// authority to say it.
func (w *world) proved(m *member, y *payment, k queue.Task, d hold.Disposition, res store.DisposeResult, from hold.Instant) {
	if res.Outcome != store.Disposed && res.Outcome != store.Reviewing {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	portrayed := w.owner(y).portrayed
	switch {
	case d == hold.SameFace && portrayed != 0 && portrayed < from && portrayed.Add(portraitAge) > y.accepted:
		w.fail("%s: a face was compared with a portrait that is too young", y.id)
	case (d == hold.SameFace || d == hold.Confirmed) && m.Role != queue.RoleSupervisor && w.supervisorsOwn(y, k, from):
		w.fail("%s confirms %s, which is a supervisor's", m.Sub, y.id)
	}
}

// supervisorsOwn tells whether only a supervisor decides about a task: somebody has spoken
// of a suspicion, or a second person has not agreed.
func (m *model) supervisorsOwn(y *payment, k queue.Task, from hold.Instant) bool {
	for _, f := range m.facts {
		if f.to >= from || f.hold != y.id {
			continue
		}
		if f.what == "suspect" || f.what == "veto" || f.what == "rejected" && f.task == k.ID {
			return true
		}
	}
	return false
}

package hold

import "time"

// RungOpens is when a rung that opens now goes unanswered: after its own time,
// and not before there was a call that is asked for. Call is until when the first
// of those may be waited for; 0: none is asked.
func (h Hold) RungOpens(rung int, now, call Instant) Instant {
	return min(max(now.Add(time.Duration(h.Terms.Ladder.Rungs[rung].Timeout)), call), h.Deadline)
}

// RungKept is when the open rung goes unanswered if it waits for somebody until
// then, and never past the deadline.
func (h Hold) RungKept(until Instant) Instant { return max(h.RungEndsAt, min(until, h.Deadline)) }

// RungCut is when the open rung goes unanswered once the plan of its calls is
// spent: now, or when its other channels have had the rung's own time.
func (h Hold) RungCut(now Instant) Instant {
	rung := h.Terms.Ladder.Rungs[h.Rung]
	if len(rung.Asks) > 1 && rung.Quorum != All {
		now = max(now, h.RungOpenedAt.Add(time.Duration(rung.Timeout)))
	}
	return min(h.RungEndsAt, now)
}

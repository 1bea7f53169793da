package api

import (
	"math"
	"sync"
	"time"

	"holdfast/hold"
	"holdfast/store"
)

const (
	inTime      = time.Second / 2  // what is accepted should not wait longer for its turn
	lookEvery   = time.Second / 10 // while holds come in
	lookAtLeast = lookEvery / 5    // apart, when room is short
	staleLook   = 10 * lookEvery
	firstWindow = 48
	longest     = 10 * time.Second
	longestWait = time.Minute
	forget      = 0.99 // a look: half in seven seconds
)

// admission bounds intake by what can be decided in time. It works as TCP does: the
// window is how many holds may wait for somebody to look at them, by what was seen a
// tenth of a second ago and what was accepted since. While it is full and what waits is
// in time it grows by 3 % a look, up to what was looked at in half a second at best; when
// a crowd waits longer than half a second it shrinks by three tenths, or to what leaves
// in half a second, as often. So it finds what the relay, Temporal and the workers bear,
// and keeps it while nothing comes in.
//
// A line from which nobody goes is no overload but an outage: the record bears that,
// and does not bound intake (see line). While what an outage left is worked off, which
// takes more than ten seconds, intake has half of the rate at which it goes: it is never
// closed for longer. Who asks for little has an eighth even then.
type admission struct {
	mu      sync.Mutex
	line    line // of holds that are due
	window  float64
	shrunk  time.Time
	looked  time.Time // when the last look began
	looking bool
	best    float64 // rate of the line, of late
	floor   float64 // what may be accepted whatever waits
	taken   float64 // accepted since the last look began, or under way then
	open    float64 // under way now
	full    bool    // somebody was refused since the last look
	shares  shares
	begun   struct { // as the look that is under way began
		at          time.Time
		taken, open float64
	}
}

func newAdmission() *admission { return &admission{window: firstWindow, shares: newShares()} }

// take lets in up to n of a client's holds. For those that are not let in, wait says
// after how long there will be room again.
func (a *admission) take(client string, n int, now time.Time) (granted int, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shares.turn(now)
	for range n {
		ok := !a.line.moves || a.taken+1 <= a.room(now, a.shares.part(client))
		a.shares.count(client, ok)
		if !ok {
			a.full, a.shares.short = true, true
			continue
		}
		granted++
		a.taken++
	}
	return granted, a.wait(now)
}

// under counts what was let in and is being put on record, until done: a look that
// begins meanwhile does not see it.
func (a *admission) under(n int) (done func()) {
	a.add(n)
	return func() { a.add(-n) }
}

func (a *admission) add(n int) { a.mu.Lock(); a.open += float64(n); a.mu.Unlock() }

// room is how many may be accepted from the last look to the next, by somebody who
// may fill a part of the window. After a while without a look it is as good as empty.
func (a *admission) room(now time.Time, part float64) float64 {
	waiting := float64(len(a.line.seen))
	if now.Sub(a.looked) > staleLook {
		waiting = 0
	}
	room := a.window*part - waiting
	if part == 1 || a.long() {
		room = max(room, math.Floor(a.floor*part+0.5))
	}
	return room
}

// long tells whether what waits takes so long that intake is not kept closed for it.
func (a *admission) long() bool { return float64(len(a.line.seen)) > a.line.rate*longest.Seconds() }

// wait is how long what waits beyond half of the window takes at its rate, or, when
// nobody goes, until that is known for an outage, which bounds nothing.
func (a *admission) wait(now time.Time) time.Duration {
	beyond := float64(len(a.line.seen)) + a.taken - a.window/2
	wait := min(longestWait, time.Duration(beyond/max(a.line.rate, 0.1)*float64(time.Second)))
	if stands := now.Sub(a.line.moved); stands > time.Second {
		wait = min(wait, outage-stands)
	}
	return max(time.Second, wait)
}

// begin tells whether it is time to look at what waits, and then begins to.
func (a *admission) begin(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := now.Sub(a.looked)
	if a.looking || since < lookAtLeast || since < lookEvery && !a.full {
		return false
	}
	a.looking, a.begun.at, a.begun.taken, a.begun.open = true, now, a.taken, a.open
	return true
}

// saw ends a look. One that failed tells nothing: whoever cannot read cannot write.
func (a *admission) saw(b store.Backlog, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.looking = false
	a.taken += a.begun.open - a.begun.taken
	if err != nil {
		return
	}
	at, past := a.begun.at, a.begun.at.Sub(a.looked)
	a.line.look(b.Due, b.Now, at, past)
	a.judge(b.Now)
	part := a.line.rate / 8
	if a.long() {
		part = a.line.rate / 2
	}
	a.floor = min(max(1, part), max(0, a.floor-a.begun.taken)+part*min(1, past.Seconds()))
	a.looked, a.full = at, false
}

// judge sets the window by the line.
func (a *admission) judge(now hold.Instant) {
	l := &a.line
	a.best = max(l.rate, a.best*forget)
	switch settled := l.moves && a.begun.at.Sub(a.shrunk) >= inTime; {
	case settled && l.late(now, inTime):
		a.window, a.shrunk = max(crowd, min(a.window*0.7, l.rate*inTime.Seconds())), a.begun.at
	case settled && a.full && !l.late(now, inTime/2):
		a.window = min(store.BacklogSeen, max(firstWindow, a.best*inTime.Seconds()), a.window*1.03)
	}
}

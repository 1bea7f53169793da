package api

import (
	"math"
	"slices"
	"time"
)

// period is what shares are counted over.
const period = time.Second / 2

// shares divide what is admitted among clients: while somebody is refused, nobody has
// more in a period than the level that, had by each who asked for as much, would have
// made up what was admitted in the one before, an eighth and one each. So who asks for
// little has all of it, and the others have the same, from two seconds after a
// flood's beginning on. The shares are of one process.
type shares struct {
	since              time.Time
	asked, had, before map[string]int // before: asked in the period before
	level              float64
	short              bool // somebody is refused in this period
}

func newShares() shares {
	return shares{asked: map[string]int{}, had: map[string]int{}, before: map[string]int{}, level: math.Inf(1)}
}

func (s *shares) count(client string, had bool) {
	s.asked[client]++
	if had {
		s.had[client]++
	}
}

// part is how much of the window a client may fill: nothing above the level; and what
// is left when the window has shrunk by a third, only who asks for less than half of it.
func (s *shares) part(client string) float64 {
	had, half := s.had[client], max(1, s.level/2)
	switch {
	case float64(had+1) > max(1, s.level):
		return 0
	case float64(had+1) > half, float64(s.before[client]) > half:
		return 0.6
	}
	return 1
}

// turn begins a new period when the last is over.
func (s *shares) turn(now time.Time) {
	if now.Sub(s.since) < period {
		return
	}
	s.level = math.Inf(1)
	if s.short && now.Sub(s.since) < 2*period {
		s.level = s.levelOf()
	}
	s.since, s.short = now, false
	s.before, s.asked = s.asked, s.before
	clear(s.asked)
	clear(s.had)
}

// levelOf fills the clients' wants from the lowest up with what there was.
func (s *shares) levelOf() float64 {
	left := 0
	for _, n := range s.had {
		left += n
	}
	wants := make([]int, 0, len(s.asked))
	for _, n := range s.asked {
		wants = append(wants, n)
	}
	slices.Sort(wants)
	rest := float64(left)*1.125 + float64(len(wants))
	for i, want := range wants {
		if even := rest / float64(len(wants)-i); float64(want) > even {
			return even
		}
		rest -= float64(want)
	}
	return math.Inf(1)
}

package api

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
)

// plant is a Holdfast behind one API: what is accepted waits in line and is brought on
// at a rate. Its clock goes in steps of ten milliseconds, and a look takes one.
type plant struct {
	a      *admission
	now    time.Time
	rate   float64 // brought on a second; 0: an outage
	due    []store.Waits
	stuck  int // of the first, which nothing brings on
	credit float64
	n      int
	waits  []time.Duration
	looks  *store.Backlog
}

func newPlant(rate float64) *plant {
	return &plant{a: newAdmission(), now: time.Unix(1_800_000_000, 0), rate: rate}
}

const step = 10 * time.Millisecond

// offer asks for holds of a client.
func (p *plant) offer(client string, n int) (granted int, wait time.Duration) {
	granted, wait = p.a.take(client, n, p.now)
	for range granted {
		p.n++
		p.due = append(p.due, store.Waits{ID: fmt.Sprint(p.n), Since: hold.At(p.now)})
	}
	return granted, wait
}

// tick lets time pass.
func (p *plant) tick() {
	if p.looks != nil {
		p.a.saw(*p.looks, nil)
		p.looks = nil
	}
	if p.a.begin(p.now) {
		p.looks = &store.Backlog{Now: hold.At(p.now), Due: slices.Clone(p.due[:min(len(p.due), store.BacklogSeen)])}
	}
	p.now = p.now.Add(step)
	for p.credit += p.rate * step.Seconds(); p.credit >= 1; p.credit-- {
		if len(p.due) > p.stuck {
			p.waits = append(p.waits, p.now.Sub(p.due[p.stuck].Since.Time()))
			p.due = slices.Delete(p.due, p.stuck, p.stuck+1)
		}
	}
}

// stream offers so many a second of each client for a while, and tells how many were
// let in and refused.
func (p *plant) stream(d time.Duration, each map[string]float64) (in, out map[string]int) {
	in, out = map[string]int{}, map[string]int{}
	owed := map[string]float64{}
	for range int(d / step) {
		for client, rate := range each {
			for owed[client] += rate * step.Seconds(); owed[client] >= 1; owed[client]-- {
				n, _ := p.offer(client, 1)
				in[client] += n
				out[client] += 1 - n
			}
		}
		p.tick()
	}
	return in, out
}

func (p *plant) p99() time.Duration {
	if len(p.waits) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(p.waits))[(len(p.waits)-1)*99/100]
}

// Twenty times what is borne: what is accepted has its turn in time, most of what is
// borne is used, who asks for little gets it two seconds later, and it is over when the
// burst is.
func TestIntakeIsWhatIsBorne(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{40, 400, 4000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			t.Parallel()
			p := newPlant(rate)
			p.stream(5*time.Second, map[string]float64{"flood": rate / 2, "small": rate / 8})
			p.waits = nil
			burst := map[string]float64{"flood": 20 * rate, "small": rate / 8}
			p.stream(2*time.Second, burst) // until it is seen who floods
			in, out := p.stream(28*time.Second, burst)
			if got := p.p99(); got > 1800*time.Millisecond {
				t.Errorf("what was accepted waited %s", got)
			}
			if got := float64(in["flood"]+in["small"]) / 28; got < 0.8*rate || got > 1.1*rate {
				t.Errorf("%.1f a second were let in", got)
			}
			if out["small"] > 0 {
				t.Errorf("%d of %d were refused to who asks for little", out["small"], out["small"]+in["small"])
			}
			p.stream(3*time.Second, nil)
			if in, out := p.stream(5*time.Second, map[string]float64{"flood": rate / 2}); out["flood"] > 0 {
				t.Errorf("after the burst %d of %d were refused", out["flood"], in["flood"]+out["flood"])
			}
		})
	}
}

// When a tenth is borne of what was before, a tenth comes in, and in time.
func TestIntakeFollowsWhatIsBorne(t *testing.T) {
	t.Parallel()
	p := newPlant(400)
	flood := map[string]float64{"a": 2000}
	p.stream(10*time.Second, flood)
	p.rate = 40
	p.stream(15*time.Second, flood)
	p.waits = nil
	in, _ := p.stream(20*time.Second, flood)
	if got := float64(in["a"]) / 20; p.p99() > time.Second || got < 0.8*p.rate || got > 1.1*p.rate {
		t.Errorf("%.1f a second came in, and waited %s", got, p.p99())
	}
}

// What is short is divided evenly, and nobody's share is lost to who asks for more.
func TestIntakeIsDividedEvenly(t *testing.T) {
	t.Parallel()
	p := newPlant(100)
	each := map[string]float64{"a": 2000, "b": 200, "c": 10}
	p.stream(5*time.Second, each)
	in, out := p.stream(20*time.Second, each)
	if out["c"] > 0 {
		t.Errorf("%d of %d were refused to who asks for little", out["c"], in["c"]+out["c"])
	}
	if a, b := float64(in["a"]), float64(in["b"]); a > 1.5*b || b > 1.5*a {
		t.Errorf("%v: not even", in)
	}
}

// When nobody brings anything on, that is no overload: holds are accepted. What was
// left is worked off while half as much comes in.
func TestOutageDoesNotStopIntake(t *testing.T) {
	t.Parallel()
	p := newPlant(0)
	const rate = 40
	if _, out := p.stream(10*time.Second, map[string]float64{"a": rate}); out["a"] > 0 {
		t.Errorf("%d were refused before anything was seen to move", out["a"])
	}
	p.rate = rate
	p.stream(40*time.Second, nil)
	p.rate = 0 // now it is known to move
	p.stream(outage+time.Second, map[string]float64{"a": rate})
	if _, out := p.stream(20*time.Second, map[string]float64{"a": rate}); out["a"] > 0 {
		t.Errorf("%d were refused in the outage", out["a"])
	}
	p.rate = rate
	p.stream(2*time.Second, map[string]float64{"a": rate})
	left := len(p.due)
	in, _ := p.stream(15*time.Second, map[string]float64{"a": rate})
	if got := float64(in["a"]) / 15; got < 0.4*rate || got > 0.6*rate || len(p.due) >= left {
		t.Errorf("afterwards %.1f a second, %d of %d left", got, len(p.due), left)
	}
}

// Some that nothing can bring on bound nothing.
func TestWhatIsStuckBoundsNothing(t *testing.T) {
	t.Parallel()
	p := newPlant(100)
	p.stuck = crowd - 1
	p.offer("a", p.stuck)
	p.stream(time.Minute, map[string]float64{"a": 10})
	if in, out := p.stream(10*time.Second, map[string]float64{"a": 60}); out["a"] > 0 {
		t.Errorf("%d of %d were refused", out["a"], in["a"]+out["a"])
	}
}

// Who comes again when told finds room, in no more than a minute.
func TestRetryAfterIsTrue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ waiting, want int }{"a full window": {48, 1}, "an outage's": {400, 10}, "more": {5000, 25}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlant(40)
			p.stream(5*time.Second, map[string]float64{"a": 30})
			for range c.waiting {
				p.n++
				p.due = append(p.due, store.Waits{ID: fmt.Sprint(p.n), Since: hold.At(p.now)})
			}
			p.stream(2*time.Second, map[string]float64{"a": 300})
			_, wait := p.offer("a", 1000)
			if got := int(wait.Seconds()); got < c.want*7/10 || got > c.want*13/10 {
				t.Errorf("told %d s, want about %d", got, c.want)
			}
		})
	}
}

// Before an outage is known for one, whoever is refused is told to come again when it
// will be.
func TestRetryAfterOfAnOutageIsTrue(t *testing.T) {
	t.Parallel()
	p := newPlant(40)
	p.stream(5*time.Second, map[string]float64{"a": 30})
	p.rate = 0 // nobody looks at anything any more
	p.stream(3*time.Second, map[string]float64{"a": 300})
	if n, wait := p.offer("a", 1000); n == 1000 || wait > outage {
		t.Errorf("%d taken, told %s", n, wait)
	}
}

// A look that fails tells nothing, and closes nothing.
func TestFailedLooksCloseNothing(t *testing.T) {
	t.Parallel()
	p := newPlant(40)
	p.stream(5*time.Second, map[string]float64{"a": 30})
	for range 100 {
		p.now = p.now.Add(time.Second)
		if p.a.begin(p.now) {
			p.a.saw(store.Backlog{}, fmt.Errorf("the database is away"))
		}
		if n, _ := p.a.take("a", 1, p.now); n == 0 {
			t.Fatal("refused")
		}
	}
}

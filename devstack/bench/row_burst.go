package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/report"
	"holdfast/devstack/bench/rig"
	"holdfast/devstack/phone"

	"github.com/jmoiron/sqlx"
)

// times is how much more than it can bear a burst offers.
const times = 20

// burst is row 12: first what Holdfast bears, with a picture of its delays by
// what is offered; then far more than that, while customers whose questions were
// open before answer them.
func (b *Bench) burst(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	s, err := b.stand(ctx, r, "burst", 4*b.Customers+b.Probes, 4)
	if err != nil {
		return err
	}
	if err := s.connected(ctx, ""); err != nil {
		return err
	}
	defer s.down()
	all := s.customers
	probes := all[4*b.Customers:]
	s.customers = all[:4*b.Customers]
	defer func() { s.customers = all }()
	t, _, err := b.measured(ctx, r, "what it bears", s.holdfast.Part, s.atOnce(ctx))
	if err != nil {
		return err
	}
	if err := b.steps(ctx, s, t.Rate); err != nil {
		return err
	}
	open, err := s.open(ctx, probes)
	if err != nil {
		return err
	}
	for _, c := range s.customers {
		c.Auto = func(m phone.Message) { _ = c.Approve(m) }
	}
	before, err := rig.MemoryAt(ctx, s.holdfast.Memory, false)
	if err != nil {
		return err
	}
	holds, told := 0, s.ledger.Calls.Load()
	db, err := dial(ctx, s.settings.Database)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // the end
	if err := db.GetContext(ctx, &holds, `SELECT COUNT(*) FROM holds`); err != nil {
		return err
	}
	f := s.flood(ctx, t.Rate*times, open)
	if err := f.err; err != nil {
		return err
	}
	lost, err := f.lost(ctx, db, holds)
	if err != nil {
		return err
	}
	b.report.Notes = append(b.report.Notes, fmt.Sprintf("Row 12: %.0f holds a second were borne; %.0f a second were offered for %s, of which "+
		"%d were accepted, %d refused (%d without Retry-After) and %d not sent, since %d were in flight; answers were acknowledged in %.0f ms "+
		"(p50) and %.0f ms (p99), the ledger told in %.0f ms (p50) and %.0f ms (p99), %d times not within %s; meanwhile it "+
		"was told of %d holds.", t.Rate,
		t.Rate*times, b.Burst, f.accepted.Load(), f.refused.Load(), f.bare.Load(), f.left, floodBound, p50(f.probes, "acknowledge"),
		p99(f.probes, "acknowledge"), p50(f.probes, "ledger"), p99(f.probes, "ledger"), f.late.Load(), b.Drain, s.ledger.Calls.Load()-told))
	b.Say("  %s", b.report.Notes[len(b.report.Notes)-1])
	late := []float64{p99(f.probes, "ledger")}
	gone := []float64{float64(lost)}
	most, was := []float64{float64(f.most) / 1e6}, []float64{2 * float64(before.RSS) / 1e6}
	return errors.Join(b.figure("12", "ms", late, []float64{2000}, over(late, []float64{2000})),
		b.figure("12 lost", "", gone, []float64{1}, gone),
		b.figure("12 memory", "MB", most, was, over(most, was)))
}

// steps draws rate and delays by what is offered.
func (b *Bench) steps(ctx context.Context, s *stand, borne float64) error {
	rate := report.Plot{Name: "offered-rate", Title: "Holds settled a second, by holds offered", X: "offered a second", Y: "settled a second",
		Curves: []report.Curve{{Name: "settled"}}}
	delay := report.Plot{Name: "offered-delay", Title: "Answer to ledger, by holds offered", X: "offered a second", Y: "ms",
		Curves: []report.Curve{{Name: "p50"}, {Name: "p99"}}}
	for _, part := range b.Steps {
		t := load.NewTally(time.Now(), time.Now().Add(time.Hour))
		began := time.Now()
		offered(ctx, borne*part, b.Window, 1000, func(i int) { load.Life(s.engine, s.ledger, s.customers[i%len(s.customers)], t) })
		took := time.Since(began).Seconds()
		x := borne * part
		rate.Curves[0].Points = append(rate.Curves[0].Points, report.Point{X: x, Y: float64(t.Done) / took})
		delay.Curves[0].Points = append(delay.Curves[0].Points, report.Point{X: x, Y: p50(t, "ledger")})
		delay.Curves[1].Points = append(delay.Curves[1].Points, report.Point{X: x, Y: p99(t, "ledger")})
		b.Say("  %.0f/s offered: %.0f/s settled, answer to ledger p50 %.0f ms, p99 %.0f ms%s", x, float64(t.Done)/took, p50(t, "ledger"),
			p99(t, "ledger"), troubles(t))
	}
	b.report.Plots = append(b.report.Plots, rate, delay)
	return ctx.Err()
}

// open asks some customers something.
func (s *stand) open(ctx context.Context, of []*load.Customer) (chan question, error) {
	open := make(chan question, len(of))
	return open, load.Each(16, of, func(c *load.Customer) error {
		transaction := load.NewTransaction()
		heard := c.Expect(transaction)
		if err := s.engine.Hold(ctx, transaction, c.ID); err != nil {
			return fmt.Errorf("a question before the burst: %w", err)
		}
		m, err := hear(ctx, heard)
		open <- question{c, m}
		return err
	})
}

// floodBound is how many requests the flood has in flight.
const floodBound = 2000

// flood is what a burst did.
type flood struct {
	accepted, refused, bare atomic.Int64
	left                    int
	most                    int64 // bytes
	probes                  *load.Tally
	late                    atomic.Int64 // answers of which the ledger was not told in time
	mu                      sync.Mutex
	answered                []string // challenges whose answer was acknowledged
	err                     error
}

// flood posts holds at a rate while open questions are answered.
func (s *stand) flood(ctx context.Context, rate float64, open chan question) *flood {
	f := &flood{probes: load.NewTally(time.Now(), time.Now().Add(time.Hour))}
	watching, stop := context.WithCancel(ctx)
	var watch, answers sync.WaitGroup
	watch.Go(func() {
		for watching.Err() == nil {
			if m, err := rig.MemoryAt(watching, s.holdfast.Memory, false); err == nil {
				f.most = max(f.most, m.RSS)
			}
			sleep(watching, 250*time.Millisecond)
		}
	})
	answers.Go(func() {
		every := s.Burst / time.Duration(len(open)+1)
		for range len(open) {
			sleep(ctx, every)
			q := <-open
			answers.Go(func() {
				told := s.ledger.Expect(q.message.Challenge.Document.ID)
				began := time.Now()
				if err := q.answer(f.probes); err != nil {
					f.probes.Fail(err.Error())
				} else {
					f.mu.Lock()
					f.answered = append(f.answered, string(q.message.Challenge.ID))
					f.mu.Unlock()
				}
				select {
				case at := <-told:
					f.probes.Count(map[string]time.Duration{"ledger": at.Sub(began)})
				case <-ctx.Done():
				case <-time.After(s.Drain):
					f.late.Add(1)
					f.probes.Count(map[string]time.Duration{"ledger": s.Drain})
				}
			})
		}
	})
	_, f.left = offered(ctx, rate, s.Burst, floodBound, func(i int) {
		code, header, err := s.engine.Post(load.NewTransaction(), s.customers[i%len(s.customers)].ID)
		switch {
		case err == nil && code == 202:
			f.accepted.Add(1)
		default:
			f.refused.Add(1)
			if header.Get("Retry-After") == "" {
				f.bare.Add(1)
			}
		}
	})
	answers.Wait()
	stop()
	watch.Wait()
	f.err = ctx.Err()
	return f
}

// lost is how many accepted holds are not on record beside those of before, and
// how many acknowledged answers are not. One that is late is not lost.
func (f *flood) lost(ctx context.Context, db *sqlx.DB, before int) (int, error) {
	there, answers := 0, 0
	if err := db.GetContext(ctx, &there, `SELECT COUNT(*) FROM holds`); err != nil {
		return 0, err
	}
	err := db.GetContext(ctx, &answers, `SELECT COUNT(*) FROM answers WHERE late = '' AND challenge_id = ANY($1)`, f.answered)
	return max(0, int(f.accepted.Load())-(there-before)) + len(f.answered) - answers, err
}

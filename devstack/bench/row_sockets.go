package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/report"
	"holdfast/devstack/bench/rig"
	"holdfast/hold"
)

// questionBytes is the size of a question on the wire.
const questionBytes = 900

// idle is what a socket on which nothing happens costs.
type idle struct {
	heap, rss float64 // bytes
	cpu       float64 // of a core, all sockets together
}

// sockets is rows 7 and 8.
func (b *Bench) sockets(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	if err := mayOpen(b.Sockets); err != nil {
		return err
	}
	s, err := b.stand(ctx, r, "sockets", b.Sockets, 16)
	if err != nil {
		return err
	}
	if b.wants("7") {
		if err := b.idleSockets(ctx, s); err != nil {
			return err
		}
	}
	if b.wants("8") {
		err = b.everybody(ctx, s)
	}
	b.smaller("7", b.Sockets, fullSockets)
	b.smaller("8", b.Sockets, fullSockets)
	return err
}

func (b *Bench) idleSockets(ctx context.Context, s *stand) error {
	var ours, theirs []idle
	plot := report.Plot{Name: "sockets", Title: "Memory, by idle sockets", X: "sockets", Y: "MB, heap and stacks",
		Curves: []report.Curve{{Name: "Holdfast"}, {Name: "echo server"}}}
	for _, n := range []int{b.Sockets / 10, b.Sockets} {
		x, err := b.idleHoldfast(ctx, s, n)
		if err != nil {
			return err
		}
		y, err := b.idleEcho(ctx, s.rig, n)
		if err != nil {
			return err
		}
		for i, z := range []idle{x, y} {
			plot.Curves[i].Points = append(plot.Curves[i].Points, report.Point{X: float64(n), Y: z.heap * float64(n) / 1e6})
		}
		b.Say("  %d sockets: %.0f B each and %.1f %% of a core, echo server %.0f B and %.1f %%", n, x.heap, 100*x.cpu, y.heap, 100*y.cpu)
		ours, theirs = []idle{x}, []idle{y} // the most sockets count
	}
	b.report.Plots = append(b.report.Plots, plot)
	of := func(all []idle, what func(idle) float64) (xs []float64) {
		for _, x := range all {
			xs = append(xs, what(x))
		}
		return xs
	}
	heap, rss := func(x idle) float64 { return x.heap }, func(x idle) float64 { return x.rss }
	cpu, bound := of(ours, func(x idle) float64 { return 100 * x.cpu }), []float64{5}
	return errors.Join(b.figure("7 heap", "B", of(ours, heap), of(theirs, heap), over(of(ours, heap), of(theirs, heap))),
		b.figure("7 RSS", "B", of(ours, rss), of(theirs, rss), over(of(ours, rss), of(theirs, rss))),
		b.figure("7 CPU", "%", cpu, bound, over(cpu, bound)))
}

func (b *Bench) idleHoldfast(ctx context.Context, s *stand, n int) (idle, error) {
	if err := s.up(ctx, "api,gateway"); err != nil {
		return idle{}, err
	}
	defer s.down()
	if err := load.SignIn(ctx, s.holdfast.URL, s.keys[0], s.customers[:n]); err != nil {
		return idle{}, err
	}
	c, err := ofCustomers(s.holdfast.URL, s.customers[:n])
	if err != nil {
		return idle{}, err
	}
	return b.idleOf(ctx, s.rig, s.holdfast.Part, s.holdfast.Memory, c)
}

func (b *Bench) idleEcho(ctx context.Context, r *rig.Rig, n int) (idle, error) {
	server, c, at, err := b.echo(r, n)
	if err != nil {
		return idle{}, err
	}
	defer server.Stop()
	return b.idleOf(ctx, r, server, at, c)
}

// echo starts an echo server, and gives its crowd and where its memory is told.
func (b *Bench) echo(r *rig.Rig, n int) (*rig.Part, crowd, string, error) {
	ports, err := rig.FreePorts(2)
	if err != nil {
		return nil, crowd{}, "", err
	}
	p, err := rig.Start(r.Dir, nil, "echo", rig.Local(ports[0]), rig.Local(ports[1]))
	return p, crowd{URL: "http://" + rig.Local(ports[0]), N: n, Message: questionBytes}, rig.Local(ports[1]), err
}

func (b *Bench) idleOf(ctx context.Context, r *rig.Rig, server *rig.Part, at string, c crowd) (idle, error) {
	before, err := rig.MemoryAt(ctx, at, true)
	if err != nil {
		return idle{}, err
	}
	guests, err := b.gather(r, c)
	if err != nil {
		return idle{}, err
	}
	defer guests.Stop()
	sleep(ctx, b.Settle)
	began, spent := time.Now(), rig.CPU(server.PID)
	sleep(ctx, b.Settle)
	cpu := (rig.CPU(server.PID) - spent) / float64(time.Since(began).Milliseconds())
	after, err := rig.MemoryAt(ctx, at, true)
	each := func(x, y int64) float64 { return float64(y-x) / float64(c.N) }
	return idle{heap: each(before.Heap+before.Stacks, after.Heap+after.Stacks), rss: each(before.RSS, after.RSS), cpu: cpu},
		errors.Join(err, ctx.Err())
}

// everybody is row 8: a question to each, and when the last has it.
func (b *Bench) everybody(ctx context.Context, s *stand) error {
	if err := s.up(ctx, ""); err != nil {
		return err
	}
	defer s.down()
	if err := load.SignIn(ctx, s.holdfast.URL, s.keys[0], s.customers); err != nil {
		return err
	}
	c, err := ofCustomers(s.holdfast.URL, s.customers)
	if err != nil {
		return err
	}
	guests, err := b.gather(s.rig, c)
	if err != nil {
		return err
	}
	defer guests.Stop()
	began := time.Now()
	if err := guests.Tell("count"); err != nil {
		return err
	}
	for from := 0; from < len(s.customers); from += b.Batch {
		part := s.customers[from:min(from+b.Batch, len(s.customers))]
		err := load.Patiently(ctx, func() error {
			return s.engine.Batch(ctx, transactions(len(part)), func(i int) hold.CustomerID { return part[i].ID })
		})
		if err != nil {
			return err
		}
	}
	accepted := time.Now()
	heard, last, err := lastOf(ctx, guests)
	if err != nil {
		return err
	}
	if heard < len(s.customers) {
		b.report.Notes = append(b.report.Notes, fmt.Sprintf("Row 8: %d of %d questions had arrived when %s were over: the last one took longer "+
			"than the figure says.", heard, len(s.customers), patience))
	}
	server, e, _, err := b.echo(s.rig, b.Sockets)
	if err != nil {
		return err
	}
	defer server.Stop()
	others, err := b.gather(s.rig, e)
	if err != nil {
		return err
	}
	defer others.Stop()
	sent := time.Now()
	if err := others.Tell("count"); err != nil {
		return err
	}
	_, echoed, err := lastOf(ctx, others)
	if err != nil {
		return err
	}
	b.Say("  %d holds accepted in %.1f s, the last question %.1f s after the first 202", len(s.customers), accepted.Sub(began).Seconds(),
		last.Sub(began).Seconds())
	ours, theirs := []float64{max(0, load.MS(last.Sub(accepted)))}, []float64{load.MS(echoed.Sub(sent))}
	return b.figure("8", "ms", ours, theirs, over(ours, theirs))
}

// lastOf is how many questions a crowd heard, and when the last.
func lastOf(ctx context.Context, p *rig.Part) (heard int, last time.Time, err error) {
	select {
	case line := <-p.Lines:
		var at int64
		if _, err := fmt.Sscan(line, &heard, &at); err != nil {
			return 0, last, fmt.Errorf("the crowd said %q", line)
		}
		return heard, time.UnixMicro(at), nil
	case <-ctx.Done():
		return 0, last, ctx.Err()
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

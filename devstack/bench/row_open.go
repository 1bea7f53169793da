package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/report"
	"holdfast/hold"
)

// open is row 10: what a hold costs while others are open, with their workflows,
// which all came by the API and the relay.
func (b *Bench) open(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	s, err := b.stand(ctx, r, "open", b.Customers, 1)
	if err != nil {
		return err
	}
	if s.settings.Policy, err = writePolicy(b.dir, "6h"); err != nil {
		return err
	}
	s.settings.More = []string{"HOLDFAST_OFFLINE_WAIT=1s"} // then each has a workflow
	cost := report.Plot{Name: "open-cost", Title: "CPU of a hold, by open holds", X: "open holds and workflows", Y: "CPU-ms",
		Curves: []report.Curve{{Name: "together"}}}
	delay := report.Plot{Name: "open-delay", Title: "A hold's whole life, by open holds", X: "open holds and workflows", Y: "ms",
		Curves: []report.Curve{{Name: "p50"}, {Name: "p99"}}}
	cpu := map[int][]float64{}
	there := 0
	for _, n := range []int{b.Few, b.Open} {
		if err := s.fill(ctx, there, n); err != nil {
			return err
		}
		there = n
		for range b.Rounds {
			if err := s.connected(ctx, ""); err != nil {
				return err
			}
			s.settle(ctx)
			t, c, err := b.measured(ctx, r, fmt.Sprintf("with %d open", n), s.holdfast.Part, s.atOnce(ctx))
			s.down()
			if err != nil {
				return err
			}
			cpu[n] = append(cpu[n], c.Total())
			if len(cpu[n]) == b.Rounds {
				x := float64(n)
				cost.Curves[0].Points = append(cost.Curves[0].Points, report.Point{X: x, Y: report.SpreadOf(cpu[n]).Median})
				delay.Curves[0].Points = append(delay.Curves[0].Points, report.Point{X: x, Y: p50(t, "whole")})
				delay.Curves[1].Points = append(delay.Curves[1].Points, report.Point{X: x, Y: p99(t, "whole")})
			}
		}
	}
	b.report.Plots = append(b.report.Plots, cost, delay)
	if err := b.figure("10", "CPU-ms", cpu[b.Open], cpu[b.Few], over(cpu[b.Open], cpu[b.Few])); err != nil {
		return err
	}
	b.smaller("10", b.Open, fullOpen)
	return nil
}

// settle waits until a hold's life takes less than a second: what the others' workflows
// had to do as they began is then done.
func (s *stand) settle(ctx context.Context) {
	for began := time.Now(); time.Since(began) < 2*time.Minute && ctx.Err() == nil; {
		t := load.Loop(ctx, 1, 0, time.Second, func(bool) {}, func(_, i int, t *load.Tally) {
			load.Life(s.engine, s.ledger, s.customers[i%len(s.customers)], t)
		})
		if t.Done > 0 && p50(t, "whole") < 1000 {
			return
		}
	}
}

// fill opens holds until there are n, one for each of as many customers who are
// away, and waits until their workflows wait.
func (s *stand) fill(ctx context.Context, there, n int) error {
	s.Say("  opening holds until there are %d", n)
	if err := s.up(ctx, ""); err != nil {
		return err
	}
	defer s.down()
	away, err := load.Register(ctx, s.holdfast.URL, s.keys[0], fmt.Sprintf("away%d", there), n-there)
	if err != nil {
		return err
	}
	for from := 0; from < len(away); from += s.Batch {
		part := away[from:min(from+s.Batch, len(away))]
		if err := load.Patiently(ctx, func() error {
			return s.engine.Batch(ctx, transactions(len(part)), func(i int) hold.CustomerID { return part[i].ID })
		}); err != nil {
			return err
		}
	}
	for began := time.Now(); ; sleep(ctx, 200*time.Millisecond) {
		waiting, err := s.outbox(ctx)
		if err != nil || waiting == 0 || ctx.Err() != nil {
			return err
		}
		if time.Since(began) > time.Hour {
			return fmt.Errorf("%.0f messages still wait for Temporal after an hour", waiting)
		}
	}
}

var outboxRows = regexp.MustCompile(`(?m)^holdfast_outbox_rows (\S+)`)

// outbox is how many messages wait for Temporal, as Holdfast's metrics say.
func (s *stand) outbox(ctx context.Context) (float64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.holdfast.URL+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	m := outboxRows.FindSubmatch(b)
	if m == nil {
		return 0, errors.New("the metrics have no holdfast_outbox_rows")
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

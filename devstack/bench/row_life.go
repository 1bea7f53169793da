package bench

import (
	"context"

	"holdfast/devstack/bench/bare"
	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/report"
	"holdfast/devstack/bench/rig"

	"go.temporal.io/sdk/client"
)

// lives are what one shape did, round by round.
type lives struct {
	rate, cpu []float64
	last      rig.Cost
	trips     float64
}

// life is rows 1, 1w and 2, and on SQLite 1 and 1w.
func (b *Bench) life(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	if err := b.lifeOn(ctx, r, ""); err != nil || !b.SQLite || !b.wants("1", "1w") {
		return err
	}
	if r, err = b.on(ctx, true); err != nil {
		return err
	}
	return b.lifeOn(ctx, r, " SQLite")
}

func (b *Bench) lifeOn(ctx context.Context, r *rig.Rig, where string) error {
	s, err := b.stand(ctx, r, "life", b.Customers, 1)
	if err != nil {
		return err
	}
	shapes := []string{"V1"}
	if b.wants("1w") {
		shapes = append(shapes, "V1w")
	}
	reference := ""
	if b.wants("2") && !r.SQLite {
		shapes = append(shapes, "V6s")
		if reference, err = b.reference(ctx, r, "life_reference"); err != nil {
			return err
		}
	}
	seen := map[string]*lives{"Holdfast": {}}
	for range b.Rounds {
		if err := b.lifeOfHoldfast(ctx, s, seen["Holdfast"]); err != nil {
			return err
		}
		if err := b.livesOfShapes(ctx, r, reference, shapes, seen); err != nil {
			return err
		}
	}
	ours := seen["Holdfast"]
	if b.wants("1") {
		v1 := seen["V1"]
		if err := b.figure("1 CPU"+where, "CPU-ms", ours.cpu, v1.cpu, over(v1.cpu, ours.cpu)); err != nil {
			return err
		}
		if err := b.figure("1 rate"+where, "/s", ours.rate, v1.rate, over(ours.rate, v1.rate)); err != nil {
			return err
		}
	}
	for row, shape := range map[string]string{"1w": "V1w", "2": "V6s"} {
		if other := seen[shape]; other != nil && b.wants(row) {
			if err := b.figure(row+" CPU"+where, "CPU-ms", ours.cpu, other.cpu, over(other.cpu, ours.cpu)); err != nil {
				return err
			}
		}
	}
	return b.whatItCosts(ctx, s, seen, shapes, where)
}

// atOnce keeps holds of different customers under way.
func (s *stand) atOnce(ctx context.Context) work {
	return s.each(ctx, func(c *load.Customer, t *load.Tally) { load.Life(s.engine, s.ledger, c, t) })
}

// each keeps something under way for different customers.
func (s *stand) each(ctx context.Context, one func(c *load.Customer, t *load.Tally)) work {
	return func(edge func(bool)) (*load.Tally, error) {
		each := max(1, len(s.customers)/s.AtOnce)
		return load.Loop(ctx, s.AtOnce, s.Warm, s.Window, edge, func(w, i int, t *load.Tally) {
			one(s.customers[(w*each+i%each)%len(s.customers)], t)
		}), nil
	}
}

func (b *Bench) lifeOfHoldfast(ctx context.Context, s *stand, l *lives) error {
	if err := s.connected(ctx, ""); err != nil {
		return err
	}
	defer s.down()
	t, cost, err := b.measured(ctx, s.rig, "Holdfast", s.holdfast.Part, s.atOnce(ctx))
	if err != nil {
		return err
	}
	l.rate, l.cpu, l.last = append(l.rate, t.Rate), append(l.cpu, cost.Total()), cost
	return nil
}

func (b *Bench) livesOfShapes(ctx context.Context, r *rig.Rig, reference string, shapes []string, seen map[string]*lives) error {
	app, err := b.bare(ctx, r, reference)
	if err != nil {
		return err
	}
	defer app.Stop()
	for _, shape := range shapes {
		t, cost, err := b.measured(ctx, r, shape, app, func(edge func(bool)) (*load.Tally, error) {
			return bare.Run(app, bare.Command{Shape: shape, AtOnce: b.AtOnce, Warm: b.Warm, Window: b.Window}, edge)
		})
		if err != nil {
			return err
		}
		l := seen[shape]
		if l == nil {
			l = &lives{}
			seen[shape] = l
		}
		l.rate, l.cpu, l.last = append(l.rate, t.Rate), append(l.cpu, cost.Total()), cost
	}
	return nil
}

// whatItCosts puts on record what each shape's last round cost, and for
// Holdfast its round trips and its histories.
func (b *Bench) whatItCosts(ctx context.Context, s *stand, seen map[string]*lives, shapes []string, where string) error {
	c := report.Costs{Of: "Holdfast" + where, Cost: seen["Holdfast"].last}
	if !s.rig.SQLite {
		p, err := rig.StartProxy(s.rig.Postgres)
		if err != nil {
			return err
		}
		defer p.Stop()
		direct := s.settings.Database
		s.settings.Database = p.Through(s.rig.Postgres, s.name)
		defer func() { s.settings.Database = direct }()
		if err := s.connected(ctx, ""); err != nil {
			return err
		}
		var trips [2]int64
		t, err := s.atOnce(ctx)(func(begins bool) {
			if begins {
				trips[0] = p.Trips()
			} else {
				trips[1] = p.Trips()
			}
		})
		s.down()
		if err != nil {
			return err
		}
		c.Trips = float64(trips[1]-trips[0]) / float64(max(t.Done, 1))
		if c.Events, c.Bytes, err = b.histories(ctx, s.rig, direct); err != nil {
			return err
		}
	}
	b.report.Costs = append(b.report.Costs, c)
	for _, shape := range shapes {
		b.report.Costs = append(b.report.Costs, report.Costs{Of: shape + where, Cost: seen[shape].last})
	}
	return ctx.Err()
}

// histories says how long the workflows of settled holds are.
func (b *Bench) histories(ctx context.Context, r *rig.Rig, database string) (events, bytes float64, err error) {
	db, err := dial(ctx, database)
	if err != nil {
		return 0, 0, err
	}
	defer db.Close() //nolint:errcheck // a look
	var ids []string
	if err := db.SelectContext(ctx, &ids, `SELECT id FROM holds WHERE status = 'released' ORDER BY id DESC LIMIT 30`); err != nil {
		return 0, 0, err
	}
	c, err := client.Dial(client.Options{HostPort: r.TemporalAddress, Logger: rig.Quiet{}})
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	for _, id := range ids {
		d, err := c.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return 0, 0, err
		}
		events += float64(d.WorkflowExecutionInfo.HistoryLength) / float64(len(ids))
		bytes += float64(d.WorkflowExecutionInfo.HistorySizeBytes) / float64(len(ids))
	}
	return events, bytes, nil
}

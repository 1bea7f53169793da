package bench

import (
	"context"

	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/report"
)

// asleep is a hold's life with a phone that has no socket and is woken.
func (b *Bench) asleep(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	s, err := b.stand(ctx, r, "asleep", b.Customers, 1)
	if err != nil {
		return err
	}
	service, err := load.StartPushService()
	if err != nil {
		return err
	}
	defer service.Stop()
	s.settings.More = []string{"HOLDFAST_WAKE_URL=" + service.URL, "HOLDFAST_WAKE_SECRETS=" + load.Secret}
	ours, seen := &lives{}, map[string]*lives{}
	for range b.Rounds {
		if err := s.lifeAsleep(ctx, service, ours); err != nil {
			return err
		}
		if err := b.livesOfShapes(ctx, r, "", []string{"V1"}, seen); err != nil {
			return err
		}
	}
	c := report.Costs{Of: "Holdfast, asleep", Cost: ours.last}
	if c.Events, c.Bytes, err = b.histories(ctx, r, s.settings.Database); err != nil {
		return err
	}
	b.report.Costs = append(b.report.Costs, c)
	return b.figure("asleep CPU", "CPU-ms", ours.cpu, seen["V1"].cpu, over(seen["V1"].cpu, ours.cpu))
}

func (s *stand) lifeAsleep(ctx context.Context, service *load.PushService, l *lives) error {
	if err := s.up(ctx, ""); err != nil {
		return err
	}
	defer s.down()
	if err := load.SignIn(ctx, s.holdfast.URL, s.keys[0], s.customers); err != nil {
		return err
	}
	t, cost, err := s.measured(ctx, s.rig, "Holdfast, asleep", s.holdfast.Part, s.each(ctx, func(c *load.Customer, t *load.Tally) {
		load.LifeAsleep(s.engine, s.ledger, service, c, t)
	}))
	if err != nil {
		return err
	}
	l.rate, l.cpu, l.last = append(l.rate, t.Rate), append(l.cpu, cost.Total()), cost
	return nil
}

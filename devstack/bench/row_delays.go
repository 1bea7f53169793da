package bench

import (
	"context"
	"errors"
	"time"

	"holdfast/devstack/bench/bare"
	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/rig"

	"github.com/jackc/pgx/v5"
)

// delays is rows 3 and 3a: one hold at a time, on a machine that does nothing
// else for Holdfast.
func (b *Bench) delays(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	s, err := b.stand(ctx, r, "delays", min(b.Customers, 64), 1)
	if err != nil {
		return err
	}
	var ledger, ask, bareEnd, bareStart, notify []float64
	for range b.Rounds {
		if err := s.connected(ctx, ""); err != nil {
			return err
		}
		t := load.Loop(ctx, 1, b.Window/3, b.Window, func(bool) {}, func(_, i int, t *load.Tally) {
			load.Life(s.engine, s.ledger, s.customers[i%len(s.customers)], t)
		})
		s.down()
		ledger, ask = append(ledger, p50(t, "ledger")), append(ask, p50(t, "ask"))
		b.Say("  Holdfast: asked %.1f ms after the 202, ledger %.1f ms after the answer, n %d%s", p50(t, "ask"), p50(t, "ledger"), t.Done,
			troubles(t))
		for shape, into := range map[string]*[]float64{"V1g": &bareEnd, "V1s": &bareStart} {
			app, err := b.bare(ctx, r, "")
			if err != nil {
				return err
			}
			t, err = bare.Run(app, bare.Command{Shape: shape, AtOnce: 1, Warm: b.Window / 3, Window: b.Window}, func(bool) {})
			app.Stop()
			if err != nil {
				return err
			}
			*into = append(*into, p50(t, "end"))
			b.Say("  %s: completed %.1f ms after the signal, n %d%s", shape, p50(t, "end"), t.Done, troubles(t))
		}
		one, err := b.notifies(ctx, r)
		if err != nil {
			return err
		}
		notify = append(notify, one)
	}
	if b.wants("3") {
		if err := errors.Join(b.figure("3", "ms", ledger, bareEnd, over(ledger, bareEnd)),
			b.figure("3 start", "ms", ledger, bareStart, over(ledger, bareStart))); err != nil {
			return err
		}
	}
	if b.wants("3a") {
		return b.figure("3a", "ms", ask, notify, over(ask, notify))
	}
	return nil
}

func p50(t *load.Tally, step string) float64 { return load.MS(load.Quantile(t.Took[step], .5)) }

// notifies is how long a commit and then a NOTIFY take until they are heard.
func (b *Bench) notifies(ctx context.Context, r *rig.Rig) (ms float64, err error) {
	url, err := r.Postgres.Fresh(ctx, "notify", "")
	if err != nil {
		return 0, err
	}
	said, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer said.Close(ctx) //nolint:errcheck // the end
	heard, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer heard.Close(ctx) //nolint:errcheck // the end
	if _, err := said.Exec(ctx, `CREATE TABLE said (n int)`); err != nil {
		return 0, err
	}
	if _, err := heard.Exec(ctx, `LISTEN bench`); err != nil {
		return 0, err
	}
	var took []time.Duration
	for i := range 200 {
		began := time.Now()
		if _, err := said.Exec(ctx, `INSERT INTO said VALUES ($1)`, i); err != nil {
			return 0, err
		}
		if _, err := said.Exec(ctx, `SELECT pg_notify('bench', 'x')`); err != nil {
			return 0, err
		}
		if _, err := heard.WaitForNotification(ctx); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	return load.MS(load.Quantile(took, .5)), nil
}

package bench

import (
	"context"
	"fmt"
	"time"

	"holdfast/devstack/bench/bare"
	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/rig"
	"holdfast/hold"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// intake is rows 4 and 5: what the API takes in, beside the same rows written
// by whoever knows nothing of holds.
func (b *Bench) intake(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	s, err := b.stand(ctx, r, "intake", b.Customers, 4)
	if err != nil {
		return err
	}
	url, err := b.reference(ctx, r, "intake_reference")
	if err != nil {
		return err
	}
	db, err := pool(ctx, url, b.AtOnce)
	if err != nil {
		return err
	}
	defer db.Close()
	var post, insert, batch, copied []float64
	for range b.Rounds {
		if b.wants("4") {
			ours, theirs, err := b.singles(ctx, s, db)
			if err != nil {
				return err
			}
			post, insert = append(post, ours), append(insert, theirs)
		}
		if b.wants("5") {
			ours, theirs, err := b.batches(ctx, s, r, url)
			if err != nil {
				return err
			}
			batch, copied = append(batch, ours), append(copied, theirs)
		}
	}
	if b.wants("4") {
		if err := b.figure("4", "/s", post, insert, over(post, insert)); err != nil {
			return err
		}
	}
	if b.wants("5") {
		return b.figure("5", "/s", batch, copied, over(batch, copied))
	}
	return nil
}

// singles gives holds a second over the API, and by single INSERTs.
func (b *Bench) singles(ctx context.Context, s *stand, db *pgxpool.Pool) (ours, theirs float64, err error) {
	if err := s.up(ctx, "api"); err != nil {
		return 0, 0, err
	}
	loop := func(one func(n int) error) *load.Tally {
		return load.Loop(ctx, b.AtOnce, b.Window/6, b.Window/2, func(bool) {}, func(w, i int, t *load.Tally) {
			if err := one(w*8 + i%8); err != nil {
				t.Fail(err.Error())
				return
			}
			t.Count(nil)
		})
	}
	t := loop(func(n int) error {
		code, _, err := s.engine.Post(load.NewTransaction(), s.customers[n%len(s.customers)].ID)
		if err == nil && code != 202 {
			err = fmt.Errorf("the API answered %d", code)
		}
		return err
	})
	s.down()
	u := loop(func(n int) error { return bare.Insert(ctx, db, n%bare.Customers) })
	b.Say("  POST %.0f/s%s, INSERT %.0f/s%s", t.Rate, troubles(t), u.Rate, troubles(u))
	return t.Rate, u.Rate, ctx.Err()
}

// batches gives lines a second over the API, and by COPY, on one connection.
func (b *Bench) batches(ctx context.Context, s *stand, r *rig.Rig, url string) (ours, theirs float64, err error) {
	if err := s.up(ctx, "api"); err != nil {
		return 0, 0, err
	}
	defer s.down()
	timed := func(one func() error) (float64, error) {
		began, lines := time.Now(), 0
		for time.Since(began) < b.Window/2 {
			if err := one(); err != nil {
				return 0, err
			}
			lines += b.Batch
		}
		return float64(lines) / time.Since(began).Seconds(), ctx.Err()
	}
	ours, err = timed(func() error {
		return s.engine.Batch(ctx, transactions(b.Batch), func(i int) hold.CustomerID { return s.customers[i%len(s.customers)].ID })
	})
	if err != nil {
		return 0, 0, err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close(ctx) //nolint:errcheck // the end
	theirs, err = timed(func() error { return bare.Copy(ctx, conn, b.Batch) })
	b.Say("  batch %.0f lines/s, COPY %.0f/s", ours, theirs)
	return ours, theirs, err
}

func transactions(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = load.NewTransaction()
	}
	return names
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"holdfast/api"
	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/rig"
	"holdfast/policy"
	"holdfast/store"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // its driver
	"github.com/jmoiron/sqlx"
	"go.yaml.in/yaml/v3"
)

// stand is a Holdfast with customers and a risk engine.
type stand struct {
	*Bench
	rig       *rig.Rig
	name      string
	settings  rig.Settings
	keys      []string
	customers []*load.Customer
	holdfast  *rig.Holdfast
	engine    *load.Engine
}

// stand makes a database with customers, and one client or several.
func (b *Bench) stand(ctx context.Context, r *rig.Rig, name string, customers, clients int) (s *stand, err error) {
	database := "sqlite:" + filepath.Join(r.Dir, name+".db")
	if !r.SQLite {
		if database, err = r.Postgres.Fresh(ctx, name, ""); err != nil {
			return nil, err
		}
	}
	s = &stand{Bench: b, rig: r, name: name, settings: rig.Settings{Database: database, Policy: b.policy, LedgerURL: b.ledger.URL,
		LedgerSecret: load.Secret}}
	if s.keys, err = migrate(ctx, database, clients); err != nil {
		return nil, err
	}
	if customers == 0 {
		return s, nil
	}
	b.Say("  %s: registering %d customers over the API", name, customers)
	if err := s.up(ctx, "api"); err != nil {
		return nil, err
	}
	defer s.down()
	s.customers, err = load.Register(ctx, s.holdfast.URL, s.keys[0], "c", customers)
	return s, err
}

// migrate makes the schema and the clients' keys, as an operator does.
func migrate(ctx context.Context, database string, clients int) (keys []string, err error) {
	db, err := store.Open(ctx, database, store.Options{Conns: 2})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	for i := range clients {
		key, row, err := api.NewKey(fmt.Sprintf("bank%d", i), api.Scopes)
		if err == nil {
			err = db.AddKey(ctx, row, "bench")
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// up starts Holdfast in some roles, or in all.
func (s *stand) up(ctx context.Context, roles string) (err error) {
	settings := s.settings
	settings.Roles = roles
	if s.holdfast, err = s.rig.StartHoldfast(ctx, settings); err == nil {
		s.engine = load.NewEngine(s.holdfast.URL, s.keys...)
	}
	return err
}

// connected starts Holdfast and connects everybody's phone.
func (s *stand) connected(ctx context.Context, roles string) error {
	if err := s.up(ctx, roles); err != nil {
		return err
	}
	if err := load.SignIn(ctx, s.holdfast.URL, s.keys[0], s.customers); err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	if err := load.Connect(ctx, s.holdfast.URL, s.customers); err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	return nil
}

func (s *stand) down() {
	load.Hangup(s.customers)
	if s.holdfast != nil {
		s.holdfast.Stop()
	}
}

// work is a loop that says when its window begins and ends.
type work func(edge func(begins bool)) (*load.Tally, error)

// measured is a loop with what it cost, and why it is worth nothing.
func (b *Bench) measured(ctx context.Context, r *rig.Rig, what string, app *rig.Part, run work) (*load.Tally, rig.Cost, error) {
	var snaps [2]rig.Snap
	var failed error
	t, err := run(func(begins bool) {
		i := 1
		if begins {
			i = 0
		}
		s, err := r.Snap(ctx, app.PID)
		snaps[i], failed = s, errors.Join(failed, err)
	})
	if err = errors.Join(err, failed, ctx.Err()); err != nil {
		return nil, rig.Cost{}, fmt.Errorf("%s: %w", what, err)
	}
	cost := rig.Between(snaps[0], snaps[1], t.Done)
	b.Say("  %s: %.1f a second, p50 %.1f ms, p99 %.1f ms, CPU %.1f ms each%s", what, t.Rate, load.MS(load.Quantile(t.Took["whole"], .5)),
		load.MS(load.Quantile(t.Took["whole"], .99)), cost.Total(), troubles(t))
	if t.Done == 0 {
		return nil, cost, fmt.Errorf("%s: nothing was done in the window%s", what, troubles(t))
	}
	return t, cost, nil
}

func troubles(t *load.Tally) string {
	if len(t.Failed) == 0 {
		return ""
	}
	return fmt.Sprintf(", FAILED %v", t.Failed)
}

func dial(ctx context.Context, url string) (*sqlx.DB, error) {
	db, err := sqlx.ConnectContext(ctx, "pgx", url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	return db, nil
}

// pool opens a pool of connections of pgx's own.
func pool(ctx context.Context, url string, conns int) (*pgxpool.Pool, error) {
	return pgxpool.New(ctx, fmt.Sprintf("%s&pool_max_conns=%d", url, conns))
}

// writePolicy writes the built-in policy with one rung.
func writePolicy(dir, timeout string) (string, error) {
	var all map[string]any
	if err := yaml.Unmarshal(policy.Default().Source(), &all); err != nil {
		return "", err
	}
	all["policy"] = "bench"
	rung := map[string]any{"name": "push", "ask": []any{map[string]any{"channel": "push", "min_uv": "pin"}}, "timeout": timeout}
	all["ladders"] = map[string]any{"push": map[string]any{"rungs": []any{rung}}}
	all["rules"] = []any{map[string]any{"name": "all", "ladder": "push"}}
	b, err := yaml.Marshal(all)
	if err != nil {
		return "", err
	}
	if _, err := policy.Load(b); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "policy-"+timeout+".yaml")
	return path, os.WriteFile(path, b, 0o600)
}

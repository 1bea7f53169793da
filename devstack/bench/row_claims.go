package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/report"
	"holdfast/devstack/bench/rig"
	"holdfast/devstack/issuer"
	"holdfast/devstack/stack"
)

// claims is row 9: agents take cases and put them back, so that as many wait as
// before.
func (b *Bench) claims(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	people := make([]issuer.Person, b.Agents)
	for i := range people {
		name := fmt.Sprintf("agent%d", i)
		people[i] = issuer.Person{Sub: name, Name: name, GivenName: name, Role: "agent"}
	}
	secret := stack.NewProviderKey()
	desk, err := issuer.Start("127.0.0.1:0", secret, people)
	if err != nil {
		return err
	}
	defer desk.Stop() //nolint:errcheck // the end
	sizes := []int{b.Few, b.Many / 10, b.Many, -b.Many}
	var queues []*queue
	for _, n := range sizes {
		q, err := b.queue(ctx, r, desk, secret, people, n)
		if q != nil {
			defer q.holdfast.Stop()
		}
		if err != nil {
			return err
		}
		queues = append(queues, q)
	}
	took := make([][]float64, len(queues))
	for range b.Rounds {
		for i, q := range queues {
			t, err := q.claim(ctx, b.Claims)
			if err != nil {
				return err
			}
			took[i] = append(took[i], p99(t, "claim"))
			b.Say("  %s: a claim's p50 %.1f ms, p99 %.1f ms", q.what, p50(t, "claim"), p99(t, "claim"))
		}
	}
	plot := report.Plot{Name: "queue", Title: "A claim, by cases that wait", X: "cases that wait", Y: "ms",
		Curves: []report.Curve{{Name: "p99"}}}
	for i, n := range sizes[:3] {
		plot.Curves[0].Points = append(plot.Curves[0].Points, report.Point{X: float64(n), Y: report.SpreadOf(took[i]).Median})
	}
	b.report.Plots = append(b.report.Plots, plot)
	return errors.Join(b.figure("9", "ms", took[2], took[0], over(took[2], took[0])),
		b.figure("9 skills", "ms", took[3], took[0], over(took[3], took[0])))
}

// queue is a call centre whose cases wait.
type queue struct {
	*stand
	what   string
	agents []*stack.Agent
}

// queue fills one: n cases that anybody may take, or, below 0, so many that
// nobody may, with a few behind them that anybody may. Filling is the one place
// where the bench writes Holdfast's tables: by the API it would take hours.
func (b *Bench) queue(ctx context.Context, r *rig.Rig, desk *issuer.Issuer, secret string, people []issuer.Person, n int) (*queue, error) {
	name := strings.ReplaceAll(fmt.Sprintf("claims_%d", n), "-", "past_")
	s, err := b.stand(ctx, r, name, 0, 1)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d waiting", n)
	fill := cases(0, n, "''", 400)
	if n < 0 {
		what = fmt.Sprintf("%d behind %d whose skill nobody has", b.Few, -n)
		fill = cases(0, -n, "'nobody'", 600) + cases(-n, b.Few, "''", 400)
	}
	if err := r.Postgres.Exec(ctx, name, fill+`ANALYZE cases; ANALYZE tasks;`); err != nil {
		return nil, fmt.Errorf("filling the queue: %w", err)
	}
	s.settings.More = []string{"HOLDFAST_OIDC_ISSUER=" + desk.URL, "HOLDFAST_OIDC_AUDIENCE=" + issuer.Audience,
		"HOLDFAST_OIDC_ROLE_CLAIM=" + issuer.RoleClaim}
	if err := s.up(ctx, "api"); err != nil {
		return nil, err
	}
	q := &queue{stand: s, what: what}
	for _, p := range people {
		a, err := stack.NewAgent(stack.Coordinates{URL: s.holdfast.URL, Issuer: desk.URL, IssuerKey: secret}, p.Sub)
		if err != nil {
			return q, err
		}
		q.agents = append(q.agents, a)
	}
	_, err = q.claim(ctx, len(q.agents)) // everybody signs in
	return q, err
}

// cases writes n customers with a case and a task each, the priorities spread.
func cases(from, n int, skill string, priority int) string {
	return fmt.Sprintf(`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at)
		SELECT 'q' || i, 'Q', 'en', 'UTC', 'x', 1, 1 FROM generate_series(%[1]d + 1, %[1]d + %[2]d) i;
	INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, expertise, created_at, updated_at)
		SELECT 'case_' || lpad(i::text, 26, '0'), 'q' || i, 'waiting', %[4]d + (i * 37) %% 90,
			(EXTRACT(EPOCH FROM now()) + 86400 + i %% 9000)::bigint * 1000000, 0, 'en',
			%[3]s, 1, 1 FROM generate_series(%[1]d + 1, %[1]d + %[2]d) i;
	INSERT INTO tasks (id, case_id, customer_id, kind, status, priority, deadline, ready_at, due_at, language, created_at)
		SELECT 'task_' || lpad(i::text, 26, '0'), 'case_' || lpad(i::text, 26, '0'), 'q' || i, 'help', 'open', 500, 0, 0, 0, 'en', 1
			FROM generate_series(%[1]d + 1, %[1]d + %[2]d) i;`, from, n, skill, priority)
}

// claim has the agents take n cases in all, one agent at a time, and put each
// back.
func (q *queue) claim(ctx context.Context, n int) (*load.Tally, error) {
	t := load.NewTally(time.Now(), time.Now().Add(time.Hour))
	for i := range n {
		a := q.agents[i%len(q.agents)]
		if _, err := a.Token(ctx); err != nil {
			return nil, err
		}
		var got client.Case
		began := time.Now()
		res, err := a.NextCase(ctx)
		took := time.Since(began)
		if err == nil && res.StatusCode == 204 {
			_ = res.Body.Close()
			return nil, errors.New("nothing waits")
		}
		if err := stack.Reply(res, err, &got); err != nil {
			return nil, fmt.Errorf("a claim: %w", err)
		}
		res, err = a.ReturnCase(ctx, got.Id)
		if err := stack.Reply(res, err, nil); err != nil {
			return nil, fmt.Errorf("putting it back: %w", err)
		}
		t.Count(map[string]time.Duration{"claim": took})
	}
	return t, nil
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/devstack/bench/bare"
	"holdfast/devstack/bench/load"
	"holdfast/devstack/phone"

	"github.com/jackc/pgx/v5/pgxpool"
)

// inFlight is how many answers are at once under way.
const inFlight = 100

// acknowledgements is row 6: everybody has a question, and many answer at once.
// What they wait for is a durable answer, not the decision.
func (b *Bench) acknowledgements(ctx context.Context) error {
	r, err := b.on(ctx, false)
	if err != nil {
		return err
	}
	s, err := b.stand(ctx, r, "acknowledgements", b.Questions*b.Rounds, 2)
	if err != nil {
		return err
	}
	questions, err := s.ask(ctx)
	defer s.down()
	if err != nil {
		return err
	}
	url, err := b.reference(ctx, r, "acknowledgements_reference")
	if err != nil {
		return err
	}
	db, err := pool(ctx, url, 16) // as many as Holdfast has for its customers
	if err != nil {
		return err
	}
	defer db.Close()
	var ours, theirs []float64
	for i := range b.Rounds {
		t := load.NewTally(time.Now(), time.Now().Add(time.Hour))
		if err := load.Each(inFlight, questions[i*b.Questions:(i+1)*b.Questions], func(q question) error { return q.answer(t) }); err != nil {
			return err
		}
		u, err := b.bareAnswers(ctx, db)
		if err != nil {
			return err
		}
		ours, theirs = append(ours, p99(t, "acknowledge")), append(theirs, p99(u, "acknowledge"))
		b.Say("  p99 %.1f ms (p50 %.1f), through pgx %.1f ms (p50 %.1f)", p99(t, "acknowledge"), p50(t, "acknowledge"), p99(u, "acknowledge"),
			p50(u, "acknowledge"))
	}
	return b.figure("6", "ms", ours, theirs, over(ours, theirs))
}

func p99(t *load.Tally, step string) float64 { return load.MS(load.Quantile(t.Took[step], .99)) }

// question is an open one on somebody's phone.
type question struct {
	customer *load.Customer
	message  phone.Message
}

// ask has a question opened to each customer, and leaves only what answers are
// judged by: nobody decides meanwhile.
func (s *stand) ask(ctx context.Context) ([]question, error) {
	if err := s.connected(ctx, ""); err != nil {
		return nil, err
	}
	heard := map[*load.Customer]<-chan phone.Message{}
	names := map[*load.Customer]string{}
	for _, c := range s.customers {
		names[c] = load.NewTransaction()
		heard[c] = c.Expect(names[c])
	}
	err := load.Each(32, s.customers, func(c *load.Customer) error {
		err := s.engine.Hold(ctx, names[c], c.ID)
		if err == nil {
			_, err = hear(ctx, heard[c])
		}
		return err
	})
	s.down()
	if err != nil {
		return nil, fmt.Errorf("asking everybody: %w", err)
	}
	for _, c := range s.customers {
		heard[c] = c.Expect(names[c])
	}
	if err := s.connected(ctx, "api,gateway"); err != nil {
		return nil, err
	}
	questions := make([]question, len(s.customers))
	for i, c := range s.customers {
		m, err := hear(ctx, heard[c])
		if err != nil {
			return nil, fmt.Errorf("asking %s again: %w", c.ID, err)
		}
		questions[i] = question{c, m}
	}
	return questions, nil
}

func hear(ctx context.Context, from <-chan phone.Message) (phone.Message, error) {
	select {
	case m := <-from:
		return m, nil
	case <-ctx.Done():
		return phone.Message{}, ctx.Err()
	case <-time.After(30 * time.Second):
		return phone.Message{}, errors.New("nothing was heard in 30 s")
	}
}

func (q question) answer(t *load.Tally) error {
	result := q.customer.Expect(string(q.message.Challenge.ID))
	began := time.Now()
	if err := q.customer.Approve(q.message); err != nil {
		return err
	}
	r, err := hear(context.Background(), result)
	if err != nil || r.Result != "accepted" {
		return errors.Join(err, fmt.Errorf("an answer was %q", r.Result))
	}
	t.Count(map[string]time.Duration{"acknowledge": time.Since(began)})
	return nil
}

// bareAnswers asks and answers by the store's statements alone.
func (b *Bench) bareAnswers(ctx context.Context, db *pgxpool.Pool) (*load.Tally, error) {
	type asked struct {
		id string
		of int
	}
	all := make([]*asked, b.Questions)
	for i := range all {
		all[i] = &asked{of: i % bare.Customers}
	}
	err := load.Each(16, all, func(a *asked) (err error) { a.id, err = bare.Ask(ctx, db, a.of); return err })
	if err != nil {
		return nil, err
	}
	t := load.NewTally(time.Now(), time.Now().Add(time.Hour))
	return t, load.Each(inFlight, all, func(a *asked) error {
		began := time.Now()
		err := bare.Answer(ctx, db, a.id, a.of)
		t.Count(map[string]time.Duration{"acknowledge": time.Since(began)})
		return err
	})
}

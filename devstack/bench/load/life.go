package load

import (
	"context"
	"time"
)

// patience is for what should take milliseconds.
const patience = 30 * time.Second

// Life is a hold's whole life: posted, asked, answered, acknowledged, and the
// ledger told.
func Life(e *Engine, l *Ledger, c *Customer, t *Tally) {
	transaction := NewTransaction()
	asked, told := c.Expect(transaction), l.Expect(transaction)
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := e.Hold(ctx, transaction, c.ID)
	accepted := time.Now()
	if err != nil {
		t.Fail("post: " + err.Error())
		return
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	steps := map[string]time.Duration{"accept": accepted.Sub(began)}
	var answered time.Time
	select {
	case m := <-asked:
		steps["ask"] = time.Since(accepted)
		result := c.Expect(string(m.Challenge.ID))
		_ = c.phone.Receipt(m.Challenge.ID)
		if err := c.Approve(m); err != nil {
			t.Fail("answer: " + err.Error())
			return
		}
		answered = time.Now()
		for len(steps) < 4 {
			select {
			case r := <-result:
				if r.Result != "accepted" {
					t.Fail("answer: " + r.Result)
					return
				}
				steps["acknowledge"] = time.Since(answered)
			case at := <-told:
				steps["ledger"] = at.Sub(answered)
			case <-late.C:
				t.Fail("neither acknowledged nor told in time")
				return
			}
		}
	case <-late.C:
		t.Fail("not asked in time")
		return
	}
	steps["whole"] = time.Since(began)
	t.Count(steps)
}

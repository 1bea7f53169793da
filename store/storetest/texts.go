package storetest

import (
	"context"
	"sync/atomic"
	"time"

	"holdfast/hold"
	"holdfast/store"
)

// SMSLadder asks once by text and then waits.
func SMSLadder() hold.Ladder {
	r := Rung("text", 5*time.Minute, hold.SMS)
	r.Asks[0].Lifetime = hold.Duration(5 * time.Minute)
	return hold.Ladder{Name: "text", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{r}}
}

// Texted accepts a hold, opens its first rung and gives the SMS challenge.
func (b *Bundle) Texted(l hold.Ladder) (hold.ID, hold.Challenge) {
	b.T.Helper()
	id := b.Held(l)
	return id, b.Open(id)
}

// Open opens a hold's next rung and gives its latest challenge.
func (b *Bundle) Open(id hold.ID) hold.Challenge {
	b.T.Helper()
	_, err := b.OpenRung(context.Background(), id, 0, hold.NoRung, TextRules)
	b.Must(err)
	cs, err := b.Challenges(context.Background(), id)
	b.Must(err)
	if len(cs) == 0 {
		b.T.Fatal("no challenge was opened")
	}
	return cs[len(cs)-1]
}

// Compared counts how many codes were compared.
type Compared struct{ N atomic.Int64 }

// Judge says whether the code is right, and counts.
func (c *Compared) Judge(right bool) func(hold.Hold, hold.Challenge, hold.Instant) (hold.Verdict, error) {
	return func(hold.Hold, hold.Challenge, hold.Instant) (hold.Verdict, error) {
		c.N.Add(1)
		if !right {
			return hold.Verdict{Refusal: hold.CodeIncorrect}, nil
		}
		return hold.Verdict{Answer: hold.Approve, UV: hold.UVNone}, nil
	}
}

// Code tries a code in the app.
func (b *Bundle) Code(c hold.Challenge, seen *Compared, right bool) store.AnswerResult {
	b.T.Helper()
	res, err := b.AnswerCode(context.Background(), store.CodeAttempt{CustomerID: c.CustomerID, ChallengeID: c.ID, Judge: seen.Judge(right)})
	b.Must(err)
	return res
}

// TextsWaiting are the ids of the texts whose workflows are to be started, and
// takes them from the outbox.
func (b *Bundle) TextsWaiting() (ids []string) {
	b.T.Helper()
	rows, err := b.ClaimOutbox(context.Background(), 10_000, time.Hour, time.Hour)
	b.Must(err)
	for _, r := range rows {
		if r.Kind == store.OutboxText {
			ids = append(ids, r.Workflow)
		}
	}
	b.Must(b.OutboxDone(context.Background(), rows))
	return ids
}

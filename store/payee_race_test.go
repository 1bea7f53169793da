package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"holdfast/audit"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

const verdictRaces = 1000

// TestVerdictRaces lets a verdict on the payee race with the answer, the conclusion and
// an amendment, a thousand times. What is released was concluded before the verdict came
// to it, and is to be called back; once the verdict is in force nothing that is looked
// at after that is released.
func TestVerdictRaces(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PatientURL(t))
	live, err := store.Open(ctx, b.URL, store.Options{Conns: 40}) // the database's own clock
	b.Must(err)
	t.Cleanup(func() { _ = live.Close() })
	b.Must(live.Deploy(ctx, storetest.CallRules))
	raw := storetest.Raw(t, b.URL)
	seen := &reached{times: map[hold.Reason]int{}}
	keys := payeeKeys(b, payeeKey)
	var customers []hold.Customer
	for i := range 6 {
		customers = append(customers, b.NewCustomer(hold.CustomerID(fmt.Sprintf("payer-%d", i))))
	}
	rounds := make(chan int)
	var wg sync.WaitGroup
	for _, c := range customers {
		wg.Go(func() {
			r := verdictRace{live, raw, b, keys, c}
			for i := range rounds {
				end, err := r.run(i)
				if err != nil {
					t.Error(err)
				}
				seen.add(end)
			}
		})
	}
	for i := range verdictRaces {
		rounds <- i
	}
	close(rounds)
	wg.Wait()
	t.Logf("ends: %v", seen.times)
	if end := seen.missing(enough, "released", "held"); end != "" {
		t.Errorf("too few races ended %s: the test does not test that", end)
	}
}

type verdictRace struct {
	s    *store.Store
	raw  *sqlx.DB
	b    *storetest.Bundle
	keys counterparties.Keys
	c    hold.Customer
}

func (r verdictRace) run(i int) (hold.Reason, error) {
	dice := rand.New(rand.NewPCG(3, uint64(i)))
	account := fmt.Sprintf("%016d", i)
	a := r.b.Accepting(appThenCall())
	a.Request.CustomerID, a.Request.Payee.Account = r.c.ID, account
	a.Payee = r.keys.All(counterparties.Normal(account, "DE"))
	res, err := r.s.AcceptHold(ctx, a)
	if err != nil {
		return "", err
	}
	id, payee := res.HoldID, "cpty_"+a.Payee[0].Value[:32]
	cs, err := r.s.Challenges(ctx, id)
	if err != nil || len(cs) == 0 {
		return "", fmt.Errorf("%s is not asked: %v", id, err)
	}
	var verdict string
	var agreed hold.Instant // when it was in force for certain
	do := map[string]func() error{
		"answer":   func() error { _, err := act(r.s, id, cs[0].ID, r.c, op{"answer", hold.Approve}); return err },
		"conclude": func() error { _, _, err := r.s.Finish(ctx, id, storetest.CallRules); return err },
		"look":     func() error { _, _, err := r.s.Finish(ctx, id, storetest.CallRules); return err },
		"amend":    func() error { _, err := act(r.s, id, cs[0].ID, r.c, op{"amend", ""}); return err },
		"verdict": func() (err error) {
			if verdict, agreed, err = r.judge(payee); err != nil {
				return err
			}
			_, _, err = r.s.CarryTo(ctx, verdict, id)
			return err
		},
	}
	who := []string{"answer", "conclude", "look", "amend", "verdict"}
	if i%2 == 0 { // it is approved, and the conclusion races
		if err := do["answer"](); err != nil {
			return "", err
		}
		who = []string{"conclude", "look", "verdict"}
	}
	dice.Shuffle(len(who), func(x, y int) { who[x], who[y] = who[y], who[x] })
	if err := many(len(who), func(n int) error { return do[who[n]]() }); err != nil {
		return "", err
	}
	if _, _, err := r.s.Finish(ctx, id, storetest.CallRules); err != nil {
		return "", err
	}
	return r.judged(id, verdict, agreed)
}

// judge passes a verdict, and tells the time after its commit.
func (r verdictRace) judge(payee string) (id string, agreed hold.Instant, err error) {
	now, err := r.s.Now(ctx)
	if err != nil {
		return "", 0, err
	}
	if id, err = storetest.AskVerdict(r.raw, payee, "mule", now); err != nil {
		return id, 0, err
	}
	if err := storetest.AgreeVerdict(r.raw, id, now, now.Add(storetest.VerdictLasts)); err != nil {
		return id, 0, err
	}
	agreed, err = r.s.Now(ctx)
	return id, agreed, err
}

// judged says how a race ended, and what is wrong with that.
func (r verdictRace) judged(id hold.ID, verdict string, agreed hold.Instant) (hold.Reason, error) {
	h, err1 := r.s.Hold(ctx, id)
	chain, head, err2 := r.s.Chain(ctx, string(id))
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	if faults := audit.Verify(string(id), chain, head); len(faults) > 0 {
		return "", fmt.Errorf("the trail: %v", faults)
	}
	var ks []string
	for _, stored := range chain {
		e, err := audit.Parse(stored.Bytes)
		if err != nil {
			return "", err
		}
		ks = append(ks, e.Kind)
	}
	mark, decided, recall := slices.Index(ks, "hold.payee_verdict"), slices.Index(ks, "hold.decided"), slices.Index(ks, "recall.proposed")
	switch {
	case h.Decision == nil && (h.VerdictID != verdict || mark < 0):
		return "held", fmt.Errorf("%s is held, and the verdict did not come to it: %v", id, ks)
	case h.Decision == nil:
		return "held", nil
	case h.Decision.Outcome != hold.Release:
		return hold.Reason(h.Decision.Outcome), nil
	case mark >= 0:
		return "released", fmt.Errorf("%s was released after the verdict came to it: %v", id, ks)
	case h.Decision.DecidedAt > agreed:
		return "released", fmt.Errorf("%s was released at %d, and the verdict was in force at %d: %v", id, h.Decision.DecidedAt, agreed, ks)
	case recall < decided:
		return "released", fmt.Errorf("%s was released before the verdict, and nobody calls it back: %v", id, ks)
	}
	return "released", nil
}

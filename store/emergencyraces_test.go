package store_test

import (
	"fmt"
	"sync"
	"testing"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
	"holdfast/store/storetest"
)

// stopRaces is how often a release meets an emergency.
const stopRaces = 1000

// A release that was approved meets the emergency, which meets another: either the release
// was first, and the emergency counts it out, or it never comes. What the emergency says
// that it did is what it did.
func TestReleaseMeetsEmergency(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PatientURL(t))
	live, err := store.Open(ctx, b.URL, store.Options{Conns: 24}) // the database's own clock
	b.Must(err)
	t.Cleanup(func() { _ = live.Close() })
	var mu sync.Mutex
	ends := map[hold.Status]int{}
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range jobs {
				to, err := stopRace(live, b, i)
				if err != nil {
					t.Error(err)
					continue
				}
				mu.Lock()
				ends[to]++
				mu.Unlock()
			}
		})
	}
	for i := range stopRaces {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	t.Logf("ends: %v", ends)
	if ends[hold.Held] < enough || ends[hold.Releasing] < enough {
		t.Errorf("ends %v: the test does not test that", ends)
	}
	b.Store = live
	verify(b)
}

func stopRace(s *store.Store, b *storetest.Bundle, i int) (hold.Status, error) {
	id := hold.CustomerID(fmt.Sprintf("stopper-%d", i))
	c, why, err := s.PutCustomer(ctx, store.PutCustomer{ID: id, Name: "R", Locale: "en", TimeZone: "UTC", Phrase: "p", Actor: "test",
		MayBackdate: true, Devices: []store.PutDevice{{Name: "old", PublicKey: []byte(id), Since: storetest.Start}}})
	if err := storetest.ErrorOf(why, err); err != nil {
		return "", err
	}
	a := b.Accepting(storetest.PushLadder())
	a.Request.CustomerID = id
	res, err := s.AcceptHold(ctx, a)
	if err != nil {
		return "", err
	}
	if _, err := s.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.Rules); err != nil {
		return "", err
	}
	cs, err := s.Challenges(ctx, res.HoldID)
	if err != nil {
		return "", err
	}
	if _, err := act(s, res.HoldID, cs[0].ID, c, op{"answer", hold.Approve}); err != nil {
		return "", err
	}
	pressed := make([]store.Emergency, 2)
	err = many(3, func(n int) (err error) {
		if n == 2 {
			_, _, err = s.Finish(ctx, res.HoldID, storetest.Rules)
			return err
		}
		pressed[n], err = s.StopEverything(ctx, store.Stop{CustomerID: id, Route: protection.ByApp, Actor: store.ActorCustomer})
		return err
	})
	if err != nil {
		return "", err
	}
	if fmt.Sprintf("%+v", pressed[0]) != fmt.Sprintf("%+v", pressed[1]) {
		return "", fmt.Errorf("%s: two presses, %+v and %+v", id, pressed[0], pressed[1])
	}
	did, err := pressed[0].Did()
	if err != nil {
		return "", err
	}
	if _, _, err := s.Finish(ctx, res.HoldID, storetest.Rules); err != nil { // whoever comes later
		return "", err
	}
	h, err := s.Hold(ctx, res.HoldID)
	if err != nil {
		return "", err
	}
	switch first := h.Decision != nil && h.Decision.DecidedAt < pressed[0].At; {
	case h.Status == hold.Held && did.Held == 1 && did.Approvals == 1:
	case h.Status == hold.Releasing && first && did.Held == 0 && did.Approvals == 0:
	default:
		return "", fmt.Errorf("%s: %s, decided %+v, stopped at %d, did %+v", id, h.Status, h.Decision, pressed[0].At, did)
	}
	return h.Status, nil
}

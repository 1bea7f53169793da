package store_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A loosening races what is stricter, a thousand times: a tightening, a freeze, a stop and a
// scam. The stricter lock is in force after each, and nothing comes that what is stricter
// could have ended.
func TestLooseningRaces(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	races, at := 1000, 4
	if testing.Short() {
		races = 100
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	ends := map[string]int{}
	for w := range at {
		wg.Go(func() {
			for i := w; i < races; i += at {
				end, err := lockRace(b, i)
				if err != nil {
					t.Errorf("race %d: %v", i, err)
					return
				}
				mu.Lock()
				ends[end]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Log(ends)
	for _, end := range []string{"tightening first", "tightening last", "freeze first", "freeze last", "stop last"} {
		if ends[end] == 0 && races == 1000 {
			t.Errorf("never: %s", end)
		}
	}
	verify(b)
}

// lockRace lets two act on one customer's limit at once, and tells who came first.
func lockRace(b *storetest.Bundle, i int) (string, error) {
	id := hold.CustomerID(fmt.Sprint("race", i))
	c := b.NewCustomer(id)
	put := func(to *protection.Lock, p *store.DeviceProof) (hold.Refusal, error) {
		_, why, err := b.PutLock(ctx, store.PutLock{CustomerID: id, Kind: protection.Limit, To: to, Route: protection.ByApp, Actor: "customer",
			Proof: p, Rules: store.LockRules{Terms: protection.Terms{Wait: time.Hour}}})
		return why, err
	}
	if why, err := put(dayLimit(100), nil); err != nil || why != "" {
		return "", storetest.ErrorOf(why, err)
	}
	nonce, why, err := b.EnrolmentNonce(ctx, id)
	if err != nil || why != "" {
		return "", storetest.ErrorOf(why, err)
	}
	word := &store.DeviceProof{Device: c.Devices[0].ID, Nonce: nonce,
		Verify: func(hold.Device, hold.Instant) (hold.Refusal, error) { return "", nil }}
	names := []string{"tightening", "freeze", "stop"}
	kind := names[i%len(names)]
	var loosened hold.Refusal
	errs := make([]error, 2)
	var wg sync.WaitGroup
	start := make(chan struct{})
	wg.Go(func() { <-start; loosened, errs[0] = put(dayLimit(500), word) })
	wg.Go(func() {
		<-start
		switch kind {
		case "tightening":
			_, errs[1] = put(dayLimit(50), nil)
		case "freeze":
			errs[1] = b.AskForHelp(ctx, id)
		case "stop":
			_, _, errs[1] = b.StopLock(ctx, id, protection.Limit, "customer")
		}
	})
	close(start)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return "", err
		}
	}
	return lockRaced(b, id, kind, loosened)
}

// lockRaced looks at what a race has left.
func lockRaced(b *storetest.Bundle, id hold.CustomerID, kind string, loosened hold.Refusal) (string, error) {
	l, err := b.Locks(ctx, id)
	if err != nil {
		return "", err
	}
	strict := map[string]int64{"tightening": 5000, "freeze": 10000, "stop": 10000}[kind]
	now := protection.Current(l.Records, protection.Limit, l.Now)
	if now == nil || now.Lock == nil || now.Lock.Caps[0].Minor != strict {
		return "", fmt.Errorf("%s: %+v in force", kind, now)
	}
	chain, _, err := b.Chain(ctx, "customer:"+string(id))
	if err != nil {
		return "", err
	}
	var loosenedAt, ended int // places in the chain; the first tightening is the lock's own
	for i, e := range chain {
		switch {
		case bytes.Contains(e.Bytes, []byte(`"lock.loosened"`)):
			loosenedAt = i
		case bytes.Contains(e.Bytes, []byte(`"lock.tightened"`)):
			ended = i
		}
	}
	coming := protection.Coming(l.Records, protection.Limit, l.Now)
	switch {
	case kind == "freeze" && coming != nil:
		return "", fmt.Errorf("%+v comes for a frozen customer", coming)
	case loosened != "" && coming != nil:
		return "", fmt.Errorf("%s: refused (%s), and it comes", kind, loosened)
	case loosened != "":
		return kind + " first", nil
	case coming != nil && ended > loosenedAt && kind != "stop":
		return "", fmt.Errorf("%s: %+v comes, which it ended", kind, coming)
	case coming != nil:
		return kind + " first", nil
	}
	return kind + " last", nil
}

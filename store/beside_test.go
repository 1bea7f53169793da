package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// Two pools of a process, and another process: what is committed on a pool is heard by
// all, and by its own process at once and once.
func TestHeardOnce(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	open := func(beside *store.Store) *store.Store {
		s, err := store.Open(ctx, b.URL, store.Options{Conns: 2, Beside: beside})
		b.Must(err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	first, other := open(nil), open(nil)
	beside := open(first)
	said, news := 0, map[*store.Store]chan string{first: make(chan string, 1000), other: make(chan string, 1000)}
	for s, c := range news {
		t.Cleanup(s.Bus.Watch(func(topic string) { c <- topic }))
	}
	says := func(s *store.Store, id string) {
		_, _, err := s.PutCustomer(ctx, store.PutCustomer{ID: hold.CustomerID(id), Name: "N", Locale: "en", TimeZone: "UTC", Actor: "t"})
		b.Must(err)
	}
	// until repeats it until it is heard: a store listens from a moment after it is opened on.
	until := func(from, to *store.Store, id string) {
		for again := time.After(0); ; {
			select {
			case topic := <-news[to]:
				if to == first && topic == "said" {
					said++
				}
				if topic == id {
					return
				}
			case <-again:
				says(from, id)
				again = time.After(time.Second)
			}
		}
	}
	until(other, first, "ready")
	until(first, other, "listens")
	says(beside, "said")
	if len(news[first]) == 0 {
		t.Error("what one pool committed was not heard beside it at once")
	}
	until(beside, other, "told")
	until(other, first, "last") // what was told before is heard before
	expect(b, "times that it was heard", said, 1)
}

package policy

import (
	"strings"
	"sync"
	"testing"
)

func TestSetKeepsVersions(t *testing.T) {
	t.Parallel()
	first := mustLoad(t, head, reasonsPart, laddersPart, rulesPart)
	earlier := mustLoad(t, head, "min_device_age: 1h\n", reasonsPart, laddersPart, rulesPart)
	next := head + "min_device_age: 2h\n" + reasonsPart + laddersPart + rulesPart
	s := NewSet(first)

	s.Add(earlier)
	if s.Current() != first {
		t.Error("an added version runs")
	}
	if p, err := s.Reload([]byte("policy: broken\n")); p != nil || err == nil || s.Current() != first {
		t.Errorf("a faulty policy gave %v, %v, and %s runs", p, err, s.Current().Version())
	}
	p, err := s.Reload([]byte(next))
	if err != nil || s.Current() != p {
		t.Fatalf("reload: %v", err)
	}
	for _, want := range []*Policy{first, earlier, p} {
		if got, ok := s.Get(want.Version()); !ok || got != want {
			t.Errorf("version %s is gone", want.Version())
		}
	}
	if _, ok := s.Get("0123456789abcdef"); ok {
		t.Error("an unknown version was found")
	}
}

func TestSetIsSafeForManyGoroutines(t *testing.T) {
	t.Parallel()
	s := NewSet(Default())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			source := head + strings.Repeat("#\n", i) + reasonsPart + laddersPart + rulesPart
			p, err := s.Reload([]byte(source))
			if err != nil {
				t.Error(err)
				return
			}
			s.Add(p)
			if _, ok := s.Get(p.Version()); !ok || s.Current() == nil {
				t.Error("a version was lost")
			}
		})
	}
	wg.Wait()
}

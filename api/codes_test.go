package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The specification and the code know the same problems, with the same status.
func TestCodesAsSpecified(t *testing.T) {
	s, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	var specified, known []string
	for _, v := range s.doc.Components.Schemas["Problem"].Value.Properties["code"].Value.Enum {
		specified = append(specified, v.(string))
	}
	for code, c := range codes {
		known = append(known, code)
		if !strings.Contains(s.doc.Info.Description, fmt.Sprintf("| %s | %d |", code, c.status)) {
			t.Errorf("%s %d is not in the description's table", code, c.status)
		}
	}
	slices.Sort(specified)
	slices.Sort(known)
	if !slices.Equal(specified, known) {
		t.Errorf("specified %v\nknown %v", specified, known)
	}
	for pattern, op := range s.ops {
		if op.security == "apiKey" && op.scope == "" || op.scope != "" && !slices.Contains(Scopes, op.scope) {
			t.Errorf("%s has scope %q", pattern, op.scope)
		}
	}
}

// A bucket that is empty refuses, and its neighbour's is another.
func TestPace(t *testing.T) {
	p := newPace()
	for range 3 {
		if !p.allow("a", 0.001, 3) {
			t.Fatal("refused within the burst")
		}
	}
	if p.allow("a", 0.001, 3) || !p.allow("b", 0.001, 3) {
		t.Error("the buckets are not apart")
	}
	for i := range 3 * maxBuckets {
		p.allow(fmt.Sprint(i), 1, 1)
	}
	if n := len(p.now) + len(p.old); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
}

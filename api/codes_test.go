package api

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"holdfast/hold"
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

// Every refusal is told by a code: its own value, but for those that told and the
// handlers put otherwise.
func TestRefusalsHaveCodes(t *testing.T) {
	otherwise := []hold.Refusal{hold.Backdated, hold.SinceFuture, hold.RecallCurrency, hold.RecallMisplaced, // by the scope, by the field
		hold.LockDevice,                            // the same
		hold.NotAnAnswer,                           // only what answers is judged
		hold.LanguageMissing, hold.DocumentMissing} // by the field, before the record is asked
	src, err := os.ReadFile("../hold/verdict.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Refusal = "(\w+)"`).FindAllStringSubmatch(string(src), -1)
	if len(found) < 40 {
		t.Fatalf("only %d refusals found", len(found))
	}
	for _, m := range found {
		if _, known := codes[m[1]]; known == slices.Contains(otherwise, hold.Refusal(m[1])) {
			t.Errorf("%s: a code of the API: %t", m[1], known)
		}
	}
	for _, why := range []hold.Refusal{hold.Backdated, hold.SinceFuture} {
		if f := asFault(told(why, nil)); f.Code == "internal" {
			t.Errorf("%s is told as a fault of ours", why)
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

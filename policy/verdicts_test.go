package policy

import (
	"strings"
	"testing"
	"time"
)

// How long a verdict lasts is the policy's, or what is left out is as it is by default.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	source, _, found := strings.Cut(string(Default().Source()), "\nverdicts:")
	_, rest, _ := strings.Cut(string(Default().Source()), "recall: 336h}\n")
	if !found {
		t.Fatal("the default policy says nothing of verdicts")
	}
	for name, c := range map[string]struct {
		text string
		want Verdicts
	}{
		"nothing":    {"", Verdicts{90 * day, 14 * day}},
		"both":       {"verdicts: {expire: 720h, recall: 0s}\n", Verdicts{30 * day, 0}},
		"one of two": {"verdicts: {recall: 24h}\n", Verdicts{90 * day, day}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Load([]byte(source + "\n" + c.text + rest))
			if err != nil {
				t.Fatal(err)
			}
			if p.Verdicts() != c.want {
				t.Errorf("%+v, want %+v", p.Verdicts(), c.want)
			}
		})
	}
}

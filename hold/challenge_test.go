package hold_test

import (
	"slices"
	"testing"

	"holdfast/hold"
)

// Every pair of statuses is legal or not as the diagram shows.
func TestChallengeStatuses(t *testing.T) {
	t.Parallel()
	const o, a, e, u, c = hold.Open, hold.Answered, hold.Expired, hold.Undeliverable, hold.Cancelled
	type step struct{ from, to hold.ChallengeStatus }
	shown := []step{{o, a}, {o, e}, {o, u}, {o, c}, {u, o}, {u, a}, {e, a}, {c, a}, {a, a}}
	all := append([]hold.ChallengeStatus{"", "unknown"}, hold.ChallengeStatuses...)
	for _, from := range all {
		for _, to := range all {
			if got, want := from.CanBecome(to), slices.Contains(shown, step{from, to}); got != want {
				t.Errorf("%q to %q: %t, want %t", from, to, got, want)
			}
		}
	}
}

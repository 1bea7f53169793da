package cli_test

import (
	"testing"
	"time"

	"holdfast/store/storetest"
)

// An operator counts old holds, sends them away, and the trail is whole.
func TestRetire(t *testing.T) {
	b := storetest.New(t, storetest.SQLiteURL(t))
	t.Setenv("HOLDFAST_DATABASE", b.URL)
	b.Clock.Follow(func() time.Time { return time.Now().AddDate(0, 0, -100) })
	id := b.Held(storetest.PushLadder())
	_, _, err := b.Override(t.Context(), id, 1, "client:risk", "r")
	b.Must(err)
	b.Must(b.MarkSettled(t.Context(), id))
	_, err = b.Feed(t.Context(), 0, 1)
	b.Must(err)
	storetest.Raw(t, b.URL).MustExec(`DELETE FROM outbox`) // it was relayed
	b.Clock.Follow(time.Now)
	open := b.Held(storetest.PushLadder())

	day := time.Now().UTC().AddDate(0, 0, -91).Format(time.DateOnly)
	holdfast("", "retire").want(t, 2, "before")
	holdfast("", "retire", "--before", "soon").want(t, 2, "2026-01-31")
	holdfast("", "retire", "--before", time.Now().UTC().Format(time.DateOnly), "--yes").want(t, 2, "90 days")
	holdfast("", "retire", "--before", day).want(t, 0, "1 holds", "Nothing was deleted", "1 of 1 holds")
	holdfast("", "retire", "--before", day, "--yes").want(t, 0, "1 holds", "have left")
	holdfast("", "retire", "--before", day, "--yes", "--json").want(t, 0, `"holds": 0`)
	holdfast("", "audit", "verify").want(t, 0, "0 faults")
	holdfast("", "audit", "verify", "--subject", string(id)).want(t, 0, "1 chains")
	holdfast("", "audit", "verify", "--subject", string(open)).want(t, 0)
}

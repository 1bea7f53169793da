package api_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
	"holdfast/store/storetest"
)

// What warnings came to, of a time that is bounded; nothing is an empty list.
func TestWarningsOverHTTP(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := benchOn(t, b)
		look := func(query string) reply {
			return x.as("sam", "supervisor", "GET", "/v1/supervision/warnings"+query, nil)
		}
		if r := look(""); r.status != 200 || !bytes.Contains(r.body, []byte(`"groups":[]`)) {
			t.Errorf("nothing: %d %s", r.status, r.body)
		}
		began := b.Clock.Now()
		id, c := b.Asked(storetest.PushLadder())
		_, err := b.TakeInterview(t.Context(), store.Interview{CustomerID: b.Customer.ID, ChallengeID: c.ID, Via: interview.ViaCustomer,
			Author: "link", Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
				return store.Interviewed{Ruling: interview.Ruling{Level: interview.Wait, Warning: "w"}, Scenario: "romance", Version: "v1",
					Wait: 12 * time.Hour}, "", nil
			}})
		b.Must(err)
		b.Clock.Forward(45 * time.Minute)
		b.Say(c.ID, b.Old(), hold.Deny)
		_, err = b.Conclude(t.Context(), id)
		b.Must(err)
		_, _, err = b.LearnOutcome(t.Context(), store.Learnt{Client: storetest.Client, Word: hold.KnownOutcome{HoldID: id,
			Outcome: hold.AftermathFraud, At: b.Clock.Now(), Source: hold.SourcePolice}})
		b.Must(err)

		var ws client.Warnings
		x.read(look(""), 200, &ws)
		median := int64(45)
		want := client.WarningGroup{Scenario: "romance", PolicyVersion: "v1", Answered: 1, Waits: 1, DelayMinutes: 45,
			DelayMinutesMedian: &median, Reversed: 1, Fraud: 1,
			ByChoice: []client.WarningChoice{{Choice: "none", Payments: 1, Reversed: 1, Fraud: 1}}}
		if len(ws.Groups) != 1 || !reflect.DeepEqual(ws.Groups[0], want) || ws.To.Sub(ws.From) != 30*24*time.Hour || ws.More {
			t.Errorf("got %+v, want %+v", ws, want)
		}
		x.read(look("?from="+began.Add(time.Second).String()), 200, &ws)
		if len(ws.Groups) != 0 {
			t.Errorf("after it: %+v", ws)
		}
		for what, query := range map[string]string{
			"turned round":        "?from=" + began.Add(time.Hour).String() + "&to=" + began.String(),
			"empty":               "?from=" + began.String() + "&to=" + began.String(),
			"in the future":       "?from=" + began.Add(24*time.Hour).String(),
			"a microsecond more":  "?from=" + began.Add(-92*24*time.Hour-time.Microsecond).String() + "&to=" + began.String(),
			"no time":             "?from=yesterday",
			"unknown":             "?since=" + began.String(),
			"in another zone":     "?from=2026-03-01T12:00:00%2B01:00",
			"an absurd one":       "?to=9999-03-01T12:00:00Z",
			"of a day without it": "?from=2026-03-01",
		} {
			if r := look(query); r.code() != "field_invalid" {
				t.Errorf("%s: %d %s", what, r.status, r.body)
			}
		}
		if r := look("?from=" + began.Add(-92*24*time.Hour).String() + "&to=" + began.String()); r.status != 200 {
			t.Errorf("92 days: %d %s", r.status, r.body)
		}
	})
}

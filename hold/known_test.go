package hold

import "testing"

// A word is kept unless it says what is known already, or cannot be true.
func TestKnownOutcomeFollows(t *testing.T) {
	const accepted, now = Instant(100), Instant(200)
	word := func(change func(k *KnownOutcome)) KnownOutcome {
		k := KnownOutcome{HoldID: "hold_1", Outcome: AftermathFraud, Kind: "romance", At: 150, Source: SourcePolice, Author: "client:risk"}
		change(&k)
		return k
	}
	as := func(*KnownOutcome) {}
	known := word(func(k *KnownOutcome) { k.Revision, k.RecordedAt = 7, 160 })
	full := word(func(k *KnownOutcome) { k.Revision, k.RecordedAt = MaxWords, 160 })
	for name, c := range map[string]struct {
		word     KnownOutcome
		known    *KnownOutcome
		revision int // 0: nothing changes
		why      Refusal
	}{
		"the first":             {word(as), nil, 1, ""},
		"as it is known":        {word(func(k *KnownOutcome) { k.Author = "client:desk" }), &known, 0, ""},
		"another outcome":       {word(func(k *KnownOutcome) { k.Outcome, k.Kind = AftermathGenuine, "" }), &known, 8, ""},
		"another kind":          {word(func(k *KnownOutcome) { k.Kind = "invoice" }), &known, 8, ""},
		"another source":        {word(func(k *KnownOutcome) { k.Source = SourceRecall }), &known, 8, ""},
		"another time, earlier": {word(func(k *KnownOutcome) { k.At = 120 }), &known, 8, ""},
		"learnt now":            {word(func(k *KnownOutcome) { k.At = now }), nil, 1, ""},
		"learnt as it was held": {word(func(k *KnownOutcome) { k.At = accepted }), nil, 1, ""},
		"in the future":         {word(func(k *KnownOutcome) { k.At = now + 1 }), nil, 0, OutcomeTimeInvalid},
		"before it was held":    {word(func(k *KnownOutcome) { k.At = accepted - 1 }), &known, 0, OutcomeTimeInvalid},
		"the last":              {word(func(k *KnownOutcome) { k.Outcome = AftermathUnknown }), &full, 0, OutcomeLimit},
		"the last once more":    {word(as), &full, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			stands, changed, why := c.word.Follow(c.known, accepted, now)
			if changed != (c.revision != 0) || why != c.why {
				t.Fatalf("changed %t, refused %q; want %t, %q", changed, why, c.revision != 0, c.why)
			}
			var want KnownOutcome
			switch {
			case changed:
				want = c.word
				want.Revision, want.RecordedAt = c.revision, now
			case c.known != nil:
				want = *c.known
			}
			if stands != want {
				t.Errorf("on record is %+v, want %+v", stands, want)
			}
		})
	}
}

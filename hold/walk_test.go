package hold_test

import (
	"encoding/json"
	"testing"
	"time"

	"holdfast/hold"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

const start = hold.Instant(1_800_000_000_000_000)

// world is a hold as the record would keep it, moved by random events.
type world struct {
	facts    hold.Facts
	now      hold.Instant
	outcome  hold.Outcome
	reason   hold.Reason
	approved bool // some answer was an approve
	notMe    bool
}

func ladders(t *rapid.T) hold.Ladder {
	n := rapid.IntRange(1, 4).Draw(t, "rungs")
	l := hold.Ladder{Name: "l", Exhausted: rapid.SampledFrom([]hold.Exhausted{hold.ExhaustedWait, hold.ExhaustedReverse}).Draw(t, "exhausted")}
	for i := range n {
		r := hold.Rung{Name: string(rune('a' + i)), Quorum: rapid.SampledFrom([]hold.Quorum{hold.Any, hold.All}).Draw(t, "quorum"),
			Timeout:  hold.Duration(time.Duration(rapid.IntRange(1, 600).Draw(t, "timeout")) * time.Second),
			Approved: rapid.SampledFrom([]hold.Edge{hold.EdgeRelease, hold.EdgeNext}).Draw(t, "approved"),
			Refused:  hold.EdgeReverse, Unanswered: edge(t, i, n, "unanswered"), Undeliverable: edge(t, i, n, "undeliverable")}
		for _, c := range rapid.SliceOfNDistinct(rapid.SampledFrom([]hold.Channel{hold.Push, hold.SMS, hold.Callback}), 1, 2, rapid.ID).Draw(t,
			"channels") {
			r.Asks = append(r.Asks, hold.Ask{Channel: c})
		}
		l.Rungs = append(l.Rungs, r)
	}
	return l
}

func edge(t *rapid.T, at, n int, label string) hold.Edge {
	edges := []hold.Edge{hold.EdgeNext, hold.EdgeReverse}
	for later := at + 1; later < n; later++ {
		edges = append(edges, hold.Edge(rune('a'+later)))
	}
	return rapid.SampledFrom(edges).Draw(t, label)
}

// look walks as far as the walk wants now.
func (w *world) look(t *rapid.T) {
	for range 100 {
		if w.outcome != "" {
			return
		}
		step := hold.Walk(w.facts, w.now)
		switch step.Do {
		case hold.DoDecide:
			w.outcome, w.reason = step.Outcome, step.Reason
			return
		case hold.DoOpen:
			if step.Rung <= w.facts.Rung {
				t.Fatalf("the walk opens rung %d after %d", step.Rung, w.facts.Rung)
			}
			w.open(t, step.Rung)
		default:
			if step.Until > w.facts.Deadline {
				t.Fatalf("it waits until %s, past the deadline %s", step.Until, w.facts.Deadline)
			}
			if step.Until <= w.now {
				t.Fatalf("it waits for %s, which is past", step.Until)
			}
			return
		}
	}
	t.Fatal("the walk does not come to rest")
}

func (w *world) open(t *rapid.T, rung int) {
	w.facts.Rung = rung
	r := w.facts.Ladder.Rungs[rung]
	w.facts.RungEnds = min(w.now.Add(time.Duration(r.Timeout)), w.facts.Deadline)
	for _, a := range r.Asks {
		s := hold.Open
		if rapid.Bool().Draw(t, "undeliverable") {
			s = hold.Undeliverable
		}
		w.facts.Asked = append(w.facts.Asked, hold.Asked{Rung: rung, Channel: a.Channel, Status: s})
	}
}

func (w *world) answer(t *rapid.T) {
	var open []int
	for i, a := range w.facts.Asked {
		if a.Status == hold.Open {
			open = append(open, i)
		}
	}
	if len(open) == 0 || w.outcome != "" || w.now >= w.facts.Deadline {
		return
	}
	i := rapid.SampledFrom(open).Draw(t, "challenge")
	a := rapid.SampledFrom([]hold.Answer{hold.Approve, hold.Deny, hold.NotMe}).Draw(t, "answer")
	w.facts.Asked[i].Status, w.facts.Asked[i].Answer = hold.Answered, a
	w.approved = w.approved || a == hold.Approve
	if w.notMe = w.notMe || a == hold.NotMe; w.notMe {
		w.facts.Frozen = true
	}
}

// No sequence of events reaches two decisions, every sequence ends in one,
// not_me reverses at once, and nothing but an approve that the rules admit
// releases.
func TestEverySequenceEndsInOneDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{now: start, facts: hold.Facts{Ladder: ladders(t), Rung: hold.NoRung, Deadline: start.Add(time.Hour),
			Scam: rapid.Float64Range(0, 1).Draw(t, "scam") < 0.2, Frozen: rapid.Float64Range(0, 1).Draw(t, "frozen") < 0.2}}
		w.facts.Locked = rapid.Float64Range(0, 1).Draw(t, "locked") < 0.1
		frozenFromStart, lockedBefore := w.facts.Frozen, w.facts.Locked
		w.look(t)
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			before := w.outcome
			switch rapid.IntRange(0, 4).Draw(t, "event") {
			case 0, 1:
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "seconds")) * time.Second)
			case 2:
				w.answer(t)
			case 3:
				w.facts.Frozen = true
			case 4: // an amendment that a lock refuses
				if before == "" && rapid.Float64Range(0, 1).Draw(t, "refused") < 0.1 {
					w.facts.Locked, lockedBefore = true, true
				}
			}
			w.look(t)
			if before != "" && before != w.outcome {
				t.Fatalf("decided %s and then %s", before, w.outcome)
			}
			if w.notMe && before == "" && w.outcome != hold.Reverse {
				t.Fatalf("after a not_me the outcome is %q", w.outcome)
			}
		}
		w.now = max(w.now, w.facts.Deadline)
		w.look(t)
		if w.outcome == "" {
			t.Fatal("the deadline has passed and nothing is decided")
		}
		if lockedBefore && (w.outcome != hold.Reverse || !w.notMe && w.reason != hold.ReasonLocked) {
			t.Fatalf("a lock refuses it, and the outcome is %s for %s", w.outcome, w.reason)
		}
		if w.outcome == hold.Release {
			callback := false
			for _, a := range w.facts.Asked {
				callback = callback || a.Channel == hold.Callback && a.Answer == hold.Approve
			}
			if !w.approved || (w.facts.Scam || frozenFromStart) && !callback {
				t.Fatalf("released with approved %t, scam %t, frozen %t, callback %t", w.approved, w.facts.Scam, w.facts.Frozen, callback)
			}
		}
	})
}

// Every pair of statuses: only the steps of a hold's life are legal.
func TestTransitions(t *testing.T) {
	legal := map[[2]hold.Status]bool{{hold.Held, hold.Releasing}: true, {hold.Held, hold.Reversing}: true,
		{hold.Releasing, hold.Released}: true, {hold.Reversing, hold.Reversed}: true}
	all := []hold.Status{hold.Held, hold.Releasing, hold.Released, hold.Reversing, hold.Reversed}
	for _, from := range all {
		for _, to := range all {
			if got := from.CanBecome(to); got != legal[[2]hold.Status{from, to}] {
				t.Errorf("%s to %s: %t", from, to, got)
			}
		}
	}
}

// The same for texts, deliveries and wake-ups.
func TestTextTransitions(t *testing.T) {
	t.Parallel()
	const w, s, sent, d, f, c = hold.TextWaiting, hold.TextSending, hold.TextSent, hold.TextDelivered, hold.TextFailed, hold.TextCancelled
	texts := map[[2]hold.TextStatus]bool{{w, s}: true, {w, sent}: true, {w, f}: true, {w, c}: true, {s, w}: true, {s, sent}: true,
		{s, f}: true, {s, c}: true,
		{sent, d}: true, {sent, f}: true, {f, d}: true}
	for _, from := range hold.TextStatuses {
		for _, to := range hold.TextStatuses {
			if got := from.CanBecome(to); got != texts[[2]hold.TextStatus{from, to}] {
				t.Errorf("a text from %s to %s: %t", from, to, got)
			}
		}
	}
	const going, gone, failed = hold.DeliverySending, hold.DeliverySent, hold.DeliveryFailed
	deliveries := map[[2]hold.DeliveryStatus]bool{{going, gone}: true, {going, failed}: true, {failed, going}: true}
	for _, from := range []hold.DeliveryStatus{going, gone, failed} {
		for _, to := range []hold.DeliveryStatus{going, gone, failed} {
			if got := from.CanBecome(to); got != deliveries[[2]hold.DeliveryStatus{from, to}] {
				t.Errorf("a delivery from %s to %s: %t", from, to, got)
			}
		}
	}
	const waits, woken, refused = hold.WakeupWaiting, hold.WakeupSent, hold.WakeupFailed
	for _, from := range []hold.WakeupStatus{waits, woken, refused} {
		for _, to := range []hold.WakeupStatus{waits, woken, refused} {
			if got := from.CanBecome(to); got != (from == waits && to != waits) {
				t.Errorf("a wake-up from %s to %s: %t", from, to, got)
			}
		}
	}
}

// The canonical document is RFC 8785 by an implementation that is not ours.
func TestCanonicalDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := hold.Document{TransactionID: rapid.String().Draw(t, "id"), Kind: hold.KindTransfer,
			Amount:    hold.Money{Minor: rapid.Int64Range(1, hold.MaxMinor).Draw(t, "minor"), Currency: "EUR"},
			PayeeName: rapid.String().Draw(t, "name"), PayeeAccount: rapid.String().Draw(t, "account"),
			RequestedAt: hold.Instant(rapid.Int64Range(1, 4e15).Draw(t, "time"))}
		var v any
		if err := json.Unmarshal(d.Canonical(), &v); err != nil {
			t.Fatalf("%s: %v", d.Canonical(), err)
		}
		again, err := jcs.Transform(d.Canonical())
		if err != nil || string(again) != string(d.Canonical()) {
			t.Fatalf("%s is not canonical: %s, %v", d.Canonical(), again, err)
		}
	})
	d := hold.Document{TransactionID: "tx-1", Kind: hold.KindTransfer, Amount: hold.Money{Minor: 125000, Currency: "EUR"},
		PayeeName: "Anna Kovacs", PayeeAccount: "DE02", RequestedAt: hold.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))}
	const want = `{"amount":{"currency":"EUR","minor":125000},"id":"tx-1","kind":"transfer","payee":{"account":"DE02","name":"Anna Kovacs"},"time":"2026-01-02T03:04:05Z"}`
	if got := string(d.Canonical()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Who may approve: at the edges of the ages.
func TestMayApprove(t *testing.T) {
	h := hold.Hold{AcceptedAt: start, Request: hold.Request{CustomerID: "maria", Origin: hold.Origin{DeviceID: "dev_origin"}},
		Terms: hold.Terms{MinDeviceAge: hold.Duration(12 * time.Hour)}}
	for want, d := range map[hold.Refusal]hold.Device{
		"":                  {ID: "dev_a", CustomerID: "maria", Since: start.Add(-12 * time.Hour), EnrolledAt: start.Add(-12 * time.Hour)},
		hold.DeviceTooYoung: {ID: "dev_a", CustomerID: "maria", Since: start.Add(-12*time.Hour + time.Microsecond)},
		hold.DeviceOfOrigin: {ID: "dev_origin", CustomerID: "maria", Since: start.Add(-48 * time.Hour)},
		hold.DeviceUnknown:  {ID: "dev_a", CustomerID: "omar", Since: start.Add(-48 * time.Hour)},
		hold.DeviceRevoked:  {ID: "dev_a", CustomerID: "maria", Since: start.Add(-48 * time.Hour), RevokedAt: start},
	} {
		if got := hold.MayApprove(h, d); got != want {
			t.Errorf("%+v: %q, want %q", d, got, want)
		}
	}
	if got := hold.MayApprove(h, hold.Device{ID: "dev_b", CustomerID: "maria", Since: start.Add(time.Hour)}); got != hold.DeviceTooYoung {
		t.Errorf("enrolled after the hold: %q", got)
	}
}

// Not_me beats deny beats approve, whatever the order of the challenges.
func TestPrecedence(t *testing.T) {
	l := hold.Ladder{Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{{Name: "a", Quorum: hold.Any, Approved: hold.EdgeRelease,
		Refused:    hold.EdgeReverse,
		Unanswered: hold.EdgeNext, Undeliverable: hold.EdgeNext, Asks: []hold.Ask{{Channel: hold.Push}, {Channel: hold.SMS},
			{Channel: hold.Callback}}}}}
	asked := func(as ...hold.Answer) (out []hold.Asked) {
		for i, a := range as {
			out = append(out, hold.Asked{Channel: []hold.Channel{hold.Push, hold.SMS, hold.Callback}[i], Status: hold.Answered, Answer: a})
		}
		return out
	}
	for _, c := range []struct {
		asked []hold.Asked
		want  hold.Reason
	}{
		// Without a lock; with one that refuses, see below.
		{asked(hold.Approve, hold.Deny, hold.NotMe), hold.ReasonNotMe}, {asked(hold.NotMe, hold.Deny, hold.Approve), hold.ReasonNotMe},
		{asked(hold.Approve, hold.Deny), hold.ReasonRefused}, {asked(hold.Deny, hold.Approve), hold.ReasonRefused},
		{asked(hold.Approve), hold.ReasonApproved},
	} {
		f := hold.Facts{Ladder: l, Rung: 0, RungEnds: start.Add(time.Minute), Deadline: start.Add(time.Hour), Asked: c.asked}
		if got := hold.Walk(f, start); got.Do != hold.DoDecide || got.Reason != c.want {
			t.Errorf("%v: %+v, want %s", c.asked, got, c.want)
		}
		f.Deadline = start.Add(-time.Minute) // an answer in time is never overruled by the timer
		if got := hold.Walk(f, start); got.Reason != c.want {
			t.Errorf("%v past the deadline: %+v, want %s", c.asked, got, c.want)
		}
		f.Locked, f.Overridden = true, true // nobody releases what the customer's own lock refuses, nor does the bank
		if got := hold.Walk(f, start); got.Outcome != hold.Reverse || got.Reason != hold.ReasonLocked && c.want != hold.ReasonNotMe {
			t.Errorf("%v, and a lock refuses it: %+v", c.asked, got)
		}
	}
}

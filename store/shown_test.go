package store_test

import (
	"maps"
	"testing"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// What the app's sockets show: what is open, to whom, on which devices, and what
// became of what they have shown before.
func TestShown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		who := []hold.CustomerID{b.Customer.ID}
		ask := func() (hold.ID, hold.Challenge) {
			res, err := b.AcceptHold(ctx, b.Accepting(storetest.PushLadder()))
			b.Must(err)
			_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.Rules)
			b.Must(err)
			cs, err := b.Challenges(ctx, res.HoldID)
			b.Must(err)
			return res.HoldID, cs[0]
		}
		over, was := ask()
		_, err := b.Answer(ctx, b.Attempt(was.ID, b.Old(), hold.Approve))
		b.Must(err)
		_, err = b.Conclude(ctx, over)
		b.Must(err)
		id, is := ask()
		found, err := b.Shown(ctx, who, nil, nil)
		b.Must(err)
		expect(b, "open", len(found.Open[b.Customer.ID]), 1)
		expect(b, "the open one", found.Open[b.Customer.ID][0].ID, is.ID)
		expect(b, "holds", len(found.Holds), 1)
		expect(b, "its hold", found.Holds[id].Request.TransactionID, b.Look(id).Request.TransactionID)
		expect(b, "devices", len(found.Owners[b.Customer.ID].Devices), 2)
		expect(b, "named", len(found.Challenges), 0)

		found, err = b.Shown(ctx, who, []hold.ChallengeID{was.ID, "chal_unknown"}, []hold.ID{over, "hold_unknown"})
		b.Must(err)
		expect(b, "the one before", found.Challenges[was.ID].Status, hold.Answered)
		expect(b, "holds of both", len(found.Holds), 2)
		if d := found.Holds[over].Decision; d == nil || d.Outcome != hold.Release {
			t.Errorf("its decision: %+v", d)
		}

		raw := storetest.Raw(t, b.URL)
		raw.MustExec(raw.Rebind(`UPDATE devices SET revoked_at = 1 WHERE id = ?`), b.Old())
		raw.MustExec(raw.Rebind(`UPDATE customers SET frozen_at = 1 WHERE id = ?`), b.Customer.ID)
		found, err = b.Shown(ctx, who, nil, nil)
		b.Must(err)
		expect(b, "open to who is frozen", len(found.Open), 0)
		expect(b, "devices in use", len(found.Owners[b.Customer.ID].Devices), 1)
	})
}

// What is new about connected customers, asked in parts.
func TestNews(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		const odd = hold.CustomerID(`no "body" \ knows`)
		known := []store.Known{store.KnownOf(maps.All(map[hold.CustomerID]int64{b.Customer.ID: 0, odd: 3})),
			store.KnownOf(maps.All(map[hold.CustomerID]int64{}))}
		res, err := b.AcceptHold(ctx, b.Accepting(storetest.PushLadder()))
		b.Must(err)
		_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.Rules)
		b.Must(err)
		n, err := b.News(ctx, known, []hold.ID{res.HoldID})
		b.Must(err)
		expect(b, "now", n.Now, b.Clock.Now())
		expect(b, "chains that grew", len(n.Heads), 1)
		expect(b, "open", len(n.Open[b.Customer.ID]), 1)
		expect(b, "decided", len(n.Decided), 0)
		known[0] = store.KnownOf(maps.All(n.Heads))
		cs, err := b.Challenges(ctx, res.HoldID)
		b.Must(err)
		_, err = b.Answer(ctx, b.Attempt(cs[0].ID, b.Old(), hold.Approve))
		b.Must(err)
		_, err = b.Conclude(ctx, res.HoldID)
		b.Must(err)
		n, err = b.News(ctx, known, []hold.ID{res.HoldID})
		b.Must(err)
		expect(b, "chains that grew since", len(n.Heads), 0)
		expect(b, "open since", len(n.Open), 0)
		expect(b, "decided since", n.Decided[res.HoldID], true)
	})
}

// What a gateway asks takes the same few round trips, of however many customers.
func TestTripsOfAGateway(t *testing.T) {
	t.Parallel()
	m := &storetest.Meter{}
	b := storetest.New(t, storetest.PostgresURL(t))
	s, err := store.Open(ctx, m.Listen(t, b.URL), store.Options{Conns: 1})
	b.Must(err)
	t.Cleanup(func() { _ = s.Close() })
	var who []hold.CustomerID
	var named []hold.ChallengeID
	var ids []hold.ID
	for i := range 40 {
		id := string(rune('a' + i))
		who, named, ids = append(who, hold.CustomerID(id)), append(named, hold.ChallengeID(id)), append(ids, hold.ID(id))
	}
	known := store.KnownOf(maps.All(map[hold.CustomerID]int64{"a": 1}))
	here := []store.Presence{{DeviceID: b.Customer.Devices[0].ID, CustomerID: b.Customer.ID},
		{DeviceID: b.Customer.Devices[1].ID, CustomerID: b.Customer.ID}, {DeviceID: b.Customer.Devices[0].ID, CustomerID: b.Customer.ID}}
	res, err := b.AcceptHold(ctx, b.Accepting(storetest.PushLadder()))
	b.Must(err)
	_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.Rules)
	b.Must(err)
	cs, err := b.Challenges(ctx, res.HoldID)
	b.Must(err)
	got := []store.Received{{ChallengeID: cs[0].ID, DeviceID: b.Old()}, {ChallengeID: cs[0].ID, DeviceID: b.Customer.Devices[1].ID}}
	for _, c := range []struct {
		what string
		do   func() error
		most int
	}{
		{"what is shown", func() error { _, err := s.Shown(ctx, who, named, ids); return err }, 1},
		{"what is new", func() error { _, err := s.News(ctx, []store.Known{known, known}, ids); return err }, 2},
		{"who is here, and what was received", func() error { return s.Heartbeat(ctx, "gw", here, got) }, 2},
	} {
		for range 2 { // the first prepares the statements
			m.Reset()
			b.Must(c.do())
		}
		if trips := m.Took().Trips; trips != c.most {
			t.Errorf("%s: %d round trips, want %d", c.what, trips, c.most)
		}
	}
}

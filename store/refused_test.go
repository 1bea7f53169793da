package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// refusal and refusalOf are why a call was refused; an error is a refusal of no
// code of ours.
func refusal(why hold.Refusal, err error) hold.Refusal {
	if err != nil {
		return hold.Refusal(err.Error())
	}
	return why
}

func refusalOf[T any](_ T, why hold.Refusal, err error) hold.Refusal { return refusal(why, err) }

// What was counted for a refusal stands: a nonce is good for one attempt,
// whatever it is refused for.
func TestRefusedEnrolmentSpendsItsNonce(t *testing.T) {
	t.Parallel()
	fine := func(hold.Instant) (hold.Refusal, error) { return "", nil }
	for want, c := range map[hold.Refusal]struct {
		key    string
		verify func(hold.Instant) (hold.Refusal, error)
		before func(b *storetest.Bundle)
	}{
		hold.ProofExpired: {"fresh", func(hold.Instant) (hold.Refusal, error) { return hold.ProofExpired, nil }, func(*storetest.Bundle) {}},
		hold.DeviceKnown: {"known", fine, func(b *storetest.Bundle) {
			nonce, why, err := b.EnrolmentNonce(ctx, b.Customer.ID)
			b.Granted(why, err)
			b.Granted(refusalOf(b.EnrolDevice(ctx, device(b, "known"), nonce, nil, fine)), nil)
		}},
		hold.DeviceLimit: {"fresh", fine, func(b *storetest.Bundle) {
			put := store.PutCustomer{ID: b.Customer.ID, Name: "M", Locale: "en", TimeZone: "UTC", Phrase: "x", Actor: "client:bank"}
			for i := range hold.MaxDevices {
				put.Devices = append(put.Devices, store.PutDevice{Name: "one of many", PublicKey: []byte{byte(i)}})
			}
			_, why, err := b.PutCustomer(ctx, put)
			b.Granted(why, err)
		}},
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				c.before(b)
				nonce, why, err := b.EnrolmentNonce(ctx, b.Customer.ID)
				b.Granted(why, err)
				expect(b, "refused", refusalOf(b.EnrolDevice(ctx, device(b, c.key), nonce, nil, c.verify)), want)
				expect(b, "again", refusalOf(b.EnrolDevice(ctx, device(b, "other"), nonce, nil, fine)), hold.NonceMismatch)
				verify(b)
			})
		})
	}
}

// A fault of ours uses nothing up.
func TestFaultSpendsNoNonce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		nonce, why, err := b.EnrolmentNonce(ctx, b.Customer.ID)
		b.Granted(why, err)
		fault := errors.New("a fault")
		_, _, err = b.EnrolDevice(ctx, device(b, "fresh"), nonce, nil, func(hold.Instant) (hold.Refusal, error) { return "", fault })
		expect(b, "a fault", errors.Is(err, fault), true)
		fine := func(hold.Instant) (hold.Refusal, error) { return "", nil }
		b.Granted(refusalOf(b.EnrolDevice(ctx, device(b, "fresh"), nonce, nil, fine)), nil)
	})
}

func device(b *storetest.Bundle, key string) hold.Device {
	return hold.Device{CustomerID: b.Customer.ID, Name: "tablet", PublicKey: []byte(key)}
}

// A ring-in that is refused, since another agent has the customer, asks nothing
// of the customer's holds; that the agent looked counts all the same.
func TestRefusedRingInLeavesTheHoldsAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo := b.Agent("ana", "agent"), b.Agent("bo", "agent")
		b.Called(storetest.CallLadder(), 100_00)
		b.Case(bo)
		app := storetest.Rung("app", 5*time.Minute, hold.Push)
		id, _ := b.Called(hold.Ladder{Name: "app, call", Exhausted: hold.ExhaustedWait,
			Rungs: []hold.Rung{app, storetest.Rung("call", 4*time.Hour, hold.Callback)}}, 100_00)
		before := len(kinds(b, string(id)))
		in := store.Inbound{By: ana, CustomerID: b.Customer.ID, Reason: "rang", Rules: storetest.CallRules}
		expect(b, "refused", refusalOf(b.OpenInbound(ctx, in)), hold.CaseLeased)
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		expect(b, "questions", len(cs), 1)
		expect(b, "entries", len(kinds(b, string(id))), before)
		var looks int
		b.Must(storetest.Raw(t, b.URL).QueryRow(`SELECT COUNT(*) FROM looks WHERE agent = 'ana' AND kind = 'inbound'`).Scan(&looks))
		expect(b, "looks", looks, 1)
		verify(b)
	})
}

// What the bank says of a customer is taken as a whole or not at all.
func TestRefusedPutLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		early := store.PutDevice{Name: "early", PublicKey: []byte("early"), Since: b.Clock.Now().Add(-time.Hour)}
		put := store.PutCustomer{ID: "lin", Name: "Lin", Locale: "en", TimeZone: "UTC", Phrase: "p", Actor: "client:bank",
			Devices: []store.PutDevice{{Name: "phone", PublicKey: []byte("lin")}, early}}
		expect(b, "a new one", refusalOf(b.PutCustomer(ctx, put)), hold.Backdated)
		_, err := b.Store.Customer(ctx, "lin")
		expect(b, "is not on record", errors.Is(err, store.ErrNotFound), true)
		put.Devices = put.Devices[:1]
		_, why, err := b.PutCustomer(ctx, put)
		b.Granted(why, err)
		put.Name, put.Devices = "Lin Wei", []store.PutDevice{early}
		put.Phones = []hold.Phone{storetest.Mobile("+393350000009", 0)}
		expect(b, "a change", refusalOf(b.PutCustomer(ctx, put)), hold.Backdated)
		lin, err := b.Store.Customer(ctx, "lin")
		b.Must(err)
		expect(b, "name", lin.Name, "Lin")
		expect(b, "devices", len(lin.Devices), 1)
		expect(b, "phones", len(lin.Phones), 0)
		verify(b)
	})
}

// What waits for a second person is one question of a hold: a confirmation of
// another is refused until then, and leaves nothing.
func TestOneConfirmationWaitsForASecond(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana := b.Agent("ana", "agent")
		l := storetest.FaceLadder(false)
		l.Rungs[0].Asks = append(l.Rungs[0].Asks, hold.Ask{Channel: hold.Callback})
		id, _ := b.FacedBy(l)
		asked, err := b.Challenges(ctx, id)
		b.Must(err)
		b.Pictured(asked[slices.IndexFunc(asked, func(c hold.Challenge) bool { return c.Channel == hold.FaceLink })])
		v := b.Case(ana)
		b.Proved(ana, v)
		words := map[queue.TaskKind]store.Dispose{}
		for _, k := range v.Tasks {
			words[k.Kind] = b.Disposing(ana, v, k, hold.Confirmed)
			if k.Kind == queue.TaskFace {
				b.Seen(ana, v, k)
				same := b.Disposing(ana, v, k, hold.SameFace)
				same.Judge = storetest.JudgeFace
				words[k.Kind] = same
			}
		}
		res, err := b.Dispose(ctx, words[queue.TaskFace])
		b.Must(err)
		expect(b, "the pictures", res.Outcome, store.Reviewing)
		for range 2 { // it is not on record as said
			res, err = b.Dispose(ctx, words[queue.TaskCallback])
			b.Must(err)
			expect(b, "the call", res.Refusal, hold.ApprovalPending)
		}
		verify(b)
	})
}

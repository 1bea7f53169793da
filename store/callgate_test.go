package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

var year = storetest.Start.Add(-365 * 24 * time.Hour)

// phoned makes the bundle's customer one with these numbers on record.
func phoned(b *storetest.Bundle, id string, phones ...hold.Phone) {
	b.T.Helper()
	var why hold.Refusal
	var err error
	b.Customer, why, err = b.PutCustomer(ctx, store.PutCustomer{ID: hold.CustomerID(id), Name: "M", Locale: "en", TimeZone: "Europe/Rome",
		Phrase: "x", Actor: "test", MayBackdate: true, Phones: phones})
	b.Granted(why, err)
}

// number is the id of a number of the bundle's customer.
func number(b *storetest.Bundle, e164 string) string {
	b.T.Helper()
	for _, p := range b.Customer.Phones {
		if p.Number == e164 {
			return p.ID
		}
	}
	b.T.Fatalf("the customer has no number %s", e164)
	return ""
}

// called places a call and tells what came of it, as "queued" or the refusal
// with its cause.
func called(b *storetest.Bundle, by store.By, v store.CaseView, contact string) (id, out string) {
	b.T.Helper()
	id, cause, o, err := b.PlaceCall(ctx, by, v.ID, contact, storetest.Contact)
	b.Must(err)
	if o == "" {
		return id, "queued"
	}
	return id, strings.TrimSpace(string(o) + " " + cause)
}

// Which numbers may be called: of the bank's record, known for long enough, and a
// phone. What is refused leaves nothing behind, and another of the customer's
// numbers may still be called.
func TestCallGate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana := b.Agent("ana", "agent")
		for i, c := range []struct {
			name, want string
			change     func(p *hold.Phone)
		}{
			{"a mobile", "queued", func(*hold.Phone) {}},
			{"a fixed line", "queued", func(p *hold.Phone) { p.Line = "fixed" }},
			{"a line of unknown kind", "queued", func(p *hold.Phone) { p.Line = "unknown" }},
			{"exactly old enough", "queued", func(p *hold.Phone) { p.Since = b.Clock.Now().Add(-72 * time.Hour) }},
			{"not quite old enough", "contact_not_eligible number_too_young", func(p *hold.Phone) {
				p.Since = b.Clock.Now().Add(-72*time.Hour +
					time.Microsecond)
			}},
			{"VoIP", "contact_not_eligible line_type", func(p *hold.Phone) { p.Line = "voip" }},
			{"premium, or a pager", "contact_not_eligible line_type", func(p *hold.Phone) { p.Line = "other" }},
			{"of no country", "contact_not_eligible country_refused", func(p *hold.Phone) { p.Country = "" }},
		} {
			tried, good := storetest.Mobile(fmt.Sprintf("+39334%07d", i), year), storetest.Mobile(fmt.Sprintf("+39335%07d", i), year)
			c.change(&tried)
			phoned(b, fmt.Sprint("gate", i), tried, good)
			b.Called(storetest.CallLadder(), 100_00)
			v := b.Case(ana)
			id, out := called(b, ana, v, number(b, tried.Number))
			expect(b, c.name, out, c.want)
			if out == "queued" {
				b.Must(b.CallFailed(ctx, id, "busy"))
			} else {
				v, why, err := b.ViewCase(ctx, ana, v.ID)
				b.Granted(why, err)
				expect(b, c.name+": calls on record", len(v.Calls), 0)
			}
			id, out = called(b, ana, v, number(b, good.Number))
			expect(b, c.name+": the other number", out, "queued")
			b.Must(b.CallFailed(ctx, id, "busy"))
			b.Disposed(ana, v, hold.Refused)
		}
		verify(b)
	})
}

// A number that is not this customer's is none, whether it is somebody else's or
// nobody's.
func TestCallOnlyTheRecordsNumbers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		phoned(b, "other", storetest.Mobile("+393340000001", year))
		others := number(b, "+393340000001")
		phoned(b, "asked", storetest.Mobile("+393340000002", year))
		b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		for _, contact := range []string{others, store.NewID("num"), ""} {
			_, out := called(b, ana, v, contact)
			expect(b, "another's or nobody's", out, "contact_not_eligible number_gone")
		}
		own := number(b, "+393340000002")
		_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: "asked", Name: "M", Locale: "en", TimeZone: "Europe/Rome", Phrase: "x",
			Actor: "test", Phones: []hold.Phone{}})
		b.Granted(why, err)
		_, out := called(b, ana, v, own)
		expect(b, "taken off the record", out, "contact_not_eligible number_gone")
	})
}

// No texts, please, is no word about calls; nor does a freeze keep the bank from
// calling.
func TestCalledThoughOptedOutOrFrozen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		phoned(b, "quiet", storetest.Mobile("+393340000001", year))
		_, err := b.Reply(ctx, store.Reply{SID: "SM1", Forms: []string{"+393340000001"}, Said: store.ReplyStop, Rules: storetest.Contact})
		b.Must(err)
		c, err := b.Store.Customer(ctx, "quiet")
		b.Must(err)
		expect(b, "opted out", c.Phones[0].OptedOutAt != 0, true)
		b.Must(b.AskForHelp(ctx, "quiet"))
		b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		_, out := called(b, ana, v, number(b, "+393340000001"))
		expect(b, "called", out, "queued")
	})
}

// The gate is looked at again when the agent's phone is rung, and again when they
// pick up: what changed meanwhile ends the call, and the customer's phone is not
// rung.
func TestCallGateUntilItRings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam := b.Agent("sam", "supervisor")
		for i, c := range []struct {
			want   string
			change func(by store.By, v store.CaseView)
		}{
			{"number_gone", func(store.By, store.CaseView) {
				phoned(b, string(b.Customer.ID), storetest.Mobile(fmt.Sprintf("+39338%07d", b.Clock.Now()%1e7), year))
			}},
			{"number_too_young", func(store.By, store.CaseView) {
				p := b.Customer.Phones[0]
				p.Since = b.Clock.Now()
				phoned(b, string(b.Customer.ID), p)
			}},
			{"lease_lost", func(by store.By, v store.CaseView) { b.Granted(b.ReturnCase(ctx, by, v.ID)) }},
			{"agent_number_missing", func(by store.By, _ store.CaseView) {
				_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: by.Sub, Number: &hold.Phone{}})
				b.Granted(why, err)
			}},
			{"too_late", func(store.By, store.CaseView) { b.Clock.Forward(3 * time.Minute) }},
		} {
			for j, rings := range []string{"before the agent's phone rings", "as the agent picks up"} {
				phoned(b, fmt.Sprintf("until%d%d", i, j), storetest.Mobile(fmt.Sprintf("+3933%d%07d", 6+j, i), year))
				held, _ := b.Called(storetest.CallLadder(), 100_00)
				by := b.Agent(fmt.Sprintf("agent%d%d", i, j), "agent")
				v := b.Case(by)
				id, _ := called(b, by, v, b.Customer.Phones[0].ID)
				if j == 1 {
					begun, err := b.BeginCall(ctx, id)
					b.Must(err)
					expect(b, c.want+": it rings", begun != nil, true)
				}
				c.change(by, v)
				ring := func() (call *hold.Call) {
					call, err := b.BeginCall(ctx, id)
					if j == 1 {
						call, _, err = b.AnsweredCall(ctx, id, "CA"+id)
					}
					b.Must(err)
					return call
				}
				if ring() != nil {
					t.Errorf("%s, %s: the customer is rung", c.want, rings)
				}
				v, why, err := b.ViewCase(ctx, sam, v.ID)
				b.Granted(why, err)
				expect(b, rings, string(v.Calls[0].Status)+" "+v.Calls[0].Code, "failed "+c.want)
				if ring() != nil {
					t.Errorf("%s, %s: a call that has ended rings", c.want, rings)
				}
				_, _, err = b.Override(ctx, held, 1, "client:bank", "")
				b.Must(err)
			}
		}
		verify(b)
	})
}

// What the provider's look-up finds ends the call like the record's own gate, is
// on the trail, proves nothing, and is no reason not to call another way.
func TestCallRefusedByLookup(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		for _, found := range []hold.TextFault{hold.FailSIMSwapped, hold.FailLineType, hold.FailTrustUnknown} {
			id, out := called(b, ana, v, v.Customer.Phones[0].ID)
			expect(b, "asked", out, "queued")
			_, err := b.BeginCall(ctx, id)
			b.Must(err)
			b.Must(b.CallFailed(ctx, id, string(found)))
			_, err = b.CallStatus(ctx, id, storetest.Leg(id, hold.CallAnswered, 0))
			b.Must(err)
			b.Clock.Forward(time.Minute)
			expect(b, "it proves nothing", b.Disposed(ana, v, hold.Confirmed).Refusal, "call_missing")
			var why hold.Refusal
			v, why, err = b.ViewCase(ctx, ana, v.ID)
			b.Granted(why, err)
			expect(b, "on record", v.Calls[len(v.Calls)-1].Code, string(found))
			ks := kinds(b, v.ID)
			expect(b, "on the trail", ks[len(ks)-1], "call.failed")
		}
		verify(b)
	})
}

// Six calls an hour to one customer, whoever places them.
func TestCallLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 100_00)
		ana, bo := b.Agent("ana", "agent"), b.Agent("bo", "agent")
		v := b.Case(ana)
		for range 3 {
			id, out := called(b, ana, v, v.Customer.Phones[0].ID)
			expect(b, "within the limit", out, "queued")
			b.Must(b.CallFailed(ctx, id, "busy"))
		}
		b.Granted(b.ReturnCase(ctx, ana, v.ID))
		b.Clock.Forward(time.Minute)
		v = b.Case(bo)
		for range 3 {
			id, out := called(b, bo, v, v.Customer.Phones[0].ID)
			expect(b, "by another agent", out, "queued")
			b.Must(b.CallFailed(ctx, id, "busy"))
		}
		_, out := called(b, bo, v, v.Customer.Phones[0].ID)
		expect(b, "a seventh", out, "call_limit")
		b.Customer = b.NewCustomer("other")
		b.Called(storetest.CallLadder(), 100_00)
		other := b.Case(ana)
		_, out = called(b, ana, other, other.Customer.Phones[0].ID)
		expect(b, "another customer", out, "queued")
		for range 7 {
			b.Clock.Forward(9 * time.Minute)
			_, why, err := b.RenewLease(ctx, bo, v.ID)
			b.Granted(why, err)
		}
		_, out = called(b, bo, v, v.Customer.Phones[0].ID)
		expect(b, "after an hour", out, "queued")
		verify(b)
	})
}

// An agent without a number of their own calls nobody, until a supervisor sets
// it. After three wrong numbers in a lease nobody is called in it either.
func TestCallTakesAnAgentsNumber(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 100_00)
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", Number: &hold.Phone{}})
		b.Granted(why, err)
		v := b.Case(ana)
		_, out := called(b, ana, v, v.Customer.Phones[0].ID)
		expect(b, "without a number", out, "agent_number_missing")
		own := storetest.Mobile("+393399000001", storetest.Start)
		_, why, err = b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", Number: &own})
		b.Granted(why, err)
		call := b.Rang(ana, v, time.Minute)
		shown, err := b.AppCall(ctx, b.Customer.ID)
		b.Must(err)
		wrong := "00"
		if shown.Digits == wrong {
			wrong = "01"
		}
		for range 3 {
			ok, _, why, err := b.Identify(ctx, ana, v.ID, wrong)
			b.Granted(why, err)
			expect(b, "identified", ok, false)
		}
		b.Hung(call, time.Minute)
		_, out = called(b, ana, v, v.Customer.Phones[0].ID)
		expect(b, "after three wrong numbers", out, "identity_check_failed")
		verify(b)
	})
}

// A provider's news may come in any order: an end that tells how long the call
// lasted is one of a call that was answered, and an answer told after it changes
// nothing. A call of no length proves nothing.
func TestCallEndOvertakesItsAnswer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana := b.Agent("ana", "agent")
		b.Called(storetest.CallLadder(), 100_00)
		v := b.Case(ana)
		for i, c := range []struct {
			name   string
			ends   hold.CallEvent
			lasted time.Duration
			want   time.Duration
		}{
			{"no answer, whatever its length", hold.CallNoAnswer, time.Minute, 0},
			{"completed at once", hold.CallCompleted, 0, 0},
			{"completed after a minute", hold.CallCompleted, time.Minute, time.Minute},
		} {
			id, out := called(b, ana, v, v.Customer.Phones[0].ID)
			expect(b, c.name, out, "queued")
			_, err := b.BeginCall(ctx, id)
			b.Must(err)
			b.Must(b.CallPlaced(ctx, id, "CA"+id))
			b.Clock.Forward(time.Minute)
			for _, n := range []hold.CallNews{storetest.Leg(id, c.ends, c.lasted), storetest.Leg(id, hold.CallAnswered, 0)} {
				_, err = b.CallStatus(ctx, id, n)
				b.Must(err)
			}
			got, why, err := b.ViewCase(ctx, ana, v.ID)
			b.Granted(why, err)
			expect(b, c.name+": connected", queue.Proof(got.Case, got.Calls, got.Customer, queue.AsFarAsKnown, got.Now).Connected, c.want)
			expect(b, c.name+": its end stands", got.Calls[i].Status, queue.CallEnded)
		}
	})
}

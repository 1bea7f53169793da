package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/audit"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A case goes to another agent: a new lease, as clean as any. What the call of
// the old one proved, or still proves, is worth nothing in it.
func TestReassign(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 100_00)
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		v := b.Case(ana)
		call := b.Rang(ana, v, 31*time.Second)
		shown, err := b.AppCall(ctx, b.Customer.ID)
		b.Must(err)
		_, _, why, err := b.Identify(ctx, ana, v.ID, shown.Digits)
		b.Granted(why, err)
		b.Granted(b.Reassign(ctx, sam, v.ID, "bo"))
		for what, why := range map[string]hold.Refusal{
			"renew":  refusalOf(b.RenewLease(ctx, ana, v.ID)),
			"return": refusal(b.ReturnCase(ctx, ana, v.ID)),
			"look":   refusalOf(b.ViewCase(ctx, ana, v.ID)),
			"say":    b.Disposed(ana, v, hold.Confirmed).Refusal,
		} {
			expect(b, what+" without the lease", why, hold.LeaseLost)
		}
		shown, err = b.AppCall(ctx, b.Customer.ID)
		b.Must(err)
		expect(b, "the app shows the call of the old lease", shown == nil, true)
		theirs, why, err := b.ViewCase(ctx, bo, v.ID)
		b.Granted(why, err)
		expect(b, "agent", theirs.Agent, "bo")
		expect(b, "identified", theirs.Identified, false)
		expect(b, "tries", theirs.Tries, 0)
		expect(b, "digits", theirs.Digits, "")
		expect(b, "by the call under way", b.Disposed(bo, theirs, hold.Confirmed).Refusal, "call_missing")
		b.Hung(call, time.Minute)
		expect(b, "by the call that ended", b.Disposed(bo, theirs, hold.Confirmed).Refusal, "call_missing")
		b.Granted(b.Reassign(ctx, sam, v.ID, "bo")) // twice is once
		again, why, err := b.ViewCase(ctx, bo, v.ID)
		b.Granted(why, err)
		expect(b, "lease", again.Lease, theirs.Lease)
		b.Granted(b.Reassign(ctx, sam, v.ID, ""))
		expect(b, "renew after it waits again", refusalOf(b.RenewLease(ctx, bo, v.ID)), hold.LeaseLost)
		expect(b, "the next agent has", b.Case(ana).ID, v.ID)
		expect(b, "reassigned", count(kinds(b, v.ID), "case.reassigned"), 2)
		verify(b)
	})
}

// What stops a supervisor's hand.
func TestReassignRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		b.Agent("olga", "auditor")
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		v := b.Case(ana)
		gone := b.Agent("gone", "agent")
		b.Clock.Forward(time.Second)
		b.Must(b.RevokeAgent(ctx, sam, gone.Sub))
		linked := func(to hold.CustomerID) {
			_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "bo", CustomerID: new(to)})
			b.Granted(why, err)
		}
		for _, to := range []string{"nobody", "olga", "gone"} {
			expect(b, to, errors.Is(second(b.Reassign(ctx, sam, v.ID, to)), store.ErrNotFound), true)
		}
		expect(b, "no case", errors.Is(second(b.Reassign(ctx, sam, "case_none", "bo")), store.ErrNotFound), true)
		linked(b.Customer.ID)
		expect(b, "linked", refusal(b.Reassign(ctx, sam, v.ID, "bo")), hold.AgentLinked)
		linked("")
		b.Customer = b.NewCustomer("second")
		b.Called(storetest.CallLadder(), 100_00)
		other := b.Case(bo)
		expect(b, "has another", refusal(b.Reassign(ctx, sam, v.ID, "bo")), hold.CaseOpen)
		b.Clock.Forward(queue.LeaseLife)            // both have lapsed
		b.Granted(b.Reassign(ctx, sam, v.ID, "bo")) // a lapsed lease is none
		b.Granted(b.Reassign(ctx, sam, v.ID, ""))
		b.Granted(b.Reassign(ctx, sam, v.ID, "")) // it waits already
		b.Granted(b.Reassign(ctx, sam, other.ID, "bo"))

		v = b.Case(ana)
		later := b.Disposing(ana, v, v.Tasks[0], hold.CallLater)
		later.At = b.Clock.Now().Add(time.Hour)
		_, err := b.Dispose(ctx, later)
		b.Must(err)
		b.Granted(b.Reassign(ctx, sam, v.ID, "ana")) // sooner than planned
		var why hold.Refusal
		v, why, err = b.ViewCase(ctx, ana, v.ID)
		b.Granted(why, err)
		expect(b, "leased", v.Status, "leased")
		b.Disposed(ana, v, hold.Refused)
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "closed", errors.Is(second(b.Reassign(ctx, sam, v.ID, "ana")), store.ErrNotFound), true)
		expect(b, "closed, back", errors.Is(second(b.Reassign(ctx, sam, v.ID, "")), store.ErrNotFound), true)

		b.Customer = b.NewCustomer("third")
		b.Called(storetest.CallLadder(), 9_000_00)
		v = b.Case(ana)
		b.Proved(ana, v)
		expect(b, "review", b.Disposed(ana, v, hold.Confirmed).Outcome, store.Reviewing)
		expect(b, "in review", refusal(b.Reassign(ctx, sam, v.ID, "ana")), hold.ApprovalPending)
		verify(b)
	})
}

// However reassignments, renewals and dispositions race, one lease stands, and
// each reassignment took it from who had it. It fails without the case's lock.
func TestReassignRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam := b.Agent("sam", "supervisor")
		for round := range 12 {
			name := func(s string) string { return fmt.Sprintf("%s%d", s, round) }
			b.Customer = b.NewCustomer(hold.CustomerID(name("raced")))
			b.Called(storetest.CallLadder(), 100_00)
			by := map[string]store.By{}
			for _, s := range []string{"ana", "bo", "cy"} {
				by[name(s)] = b.Agent(name(s), "agent")
			}
			ana := by[name("ana")]
			v := b.Case(ana)
			b.RangInVain(ana, v)
			b.Must(many(16, func(i int) (err error) {
				var why hold.Refusal
				switch i % 8 {
				case 0, 3:
					why, err = b.Reassign(ctx, sam, v.ID, name("bo"))
				case 1, 4:
					why, err = b.Reassign(ctx, sam, v.ID, name("cy"))
				case 2:
					why, err = b.Reassign(ctx, sam, v.ID, "")
				case 5:
					_, why, err = b.RenewLease(ctx, ana, v.ID)
				case 6:
					_, why, err = b.RenewLease(ctx, by[name("bo")], v.ID)
				case 7:
					_, err = b.Dispose(ctx, b.Disposing(ana, v, v.Tasks[0], hold.NoAnswer))
				}
				if why == hold.LeaseLost || errors.Is(err, store.ErrNotFound) {
					return nil // the loser's word; bo's, who never had it
				}
				return storetest.ErrorOf(why, err)
			}))
			b.Granted(b.Reassign(ctx, sam, v.ID, name("bo")))
			b.Granted(b.Reassign(ctx, sam, v.ID, name("cy")))
			for s, who := range by {
				_, why, err := b.RenewLease(ctx, who, v.ID)
				expect(b, s+" has the lease", err == nil && why == "", s == name("cy"))
				expect(b, s+" has lost it", why == hold.LeaseLost, s != name("cy"))
			}
			passedOn(b, v.ID)
		}
		verify(b)
	})
}

// passedOn checks on a case's chain that every lease was taken from who had it.
func passedOn(b *storetest.Bundle, id string) {
	b.T.Helper()
	chain, _, err := b.Chain(ctx, id)
	b.Must(err)
	holder, lease := "", 0
	for _, kept := range chain {
		e, err := audit.Parse(kept.Bytes)
		b.Must(err)
		body := read[struct {
			From, To string
			Lease    int
		}](b, e.Body)
		switch e.Kind {
		case "case.leased":
			holder = e.Actor[len("agent:"):]
		case "case.reassigned":
			if body.From != holder && body.From != "" { // "": a disposition had ended it
				b.T.Errorf("entry %d took the case from %q, and %q had it", e.Seq, body.From, holder)
			}
			holder = body.To
		default:
			continue
		}
		if holder != "" && body.Lease != lease+1 {
			b.T.Errorf("entry %d: lease %d after %d", e.Seq, body.Lease, lease)
		}
		lease = max(lease, body.Lease)
	}
}

// Two cases for one agent, and their own claim, all at once: they get one.
func TestOneCaseAnAgent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam := b.Agent("sam", "supervisor")
		for round := range 8 {
			bo := b.Agent(fmt.Sprintf("bo%d", round), "agent")
			var ids []string
			for i := range 3 {
				b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprintf("c%d-%d", round, i)))
				b.Called(storetest.CallLadder(), 100_00)
				other := b.Case(b.Agent(fmt.Sprintf("o%d-%d", round, i), "agent"))
				ids = append(ids, other.ID)
				if i == 0 {
					b.Granted(b.Reassign(ctx, sam, other.ID, ""))
				}
			}
			b.Must(many(12, func(i int) (err error) {
				var why hold.Refusal
				if i%4 == 3 {
					_, err = b.NextCase(ctx, bo)
				} else {
					why, err = b.Reassign(ctx, sam, ids[i%4], bo.Sub)
				}
				if why == hold.CaseOpen {
					return nil
				}
				return storetest.ErrorOf(why, err)
			}))
			items, err := b.Queue(ctx, store.By{}, store.QueuePage{Status: "leased", Limit: 1000})
			b.Must(err)
			n := 0
			for _, it := range items {
				if it.Agent == bo.Sub {
					n++
				}
			}
			expect(b, "cases of one agent", n, 1)
		}
		verify(b)
	})
}

// A search is by the whole id alone, and on the agent's chain without it.
func TestSearchHolds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam := b.Agent("sam", "supervisor")
		first, second := b.Held(storetest.PushLadder()), b.Held(storetest.PushLadder())
		b.Customer = b.NewCustomer("lin")
		b.Held(storetest.PushLadder())
		find := func(q string) (ids []hold.ID) {
			hs, err := b.SearchHolds(ctx, sam, q)
			b.Must(err)
			for _, h := range hs {
				ids = append(ids, h.ID)
			}
			return ids
		}
		expect(b, "by customer, the newest first", slices.Equal(find("maria"), []hold.ID{second, first}), true)
		expect(b, "by hold", slices.Equal(find(string(first)), []hold.ID{first}), true)
		expect(b, "by transaction", slices.Equal(find(b.Look(second).Request.TransactionID), []hold.ID{second}), true)
		for _, q := range []string{"mari", "maria%", "MARIA", string(first)[:20]} {
			expect(b, q, len(find(q)), 0)
		}
		chain, _, err := b.Chain(ctx, "agent:sam")
		b.Must(err)
		e, err := audit.Parse(chain[len(chain)-1].Bytes)
		b.Must(err)
		expect(b, "kind", e.Kind, "holds.searched")
		expect(b, "entry", string(e.Body), fmt.Sprintf(`{"found":0,"query_digest":"%s"}`, hold.DigestOf([]byte(string(first)[:20]))))
		sue := b.Agent("sue", "supervisor")
		_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "sam", CustomerID: new(hold.CustomerID("maria"))})
		b.Must(err)
		expect(b, "nobody links themselves", why == hold.SamePerson, true)
		_, why, err = b.PutAgent(ctx, sue, store.PutAgent{Sub: "sam", CustomerID: new(hold.CustomerID("maria"))})
		b.Granted(why, err)
		_, why, err = b.PutAgent(ctx, sam, store.PutAgent{Sub: "sam", CustomerID: new(hold.CustomerID(""))})
		b.Must(err)
		expect(b, "nor takes the link away", why == hold.SamePerson, true)
		expect(b, "their own", len(find("maria"))+len(find(string(first))), 0)
		expect(b, "another's", len(find("lin")), 1)
		verify(b)
	})
}

// A look is on the hold's chain, once a minute; who is linked gets none.
func TestStory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam, olga := b.Agent("sam", "supervisor"), b.Agent("olga", "auditor")
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		_, _, _, why, err := b.AskOverride(ctx, sam, id, 1, "checked")
		b.Granted(why, err)
		_, why, err = b.BankAsksUnfreeze(ctx, "client:bank", b.Customer.ID, "spoke")
		b.Granted(why, err)
		look := func(by store.By) store.Story {
			st, why, err := b.Story(ctx, by, id)
			b.Granted(why, err)
			return st
		}
		st := look(sam)
		expect(b, "frozen", st.Frozen, true)
		expect(b, "approvals", len(st.Approvals), 2)
		expect(b, "case", st.CaseID != "", true)
		expect(b, "faults", len(audit.Verify(string(id), st.Chain, st.Head)), 0)
		var looking sync.WaitGroup
		for range 8 {
			looking.Go(func() { look(sam); look(olga) })
		}
		looking.Wait()
		expect(b, "looks in one minute", count(kinds(b, string(id)), "hold.viewed"), 2)
		b.Clock.Forward(time.Minute)
		look(sam)
		expect(b, "and in the next", count(kinds(b, string(id)), "hold.viewed"), 3)
		ex, why, err := b.Export(ctx, olga, id)
		b.Granted(why, err)
		expect(b, "the file ends before its entry", ex.Head.Seq, int64(len(kinds(b, string(id)))-1))
		expect(b, "exported", count(kinds(b, string(id)), "hold.exported"), 1)
		_, why, err = b.PutAgent(ctx, sam, store.PutAgent{Sub: "olga", CustomerID: new(b.Customer.ID)})
		b.Granted(why, err)
		expect(b, "a story of who is linked", refusalOf(b.Story(ctx, olga, id)), hold.AgentLinked)
		expect(b, "an export of who is linked", refusalOf(b.Export(ctx, olga, id)), hold.AgentLinked)
		_, _, err = b.Story(ctx, sam, "hold_none")
		expect(b, "none", errors.Is(err, store.ErrNotFound), true)
		verify(b)
		raw := storetest.Raw(t, b.URL)
		raw.MustExec(raw.Rebind(`UPDATE audit_heads SET seq = 1 WHERE subject = ?`), id)
		b.Clock.Forward(time.Minute)
		st = look(sam) // it takes no entry any more, and is shown
		expect(b, "a moved head is seen", len(audit.Verify(string(id), st.Chain, st.Head)) > 0, true)
		raw.MustExec(raw.Rebind(`DELETE FROM audit_heads WHERE subject = ?`), id)
		expect(b, "a head that is gone", look(sam).Head.Seq, int64(0))
	})
}

// Decisions are counted by the hour and by the channel whose answer decided.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, sam, sue := b.Agent("ana", "agent"), b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
		fresh := func(name string) { b.Customer = b.NewCustomer(hold.CustomerID(name)) }
		concluded := func(id hold.ID) { _, err := b.Conclude(ctx, id); b.Must(err) }
		push := func(w hold.Answer) {
			id, c := b.Asked(storetest.PushLadder())
			b.Say(c.ID, b.Old(), w)
			concluded(id)
		}
		fresh("at-noon")
		push(hold.Approve)
		push(hold.Deny)
		push(hold.NotMe)
		b.Clock.Forward(time.Hour)

		fresh("called") // ready at once, on the line four minutes later
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		b.Clock.Forward(4 * time.Minute)
		b.Disposed(ana, b.Case(ana), hold.NotTheirs) // who said so in the app comes first
		v := b.Case(ana)
		b.Proved(ana, v)
		b.Proved(ana, v) // cut off and rung again: the customer waited once
		b.Disposed(ana, v, hold.Confirmed)
		concluded(id)

		fresh("overridden")
		id = b.Held(storetest.PushLadder())
		ask, _, _, why, err := b.AskOverride(ctx, sam, id, 1, "checked")
		b.Granted(why, err)
		seconded, err := b.TakeSecond(ctx, store.Second{By: sue, ID: ask, Approve: true, Reason: "too"})
		b.Granted(seconded.Refusal, err)
		concluded(id)
		id = b.Held(storetest.PushLadder())
		b.Clock.Forward(25 * time.Hour) // past its deadline
		concluded(id)
		fresh("reported")
		_, err = b.ReportNotMe(ctx, b.Customer.ID, b.Held(storetest.PushLadder()))
		b.Must(err)

		o, err := b.Outcomes(ctx, 72)
		b.Must(err)
		got := map[string][3]int{}
		for _, c := range o.Decided {
			at := o.From.Add(time.Duration(c.Hour)*time.Hour).Time().Format("2 15h ") + c.Channel
			got[at] = [3]int{c.Released, c.Reversed, c.NotMe}
		}
		want := map[string][3]int{"4 12h push": {1, 2, 1}, "4 13h callback": {1, 0, 0}, "4 13h none": {1, 0, 0}, "5 14h none": {0, 2, 1}}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		expect(b, "calls", o.Calls, 2)
		expect(b, "the median", o.Answer, 4*time.Minute)
		b.Clock.Forward(72 * time.Hour)
		o, err = b.Outcomes(ctx, 1)
		b.Must(err)
		expect(b, "long after", len(o.Decided)+o.Calls, 0)
		expect(b, "no median", o.Answer < 0, true)
	})
}

func second[T any](_ T, err error) error { return err }

func count(ks []string, kind string) (n int) {
	for _, k := range ks {
		if k == kind {
			n++
		}
	}
	return n
}

func read[T any](b *storetest.Bundle, body []byte) (v T) {
	b.T.Helper()
	b.Must(json.Unmarshal(body, &v))
	return v
}

package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

var fifteen = hold.Days{N: 15}

// complains brings a complaint, with its reference.
func complains(b *storetest.Bundle, c store.Complain) (queue.Complaint, hold.Refusal) {
	b.T.Helper()
	c.Client, c.Within = storetest.Client, fifteen
	if c.Reason == "" {
		c.Reason = "it took too long"
	}
	got, why, err := b.Complain(ctx, c)
	b.Must(err)
	return got, why
}

func open(b *storetest.Bundle, by store.By) []store.ListedComplaint {
	b.T.Helper()
	cs, _, err := b.Complaints(ctx, by, store.ComplaintPage{Limit: 200})
	b.Must(err)
	return cs
}

func answers(b *storetest.Bundle, by store.By, id string, outcome queue.ComplaintStatus) (store.ListedComplaint, hold.Refusal) {
	b.T.Helper()
	c, why, err := b.AnswerComplaint(ctx, store.AnswerComplaint{By: by, ID: id, Outcome: outcome, Reason: "we are sorry"})
	b.Must(err)
	return c, why
}

// verdictOn is a verdict on a payee, by two people.
func verdictOn(b *storetest.Bundle, payee, kind, status, first, second string, ended hold.Instant) {
	b.T.Helper()
	db, now := storetest.Raw(b.T, b.URL), b.Clock.Now()
	closed := now
	if status == "asked" {
		closed = 0
	}
	db.MustExec(db.Rebind(`INSERT INTO payee_verdicts (id, payee_id, kind, status, first, reason, second, asked_at, closed_at, until_at,
		ended_at)
		VALUES (?, ?, ?, ?, ?, 'r', ?, ?, ?, ?, ?)`), store.NewID("vrd"), payee, kind, status, first, second, now, closed,
		now.Add(90*24*time.Hour), ended)
}

// What a payer complains of is a task with a clock, an entry of the hold's chain, and
// what a repeat of it gives, with its answer.
func TestComplaint(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, sam := b.Held(storetest.PushLadder()), b.Agent("sam", "supervisor")
		asked := store.Complain{Reference: "C-1", About: queue.ByPayer, HoldID: id, ReceivedAt: b.Clock.Now().Add(-24 * time.Hour)}
		c, why := complains(b, asked)
		expect(b, "taken in", why, "")
		expect(b, "due", c.DueAt, b.Clock.Now().Add(14*24*time.Hour))
		expect(b, "whose", c.CustomerID, b.Customer.ID)
		again, why := complains(b, asked)
		expect(b, "again", why, "")
		expect(b, "the same", again.ID, c.ID)
		other := asked
		other.Reason = "something else"
		_, why = complains(b, other)
		expect(b, "another with its reference", why, hold.ReferenceReused)
		expect(b, "one waits", len(open(b, sam)), 1)

		b.Clock.Forward(14 * 24 * time.Hour)
		sam = b.Agent("sam", "supervisor")
		stats, err := b.QueueStats(ctx)
		b.Must(err)
		expect(b, "open", stats.Open, 1)
		expect(b, "overdue", stats.Overdue, 1)
		expect(b, "marked", open(b, sam)[0].Overdue(b.Clock.Now()), true)
		held := b.Look(id)
		answered, why := answers(b, sam, c.ID, queue.ComplaintUpheld)
		expect(b, "answered", why, "")
		expect(b, "upheld", answered.Status, queue.ComplaintUpheld)
		expect(b, "it changes nothing", b.Look(id).Status, held.Status)
		_, why = answers(b, sam, c.ID, queue.ComplaintRejected)
		expect(b, "twice", why, hold.ComplaintClosed)
		again, _ = complains(b, asked)
		expect(b, "the repeat has the answer", again.Answer, "we are sorry")
		expect(b, "none waits", len(open(b, sam)), 0)
		closed, _, err := b.Complaints(ctx, sam, store.ComplaintPage{Closed: true, Limit: 10})
		b.Must(err)
		expect(b, "it is among those that were answered", len(closed), 1)
		got := kinds(b, string(id))
		if want := []string{"complaint.received", "complaint.upheld"}; !slices.Equal(got[len(got)-2:], want) {
			t.Errorf("entries %v, want %v", got, want)
		}
		verify(b)
	})
}

// A payee's complaint is known by a keyed digest alone, and is of the payee that
// payments to the account were held for.
func TestComplaintOfAPayee(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k, sam := payeeKeys(b, payeeKey), b.Agent("sam", "supervisor")
		of := func(account string) []counterparties.Digest { return k.All(counterparties.Normal(account, "")) }
		asked := store.Complain{Reference: "C-1", About: queue.ByPayee, Payee: of(honest)}
		c, why := complains(b, asked)
		expect(b, "taken in", why, "")
		expect(b, "no payment to it is on record", open(b, sam)[0].Known, false)
		var known counterparties.Known
		_, err := b.AcceptHold(ctx, paying(b, k, honest, &known))
		b.Must(err)
		seen := open(b, sam)[0]
		expect(b, "now one is", seen.Known, true)
		expect(b, "nobody has judged it", seen.VerdictID, "")
		verdictOn(b, c.PayeeID, "mule", "in_force", "agent:ann", "agent:bob", 0)
		expect(b, "two have", open(b, sam)[0].VerdictID != "", true)
		asked.Payee = of("DE02 1203 0000 0000 2020 51")
		again, why := complains(b, asked)
		expect(b, "written otherwise", why, "")
		expect(b, "the same", again.ID, c.ID)
		asked.Payee = of(mule)
		_, why = complains(b, asked)
		expect(b, "another account", why, hold.ReferenceReused)
		next := payeeKeys(b, nextPayeeKey, payeeKey)
		asked.Payee = next.All(counterparties.Normal(honest, ""))
		again, why = complains(b, asked)
		expect(b, "by the next key", why, "")
		expect(b, "the same still", again.ID, c.ID)

		var rows []string
		b.Must(storetest.Raw(t, b.URL).Select(&rows, `SELECT id || ' ' || payee_id || ' ' || reason || ' ' || body_digest FROM complaints`))
		chain, _, err := b.Chain(ctx, c.Subject())
		b.Must(err)
		for _, e := range chain {
			rows = append(rows, string(e.Bytes))
		}
		expect(b, "there is something to look at", len(rows) > 1, true)
		for _, row := range rows {
			if strings.Contains(row, honest) || strings.Contains(row, string(hold.DigestOf([]byte(honest)))) {
				t.Errorf("the account is kept: %s", row)
			}
		}
		verify(b)
	})
}

// Who judged the payee does not answer the complaint about that, and neither does who
// complains, or is the customer of the hold.
func TestComplaintIsAnsweredByAnother(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		before := b.Clock.Now()
		b.Clock.Forward(time.Hour)
		sam, boss := b.Agent("sam", "supervisor"), b.Agent("boss", "supervisor")
		for name, c := range map[string]struct {
			kind, status, first, second string
			ended                       hold.Instant
			want                        hold.Refusal
		}{
			"the first":                   {"mule", "in_force", "agent:sam", "agent:x", 0, hold.OwnVerdict},
			"the second":                  {"mule", "in_force", "agent:x", "agent:sam", 0, hold.OwnVerdict},
			"who asks for one":            {"mule", "asked", "agent:sam", "", 0, hold.OwnVerdict},
			"of one that ended since":     {"mule", "ended", "agent:sam", "agent:x", b.Clock.Now() + 1, hold.OwnVerdict},
			"of a reversal":               {"reverse", "in_force", "agent:x", "agent:sam", 0, hold.OwnVerdict},
			"of one that ended before":    {"mule", "ended", "agent:sam", "agent:x", before, ""},
			"of what was said against it": {"cleared", "in_force", "agent:sam", "agent:x", 0, ""},
			"of two others'":              {"mule", "in_force", "agent:x", "agent:y", 0, ""},
		} {
			account := fmt.Sprintf("DE%020d", len(name))
			got, why := complains(b, store.Complain{Reference: name[:3] + fmt.Sprint(len(name)), About: queue.ByPayee,
				Payee: k.All(counterparties.Normal(account, ""))})
			expect(b, name+": taken in", why, "")
			verdictOn(b, got.PayeeID, c.kind, c.status, c.first, c.second, c.ended)
			_, why = answers(b, sam, got.ID, queue.ComplaintUpheld)
			expect(b, name, why, c.want)
		}

		own, _ := complains(b, store.Complain{Reference: "own", About: queue.ByPayee, CustomerID: "kin", HoldID: b.Held(storetest.PushLadder())})
		for _, who := range []hold.CustomerID{"kin", b.Customer.ID} {
			b.Granted(putLink(b, boss, who))
			_, why := answers(b, sam, own.ID, queue.ComplaintUpheld)
			expect(b, string(who)+" answers", why, hold.AgentLinked)
			finds := slices.ContainsFunc(open(b, sam), func(c store.ListedComplaint) bool { return c.ID == own.ID })
			expect(b, string(who)+" finds it", finds, false)
		}
		_, why := answers(b, boss, own.ID, queue.ComplaintUpheld)
		expect(b, "another", why, "")
		_, why = answers(b, b.Agent("ana", "agent"), own.ID, queue.ComplaintUpheld)
		expect(b, "an agent", why, hold.RoleMissing)
		verify(b)
	})
}

// putLink says that sam is a customer.
func putLink(b *storetest.Bundle, boss store.By, who hold.CustomerID) (hold.Refusal, error) {
	if _, err := b.Store.Customer(ctx, who); errors.Is(err, store.ErrNotFound) {
		b.NewCustomer(who)
	}
	_, why, err := b.PutAgent(ctx, boss, store.PutAgent{Sub: "sam", CustomerID: &who})
	return why, err
}

// Complaints are listed by when they are due, page by page.
func TestComplaintsByWhenTheyAreDue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam, id := b.Agent("sam", "supervisor"), b.Held(storetest.PushLadder())
		for i, ago := range []int{3, 1, 5, 2, 4} {
			_, why := complains(b, store.Complain{Reference: fmt.Sprint(i), About: queue.ByPayer, HoldID: id,
				ReceivedAt: b.Clock.Now().Add(-time.Duration(ago) * time.Hour)})
			expect(b, "taken in", why, "")
		}
		var got []string
		for after := ""; ; {
			page, _, err := b.Complaints(ctx, sam, store.ComplaintPage{After: after, Limit: 2})
			b.Must(err)
			if len(page) == 0 {
				break
			}
			for _, c := range page {
				got = append(got, c.Reference)
			}
			after = page[len(page)-1].ID
		}
		expect(b, "in order", strings.Join(got, ""), "24031")
	})
}

// One that is dated back is overdue at most since it came: it stands behind what was
// overdue by then.
func TestComplaintDatedBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id := b.Held(storetest.PushLadder())
		brings := func(reference string, ago time.Duration) queue.Complaint {
			b.T.Helper()
			c, why := complains(b, store.Complain{Reference: reference, About: queue.ByPayer, HoldID: id, ReceivedAt: b.Clock.Now().Add(-ago)})
			expect(b, "taken in", why, "")
			return c
		}
		brings("waits", 0)
		b.Clock.Forward(16 * 24 * time.Hour)
		now := b.Clock.Now()
		back := brings("back", 360*24*time.Hour)
		expect(b, "received", back.ReceivedAt, now.Add(-360*24*time.Hour))
		expect(b, "due", back.DueAt, now)
		brings("later", 14*24*time.Hour)
		var got []string
		for _, c := range open(b, b.Agent("sam", "supervisor")) {
			got = append(got, c.Reference)
		}
		expect(b, "in order", strings.Join(got, " "), "waits back later")
	})
}

// A client brings so many in a day, and each of those a second time.
func TestComplaintLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id := b.Held(storetest.PushLadder())
		c := func(i int) store.Complain {
			return store.Complain{Reference: fmt.Sprint(i), About: queue.ByPayer, HoldID: id}
		}
		complains(b, c(0))
		db := storetest.Raw(t, b.URL)
		for i := 1; i < queue.ComplaintsADay; i++ {
			db.MustExec(db.Rebind(`INSERT INTO complaints (id, client_id, reference, body_digest, about, hold_id, reason, received_at, taken_at,
				due_at, status) VALUES (?, ?, ?, '', 'payer', ?, 'r', 1, ?, 1, 'open')`),
				fmt.Sprint("cmp_", i), storetest.Client, fmt.Sprint("r", i), id,
				b.Clock.Now())
		}
		_, why := complains(b, c(1))
		expect(b, "one more", why, hold.ComplaintLimit)
		_, why = complains(b, c(0))
		expect(b, "a repeat", why, "")
		b.Clock.Forward(24*time.Hour + time.Second)
		_, why = complains(b, c(1))
		expect(b, "the next day", why, "")
	})
}

// Another client's hold is not found.
func TestComplaintOfAnothersHold(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.SQLiteURL(t))
	b.Must(b.AddKey(ctx, store.Key{ID: "key_desk", ClientID: "desk", Digest: "d", Scopes: "complaints:write"}, "test"))
	_, _, err := b.Complain(ctx, store.Complain{Client: "desk", Reference: "C-1", About: queue.ByPayer, HoldID: b.Held(storetest.PushLadder()),
		Reason: "r", Within: fifteen})
	expect(b, "not found", errors.Is(err, store.ErrNotFound), true)
}

// Of many answers at once one stands, and of many repeats at once there is one complaint.
func TestComplaintRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id := b.Held(storetest.PushLadder())
		for round := range 10 {
			var wg sync.WaitGroup
			var ids sync.Map
			for range 4 {
				wg.Go(func() {
					c, why, err := b.Complain(ctx, store.Complain{Client: storetest.Client, Reference: fmt.Sprint(round), About: queue.ByPayer,
						HoldID: id, Reason: "r", Within: fifteen})
					if err != nil || why != "" {
						t.Errorf("%s %v", why, err)
					}
					ids.Store(c.ID, true)
				})
			}
			wg.Wait()
			var which []string
			ids.Range(func(k, _ any) bool { which = append(which, k.(string)); return true })
			expect(b, "complaints", len(which), 1)
			var stood, late atomic.Int32
			for i := range 4 {
				by, outcome := b.Agent(fmt.Sprint("sup", i), "supervisor"), []queue.ComplaintStatus{queue.ComplaintUpheld, queue.ComplaintRejected}[i%2]
				wg.Go(func() {
					_, why, err := b.AnswerComplaint(ctx, store.AnswerComplaint{By: by, ID: which[0], Outcome: outcome, Reason: "r"})
					switch {
					case err != nil:
						t.Error(err)
					case why == "":
						stood.Add(1)
					case why == hold.ComplaintClosed:
						late.Add(1)
					}
				})
			}
			wg.Wait()
			expect(b, "stands", stood.Load(), 1)
			expect(b, "came too late", late.Load(), 3)
		}
		verify(b)
	})
}

// An answer proposes to ask for the money back where it says so, of a payer's complaint
// that is upheld, where the money went; by itself it proposes nothing.
func TestAnswerProposesARecall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		gone := settled(b, storetest.Raw(t, b.URL))
		waits, sam := b.Held(storetest.PushLadder()), b.Agent("sam", "supervisor")
		for i, c := range []struct {
			id      hold.ID
			about   queue.Complainant
			outcome queue.ComplaintStatus
			recall  bool
			why     hold.Refusal
			recalls int
		}{
			{waits, queue.ByPayer, queue.ComplaintUpheld, true, hold.RecallMisplaced, 0},
			{gone, queue.ByPayer, queue.ComplaintRejected, true, hold.RecallMisplaced, 0},
			{gone, queue.ByPayee, queue.ComplaintUpheld, true, hold.RecallMisplaced, 0},
			{gone, queue.ByPayer, queue.ComplaintUpheld, false, "", 0},
			{gone, queue.ByPayer, queue.ComplaintUpheld, true, "", 1},
		} {
			said, why := complains(b, store.Complain{Reference: fmt.Sprint("C-", i), About: c.about, HoldID: c.id, ReceivedAt: b.Clock.Now()})
			expect(b, "taken in", why, "")
			answered, why, err := b.AnswerComplaint(ctx, store.AnswerComplaint{By: sam, ID: said.ID, Outcome: c.outcome, Reason: "r",
				Recall: c.recall})
			b.Must(err)
			expect(b, fmt.Sprint("answer ", i), why, c.why)
			expect(b, "it stands", answered.Status == c.outcome, c.why == "")
			rs, err := b.Recalls(ctx, sam, store.RecallPage{Limit: 10})
			b.Must(err)
			expect(b, fmt.Sprint("recalls after ", i), len(rs), c.recalls)
		}
		r := recallOf(b, gone)
		expect(b, "why", r.Source, hold.RecallComplaint)
		_, why, err := b.DecideRecall(ctx, store.DecideRecall{By: sam, ID: r.ID, Confirm: true, Reason: "r"})
		b.Must(err)
		expect(b, "who answered confirms", why, hold.SamePerson)
		verify(b)
	})
}

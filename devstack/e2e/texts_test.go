package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdfast/devstack/phone"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// textOf gives the n-th text of a hold, by its row.
func (w *world) textOf(id hold.ID, n int) (text struct {
	ID     string          `db:"id"`
	Status hold.TextStatus `db:"status"`
	Code   string          `db:"code"`
	Sends  int             `db:"sends"`
}) {
	w.T.Helper()
	raw := storetest.Raw(w.T, w.URL)
	defer raw.Close()
	until(w.T, "a text", func() bool {
		return raw.Get(&text, `SELECT id, status, code, sends FROM texts WHERE hold_id = ? ORDER BY created_at,
			id LIMIT 1 OFFSET ?`, id, n) == nil
	})
	return text
}

// Every branch of a hold that is asked by text, and of a text, on a real
// Temporal server.
func TestTextHistories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	rung := func(name string, d time.Duration, c hold.Channel) hold.Rung {
		r := storetest.Rung(name, d, c)
		if c == hold.SMS {
			r.Asks[0].Lifetime = hold.Duration(5 * time.Minute)
		}
		return r
	}
	ladder := func(rs ...hold.Rung) hold.Ladder {
		return hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: rs}
	}
	text := ladder(rung("text", time.Minute, hold.SMS))
	then := ladder(rung("text", time.Minute, hold.SMS), rung("app", time.Minute, hold.Push))
	number := func() string { return w.Customer.Phones[0].Number }
	arrived := func() string {
		got, err := w.texts.Await(ctx, number(), 0)
		w.Must(err)
		return provider.Code(got[len(got)-1].Body)
	}
	judge := func(code string) func(hold.Hold, hold.Challenge, hold.Instant) (hold.Verdict, error) {
		return func(_ hold.Hold, c hold.Challenge, _ hold.Instant) (hold.Verdict, error) {
			if right, err := w.codes.Code(c); err != nil || right != code {
				return hold.Verdict{Refusal: hold.CodeIncorrect}, err
			}
			return hold.Verdict{Answer: hold.Approve, UV: hold.UVNone}, nil
		}
	}
	enter := func(id hold.ID, n int, code string) {
		_, err := w.AnswerCode(ctx, store.CodeAttempt{CustomerID: w.Customer.ID, ChallengeID: w.asked(id, n).ID, Judge: judge(code)})
		w.Must(err)
	}
	reply := func(said store.ReplySaid, code string) {
		_, err := w.Reply(ctx, store.Reply{SID: "SM" + store.NewNonce(), Forms: []string{number()}, Said: said, Judge: judge(code),
			Rules: storetest.Contact})
		w.Must(err)
	}
	push := func(id hold.ID) { w.Say(w.asked(id, 1).ID, w.Old(), hold.Approve) }
	for _, c := range []struct {
		name   string
		ladder hold.Ladder
		fault  provider.Fault
		line   provider.Line
		do     func(id hold.ID)
		reason hold.Reason
		first  hold.TextStatus // what became of the first text
		texts  int             // that arrived
	}{
		{"sms_approved", text, provider.Fault{}, provider.Line{}, func(id hold.ID) { enter(id, 0, arrived()) }, hold.ReasonApproved, "sent", 2},
		{"sms_approved_by_reply", text, provider.Fault{}, provider.Line{}, func(hold.ID) { reply(store.ReplyCode, arrived()) },
			hold.ReasonApproved, "sent", 2},
		{"sms_refused_by_reply", text, provider.Fault{}, provider.Line{}, func(hold.ID) { arrived(); reply(store.ReplyNo, "") },
			hold.ReasonRefused, "sent", 2},
		{"sms_tries_spent_then_push", then, provider.Fault{}, provider.Line{}, func(id hold.ID) {
			code := arrived()
			for range 3 {
				enter(id, 0, "x"+code)
			}
			push(id)
		}, hold.ReasonApproved, "sent", 2},
		{"sms_opted_out_then_push", then, provider.Fault{}, provider.Line{}, func(id hold.ID) {
			arrived()
			reply(store.ReplyStop,
				"")
			push(id)
		}, hold.ReasonApproved, "sent", 1},
		{"sms_no_number_then_push", then, provider.Fault{Kind: provider.NoNumber}, provider.Line{}, push, hold.ReasonApproved, "failed", 0},
		{"sms_sim_swapped_then_push", then, provider.Fault{}, provider.Line{Swapped: time.Now().AddDate(0, 0, -2)}, push, hold.ReasonApproved,
			"failed", 0},
		{"sms_undelivered_then_push", then, provider.Fault{}, provider.Line{}, func(id hold.ID) {
			arrived()
			until(t, "the text to be sent", func() bool { return w.textOf(id, 0).Status == hold.TextSent })
			_, err := w.TextStatus(ctx, w.textOf(id, 0).ID, hold.TextNews{SID: w.texts.Messages(number())[0].SID, Status: hold.TextFailed,
				Code: "twilio_30003", Word: "undelivered"})
			w.Must(err)
			push(id)
		}, hold.ReasonApproved, "failed", 1},
		{"text_throttled", text, provider.Fault{Kind: provider.Throttle, Times: 1, Delay: time.Second}, provider.Line{},
			func(id hold.ID) { enter(id, 0, arrived()) }, hold.ReasonApproved, "sent", 2},
		{"text_throttled_too_long_then_push", then, provider.Fault{Kind: provider.Throttle, Times: 1, Delay: 2 * time.Minute}, provider.Line{},
			push, hold.ReasonApproved, "failed", 0},
		{"text_unavailable", text, provider.Fault{Kind: provider.Down, Times: 1}, provider.Line{}, func(id hold.ID) { enter(id, 0, arrived()) },
			hold.ReasonApproved, "sent", 2},
		{"text_broken_then_sent_again", text, provider.Fault{Kind: provider.Broken, Times: 1}, provider.Line{},
			func(id hold.ID) { enter(id, 0, arrived()) }, hold.ReasonApproved, "sent", 2},
		{"text_cut_then_found", text, provider.Fault{Kind: provider.Cut, Times: 1}, provider.Line{}, func(id hold.ID) {
			arrived()
			until(t, "the text to be found", func() bool { return w.textOf(id, 0).Status == hold.TextSent })
			if got := w.textOf(id, 0); got.Sends != 1 {
				t.Errorf("it may have been sent %d times", got.Sends)
			}
			enter(id, 0, arrived())
		}, hold.ReasonApproved, "sent", 2},
		{"text_decided_before_it_went", text, provider.Fault{Kind: provider.Down, Times: 2}, provider.Line{}, func(id hold.ID) {
			w.asked(id, 0)
			until(t, "the first try", func() bool { return w.texts.Counts()["refused"] > 0 })
			_, _, err := w.Override(ctx, id, 1, "client:bank", "")
			w.Must(err)
		}, hold.ReasonOverride, "cancelled", 0},
	} {
		w.Subtest(c.name, func() {
			w.Must(w.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: w.Old(), CustomerID: w.Customer.ID}}, nil))
			if c.fault.Kind != "" {
				c.fault.Number = number()
				w.texts.Set(c.fault)
			}
			if !c.line.Swapped.IsZero() {
				w.texts.SetLine(number(), c.line)
			}
			id := w.accept(c.ladder, time.Hour)
			c.do(id)
			h, history := w.settled(id)
			if h.Decision.Reason != c.reason {
				w.T.Errorf("%s: decided for %s, want %s", c.name, h.Decision.Reason, c.reason)
			}
			first := w.textOf(id, 0)
			texted := w.history(first.ID)
			if first = w.textOf(id, 0); first.Status != c.first {
				w.T.Errorf("%s: the text was %s (%s), want %s", c.name, first.Status, first.Code, c.first)
			}
			if c.texts > 1 { // the outcome is told where a text had asked
				w.history(w.textOf(id, 1).ID)
			}
			if got := len(w.texts.Messages(number())); got != c.texts {
				w.T.Errorf("%s: %d texts arrived, want %d", c.name, got, c.texts)
			}
			if strings.HasPrefix(c.name, "text_") {
				keep(w.T, c.name, texted)
			} else {
				keep(w.T, c.name, history)
			}
			if c.name == "sms_approved" {
				keep(w.T, "text_sent", texted)
			}
			private := regexp.MustCompile(`\+?39333[0-9]{7}|#[0-9]{6}`)
			for _, e := range append(history.Events, texted.Events...) {
				if private.MatchString(e.String()) {
					w.T.Errorf("%s: the history has a number or a code: %s", c.name, e.EventType)
				}
			}
		})
	}
	if broken := w.texts.Broken(); len(broken) > 0 {
		t.Errorf("calls that are not Twilio's: %v", broken)
	}
}

const killPolicy = `policy: kills
min_contact_age: 5s
sms: {ceilings: {EUR: 500000}, countries: [DE]}
deadlines: {transfer: 4m}
reasons:
  other: {customer: {en: x, zh-Hans: x}, agent: {en: x}}
ladders:
  text:
    rungs:
      - name: text
        ask: [{channel: sms, lifetime: 4m}]
        timeout: 4m
rules:
  - {name: all, ladder: text}
`

// The process is killed at each step of a send, seven times three: while the
// number is looked up (before sending), as the connection is cut after the
// provider took the text, and while the provider's answer is under way (before
// the commit). Each time half of the lists hide what was sent. At most two
// texts come, with one code, and it counts.
func TestKilledSends(t *testing.T) {
	t.Parallel()
	const rounds = 7
	p, env := outlivingProvider(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(killPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	child := startChild(t, dir, env...)
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	coords, err := stack.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	p.SetInbound(coords.URL + stack.InboundPath)
	bank, err := stack.NewBank(coords.URL, coords.Key)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), coords.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	raw := storetest.Raw(t, coords.Database)
	steps := []provider.Fault{
		{On: provider.Lookups, Kind: provider.Slow, Delay: time.Minute, Times: 1},
		{Kind: provider.Cut, Times: 1},
		{Kind: provider.Stall, Delay: time.Minute, Times: 1},
	}
	dice := rand.New(rand.NewPCG(11, 12))
	twice := 0
	for round := range rounds {
		var numbers []string
		var ids []hold.ID
		lookups := p.Counts()["lookups"]
		for i, f := range steps {
			f.Number = fmt.Sprintf("+4915112%02d%04d", i, round)
			numbers = append(numbers, f.Number)
			p.Set(f)
			if (round+i)%2 == 0 {
				p.Set(provider.Fault{On: provider.Lists, Kind: provider.Hidden, Number: f.Number})
			}
			who := hold.CustomerID(fmt.Sprintf("c-%d-%d", round, i))
			if err := bank.PutPerson(t.Context(), stack.Person{ID: who, Name: "Customer", Phrase: "x", Number: f.Number,
				Since: time.Now().AddDate(-1, 0, 0)}); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, submit(t, bank, fmt.Sprintf("tx-%d-%d", round, i), who).Id)
		}
		until(t, "each step to be reached", func() bool {
			return p.Counts()["lookups"] >= lookups+3 && len(p.Messages(numbers[1])) == 1 && len(p.Messages(numbers[2])) == 1
		})
		moment := time.NewTimer(time.Duration(dice.IntN(150)) * time.Millisecond)
		<-moment.C // of the kill
		_ = child.Process.Kill()
		_ = child.Wait()
		child = startChild(t, dir, env...)
		for i, id := range ids {
			var status string
			until(t, "the text of "+numbers[i], func() bool {
				return raw.Get(&status, `SELECT status FROM texts WHERE hold_id = ?
					AND kind = 'challenge'`, id) == nil && (status == "sent" || status == "delivered")
			})
			got := p.Messages(numbers[i])
			if len(got) < 1 || len(got) > 2 {
				t.Fatalf("step %d: %d texts", i, len(got))
			}
			code := provider.Code(got[0].Body)
			if len(got) == 2 {
				twice++
				if provider.Code(got[1].Body) != code {
					t.Error("two texts, two codes")
				}
			}
			token, err := bank.Session(t.Context(), hold.CustomerID(fmt.Sprintf("c-%d-%d", round, i)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := phone.EnterCode(t.Context(), coords.URL, token, "", code); err != nil {
				t.Errorf("the code does not count: %v", err)
			}
			until(t, "the release", func() bool { h, err := db.Hold(t.Context(), id); return err == nil && h.Status == hold.Released })
			if n := len(p.Messages(numbers[i])); n > 3 { // the outcome is one more
				t.Errorf("%d texts in the end", n)
			}
		}
	}
	if twice == 0 {
		t.Error("no round sent twice: the hidden lists were not met")
	}
	t.Logf("%d sends killed, %d of them sent twice", rounds*len(steps), twice)
	if broken := p.Broken(); len(broken) > 0 {
		t.Errorf("calls that are not Twilio's: %v", broken)
	}
}

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// evening is a time zone in which it is ten at night, within the hour.
func evening() string {
	ahead := 22 - time.Now().UTC().Hour() // hours, east; the names of these zones have the sign the other way round
	if ahead > 12 {
		ahead -= 24
	}
	return fmt.Sprintf("Etc/GMT%+d", -ahead)
}

// lives registers a customer anew, in another time zone, with other numbers.
func (p *page) lives(who hold.CustomerID, zone string, numbers ...string) {
	p.Helper()
	person, _ := stack.Named(who)
	locale := person.Locale
	if locale == "" {
		locale = "en"
	}
	phones := []client.PhoneRequest{}
	for _, n := range numbers {
		phones = append(phones, client.PhoneRequest{Number: n, Since: hold.At(person.Since)})
	}
	body, err := json.Marshal(map[string]any{"name": person.Name, "locale": locale, "time_zone": zone, "phrase": person.Phrase,
		"phones": phones})
	if err != nil {
		p.Fatal(err)
	}
	res, err := p.bank.PutCustomerWithBody(p.Context(), who, "application/json", bytes.NewReader(body))
	if err := stack.Reply(res, err, nil); err != nil {
		p.Fatal(err)
	}
}

// told waits until the banner promises this, and counts what it says is held.
func (b *tab) told(call string, held int) {
	b.Helper()
	b.see(`[data-test="protected"][data-call="` + call + `"]`)
	b.counts(test("held")+" li", held)
}

// A frozen customer sees on every page that they are protected, what is held, who
// calls and when or that nobody can be promised, and how to reach the bank. What
// it says changes as it changes, and nowhere stands that nothing waits.
func TestAppProtects(t *testing.T) {
	t.Parallel()
	policy := strings.NewReplacer(`from: "00:00", to: "24:00"`, `from: "08:00", to: "20:00"`, "  scam: 10m", "  scam: 24h").Replace(screens(t))
	p := newPageWith(t, policy, func(o *stack.Options) { o.BankPhone = "+49 30 5550100" })
	inLooks(t, func(t *testing.T, l look) {
		p, who := p.as(t), speakers[l.locale]
		person, _ := stack.Named(who)
		b := p.app(l)
		p.lives(who, evening(), person.Number) // the app's phone was put on record with the customer's usual zone
		b.counts(test("protected"), 0)
		held := p.scamOf("protected-held-"+l.locale, who)
		p.hold("protected-stolen-"+l.locale, who, nil)
		b.click(test("not-me"))
		b.click(test("not-me-do"))
		b.see(test("ended-answered"))
		b.told("promised", 1)
		b.click(test("done"))
		b.see(test("home"))
		b.hides("There is no question for you", "没有待您确认")
		p.scamOf("protected-second-"+l.locale, who)
		b.told("promised", 2)
		b.state("app-protected")

		sub := map[string]string{"en": "ana", "zh-Hans": "bo"}[l.locale]
		c := p.rings(sub, person.Number)
		ring := p.pickUp(p.handset(person.Number), 0)
		b.told("calling", 2)
		b.click(test("calling-read"))
		b.state("app-protected-calling")
		if err := p.handset(person.Number).HangUp(t.Context(), ring.SID, time.Second); err != nil {
			t.Fatal(err)
		}
		p.says(sub, c, hold.NotReached)
		b.told("promised", 2)
		b.see(test("call-later"))
		b.state("app-protected-later")

		b.click(test("log"))
		b.see(test("log-view"))
		b.told("promised", 2)
		b.click(test("log-view") + ` > .button`)
		b.click(test("help"))
		b.click(test("help-do"))
		b.see(test("helped"))
		b.see(test("call-soon")) // whoever asks for help is called at any hour
		b.told("promised", 2)
		b.click(test("helped-act"))
		b.see(test("home"))

		p.lives(who, "Europe/Berlin") // nobody can be called any more
		b.told("none", 2)
		b.state("app-protected-nobody")
		for _, id := range p.heldOf(who) {
			res, err := p.bank.DecideHold(t.Context(), id, &client.DecideHoldParams{IfMatch: `"1"`}, client.DecisionRequest{Outcome: hold.Reverse,
				Reason: "The customer came to the branch."})
			if err := stack.Reply(res, err, nil); err != nil {
				t.Fatal(err)
			}
		}
		p.decided(held, hold.Reverse, hold.ReasonOverride)
		b.told("none", 0)
		b.state("app-protected-nothing-held")
		p.says("sam", p.next("sam"), hold.Scammed) // nobody else is to take this case
	})
}

// next has an agent take the next case.
func (p *page) next(sub string) (c client.Case) {
	p.Helper()
	agent, err := stack.NewAgent(p.Coordinates, sub)
	if err != nil {
		p.Fatal(err)
	}
	until(p, "a case for "+sub, func() bool {
		res, err := agent.NextCase(p.Context())
		return stack.Reply(res, err, &c) == nil && c.Id != ""
	})
	return c
}

// says has an agent say what came of the urgent call of a case that is theirs.
func (p *page) says(sub string, c client.Case, d hold.Disposition) {
	p.Helper()
	agent, err := stack.NewAgent(p.Coordinates, sub)
	if err != nil {
		p.Fatal(err)
	}
	for _, k := range c.Tasks {
		if !k.Kind.Urgent() {
			continue
		}
		res, err := agent.DisposeTask(p.Context(), c.Id, client.DispositionRequest{TaskId: k.Id, Disposition: d})
		if err := stack.Reply(res, err, nil); err != nil {
			p.Fatal(err)
		}
	}
}

// heldOf are a customer's payments that wait.
func (p *page) heldOf(who hold.CustomerID) (ids []hold.ID) {
	p.Helper()
	var page client.HoldPage
	res, err := p.bank.ListHolds(p.Context(), &client.ListHoldsParams{CustomerId: who, Status: hold.Held, Limit: 50})
	if err := stack.Reply(res, err, &page); err != nil {
		p.Fatal(err)
	}
	for _, h := range page.Holds {
		ids = append(ids, h.Id)
	}
	return ids
}

package e2e

import (
	"bytes"
	"encoding/json"
	"image/color"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/queue"
)

// page is a stack for people to look at.
type page struct {
	*testing.T
	*stack.Stack
	bank    *stack.Bank
	options stack.Options
}

// newPage starts a stack under a policy.
func newPage(t *testing.T, policy string) *page {
	t.Helper()
	return newPageWith(t, policy, func(*stack.Options) {})
}

// newPageWith is the same on a stack with other options.
func newPageWith(t *testing.T, policy string, change func(*stack.Options)) *page {
	t.Helper()
	dir := t.TempDir()
	o := childOptions(dir)
	o.LedgerLoses, o.PolicyFile = 0, filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(o.PolicyFile, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	change(&o)
	p := &page{T: t, options: o}
	p.start()
	t.Cleanup(func() { _ = p.Stop() })
	if err := stack.Seed(t.Context(), dir, p.Coordinates); err != nil {
		t.Fatal(err)
	}
	return p
}

// start starts the stack, where it was before.
func (p *page) start() {
	p.Helper()
	again(&p.options)
	s, err := stack.Start(p.Context(), p.options)
	if err == nil {
		p.Stack = s
		p.bank, err = stack.NewBank(s.URL, s.Key)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// as is the same stack in another test.
func (p *page) as(t *testing.T) *page { return &page{T: t, Stack: p.Stack, bank: p.bank} }

// hold submits one, changed as wanted.
func (p *page) hold(tx string, who hold.CustomerID, change func(*hold.Request)) hold.ID {
	p.Helper()
	r := hold.Request{TransactionID: tx, CustomerID: who, Kind: hold.KindTransfer, Amount: hold.Money{Minor: 125000, Currency: "EUR"},
		Payee: hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051"}, RequestedAt: hold.At(time.Now()),
		Origin: hold.Origin{Channel: "web"},
		Risk:   hold.Risk{Score: 700, Reasons: []string{"new_payee"}}}
	if change != nil {
		change(&r)
	}
	body, err := json.Marshal(r)
	if err != nil {
		p.Fatal(err)
	}
	var h client.Hold
	res, err := p.bank.SubmitHoldWithBody(p.Context(), &client.SubmitHoldParams{IdempotencyKey: tx}, "application/json", bytes.NewReader(body))
	if err := stack.Reply(res, err, &h); err != nil {
		p.Fatal(err)
	}
	return h.Id
}

// decided waits for a hold's decision and its settlement.
func (p *page) decided(id hold.ID, want hold.Outcome, why hold.Reason) {
	p.Helper()
	var h client.Hold
	until(p, "the decision on "+string(id), func() bool {
		res, err := p.bank.GetHold(p.Context(), id, &client.GetHoldParams{})
		return stack.Reply(res, err, &h) == nil && h.Status.Settled()
	})
	if h.Decision.Outcome != want || h.Decision.Reason != why {
		p.Fatalf("decided %s for %s, want %s for %s", h.Decision.Outcome, h.Decision.Reason, want, why)
	}
}

// question waits for a customer's question about a hold.
func (p *page) question(token string, id hold.ID) (found client.AppChallenge) {
	p.Helper()
	who := customer{token: token}
	until(p, "the question", func() bool {
		var shown client.AppChallengeList
		if who.call(p.T, p.Stack, "GET", "/v1/app/challenges", nil, &shown) != nil {
			return false
		}
		for _, c := range shown.Challenges {
			if c.HoldID == id {
				found = c
			}
		}
		return found.ID != ""
	})
	return found
}

// The face check in a browser with a camera that is none: looked at before the
// start, tried, taken, taken again, sent; and what a used link says.
func TestFacePages(t *testing.T) {
	t.Parallel()
	p := newPage(t, facePolicy)
	for _, l := range []look{{390, "light", "en"}, {390, "light", "zh-Hans"}} {
		who := map[string]hold.CustomerID{"en": "maria", "zh-Hans": "lin"}[l.locale]
		if err := p.bank.PutPortrait(t.Context(), who, color.White, time.Now().AddDate(-2, 0, 0)); err != nil {
			t.Fatal(err)
		}
		id := p.hold("face-"+l.locale, who, func(r *hold.Request) { r.Payee.Name = hostile })
		token, err := p.bank.Session(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		link, err := phone.FaceLink(t.Context(), p.URL, token, p.question(token, id).ID)
		if err != nil {
			t.Fatal(err)
		}
		b := newTab(t, l)
		b.open(link)
		b.see(`[data-test="face-ask"]`)
		b.hides("1,250", "1250", "Kovacs", "DE02")
		b.state("face-ask")
		b.click(`input[name="consent"]`)
		b.click("#try")
		b.run(named("the camera works", enabled("#begin")))
		b.click("#begin")
		b.see(`[data-test="face-check"]`)
		b.run(named("the camera shows", enabled("#take")))
		b.state("face-check")
		b.click("#take")
		b.see(".shots li.taken:nth-child(1)")
		b.click("#again")
		for _, n := range []string{"1", "2", "3"} {
			b.click("#take")
			b.see(".shots li.taken:nth-child(" + n + ")")
		}
		b.state("face-taken")
		b.click("#send")
		b.see(`[data-test="face-thanks"]`)
		b.state("face-thanks")
		b.open(link)
		b.see(`[data-test="face-dead"]`)
		b.state("face-dead")
		b.click("main form button")
		b.see(`[data-test="face-renewed"]`)
		b.state("face-renewed")
		p.judge("ana", "same")
		p.decided(id, hold.Release, hold.ReasonApproved)
	}
}

// known gives a customer a portrait: without one nobody is asked for their face.
func (p *page) known(who hold.CustomerID) {
	p.Helper()
	if err := p.bank.PutPortrait(p.Context(), who, color.White, time.Now().AddDate(-2, 0, 0)); err != nil {
		p.Fatal(err)
	}
}

// Who cannot do it is called.
func TestFaceCannot(t *testing.T) {
	t.Parallel()
	p := newPage(t, facePolicy)
	for locale, who := range speakers {
		p.known(who)
		id := p.hold("cannot-"+locale, who, nil)
		token, err := p.bank.Session(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		link, err := phone.FaceLink(t.Context(), p.URL, token, p.question(token, id).ID)
		if err != nil {
			t.Fatal(err)
		}
		b := newTab(t, look{390, "light", locale})
		b.open(link)
		b.click(test("cannot"))
		b.see(`[data-test="face-calling"]`)
		b.state("face-calling")
	}
}

// pictured is a hold of Maria's whose face check has her pictures, to be held
// against her portrait.
func (p *page) pictured(tx string, change func(*hold.Request)) hold.ID {
	p.Helper()
	err := p.bank.PutPortrait(p.Context(), "maria", color.White, time.Now().AddDate(-2, 0, 0))
	if err != nil {
		p.Fatal(err)
	}
	id := p.hold(tx, "maria", change)
	token, err := p.bank.Session(p.Context(), "maria")
	if err != nil {
		p.Fatal(err)
	}
	link, err := phone.FaceLink(p.Context(), p.URL, token, p.question(token, id).ID)
	if err == nil {
		_, err = phone.Browser(p.Context(), link, color.White)
	}
	if err != nil {
		p.Fatal(err)
	}
	return id
}

// judge has an agent take the next case and say this of every face in it.
func (p *page) judge(sub string, d hold.Disposition) {
	p.Helper()
	a, err := stack.NewAgent(p.Coordinates, sub)
	if err != nil {
		p.Fatal(err)
	}
	var c client.Case
	res, err := a.NextCase(p.Context())
	if err := stack.Reply(res, err, &c); err != nil {
		p.Fatal(err)
	}
	for _, k := range c.Tasks {
		if k.Kind != queue.TaskFace { // nobody was connected, and so a call is due as well
			continue
		}
		for _, n := range []string{"0", "1", "2", "3"} { // looked at before it is judged
			res, err := a.GetPicture(p.Context(), c.Id, k.Id, n)
			if err != nil || res.StatusCode != http.StatusOK {
				p.Fatalf("picture %s: %v", n, err)
			}
			_ = res.Body.Close()
		}
		res, err := a.DisposeTask(p.Context(), c.Id, client.DispositionRequest{TaskId: k.Id, Disposition: d, Revision: k.Hold.Revision})
		if err := stack.Reply(res, err, nil); err != nil {
			p.Fatal(err)
		}
	}
}

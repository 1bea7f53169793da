package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"holdfast/api/client"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// The face check without a pointer: consent, camera, three pictures, sent; and
// the way out for who cannot.
func TestFaceByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, facePolicy)
	b := newTab(t, narrow)
	open := func(who hold.CustomerID) {
		p.known(who)
		id := p.hold("keys-"+string(who), who, nil)
		token, err := p.bank.Session(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		link, err := phone.FaceLink(t.Context(), p.URL, token, p.question(token, id).ID)
		if err != nil {
			t.Fatal(err)
		}
		b.open(link)
		b.see(`[data-test="face-ask"]`)
	}
	open("maria")
	b.tabTo(`input[name="consent"]`)
	b.keys(" ")
	b.press("#try")
	b.run(named("the camera works", enabled("#begin")))
	b.has("#begin")
	b.keys(kb.Enter)
	b.see(`[data-test="face-check"]`)
	b.run(named("the camera shows", enabled("#take")))
	b.tabTo("#take")
	for _, n := range []string{"1", "2"} {
		b.keys(kb.Enter)
		b.see(".shots li.taken:nth-child(" + n + ")")
		b.has("#take")
	}
	b.press("#again")
	b.has("#take")
	for _, n := range []string{"1", "2", "3"} {
		b.keys(kb.Enter)
		b.see(".shots li.taken:nth-child(" + n + ")")
	}
	b.has("#send")
	b.keys(kb.Enter)
	b.see(`[data-test="face-thanks"]`)

	open("lin")
	b.press(`[data-test="cannot"]`)
	b.see(`[data-test="face-calling"]`)
}

// A phone without a pointer: a text is replied to, a call is answered, its keypad
// used, and hung up.
func TestPhoneByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	maria, _ := stack.Named("maria")
	p.hold("keys-phone", "maria", nil)
	b := newTab(t, narrow)
	b.open(p.URL + "/phone?customer=maria")
	b.see(test("text"))
	b.write(test("reply-box"), "hello?"+kb.Enter)
	b.see(test("reply") + " .good")
	b.has(test("reply-box"))

	p.hold("keys-call", "maria", func(r *hold.Request) { r.Risk.Reasons = []string{"impersonation"} })
	p.rings("ana", maria.Number)
	b.see(test("call-answer"))
	b.press(test("call-answer"))
	b.keeps(test("call-hangup"))
	b.press(test("keypad"))
	b.tabTo(".keys button:nth-child(4)")
	b.keys(kb.Enter + " ")
	b.says("Pressed: 44")
	b.press(test("call-hangup"))
	b.gone(test("call"))
	b.keeps(test("past-call"))
}

// rings has an agent take the next case and call its customer, and answers at
// the agent's desk.
func (p *page) rings(sub, number string) client.Case {
	p.Helper()
	agent, err := stack.NewAgent(p.Coordinates, sub)
	if err != nil {
		p.Fatal(err)
	}
	var c client.Case
	until(p, "the case", func() bool {
		res, err := agent.NextCase(p.Context())
		return stack.Reply(res, err, &c) == nil && c.Id != ""
	})
	res, err := agent.PlaceCall(p.Context(), c.Id, client.CallRequest{ContactId: c.Customer.Contacts[0].Id})
	if err := stack.Reply(res, err, nil); err != nil {
		p.Fatal(err)
	}
	p.pickUp(p.handset(stack.AgentNumbers[sub]), 0)
	until(p, "a call to "+number, func() bool {
		got, err := p.handset(number).Calls(p.Context(), 0)
		return err == nil && len(got) > 0
	})
	return c
}

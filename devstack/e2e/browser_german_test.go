package e2e

import (
	"testing"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"

	"github.com/chromedp/chromedp"
)

// A customer whose language comes from files alone reads it in the app and from the
// bank, with its plural forms, in a country whose own words nobody has written.
func TestAppSpeaksGerman(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	b := newTab(t, look{390, "light", "de"})
	b.open(p.URL + "/app")
	b.click(test("known-maria"))
	b.see(test("link-socket"))
	maria, _ := stack.Named("maria")
	res, err := p.bank.PutCustomer(t.Context(), maria.ID, client.CustomerRequest{Name: maria.Name, Locale: "de-AT", TimeZone: "Europe/Vienna",
		Phrase: maria.Phrase, Phones: []client.PhoneRequest{{Number: maria.Number, Since: hold.At(maria.Since)}}})
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	b.run(chromedp.Reload())
	b.see(`html[lang="de"]`)
	b.says("Es gibt keine Frage an Sie")
	id := p.hold("german", "maria", func(*hold.Request) {})
	b.see(test("question"))
	b.says("Stimmt diese Zahlung?")
	b.says("1.250,00")
	b.zoomed("app-question", "de")
	b.as(look{390, "light", "de"})
	b.picture("app-question_de_390_light")
	b.click(test("approve"))
	b.enter(test("pin"), "9999\r")
	b.see(".error")
	b.says("Das ist nicht die PIN. Sie haben noch")
	b.picture("app-wrong-pin_de_390_light")
	b.enter(test("pin"), "1234\r")
	b.see(test("ended-answered"))
	p.decided(id, hold.Release, hold.ReasonApproved)
	b.says("Sie haben diese Zahlung freigegeben. Sie ist unterwegs.")
	b.picture("app-approved_de_390_light")
}

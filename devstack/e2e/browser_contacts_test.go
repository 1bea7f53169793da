package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"holdfast/api/client"
	"holdfast/contacts"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/store/storetest"
)

var codeInText = regexp.MustCompile(`\b\d{6,8}\b`)

// A customer names somebody in the app, who agrees by text and is taken off again, at once
// or, who counts, three days later unless they are kept; an
// agent tells one who counts of a payment that looks like a scam, takes their veto down,
// and blocks them, of which the app shows nothing.
func TestTrustedContacts(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t)+"\ncontacts: {enabled: true, inform: text, veto: agent}\n")
	tabs := map[string]*tab{}
	for locale, number := range map[string]string{"en": "+4915155501001", "zh-Hans": "+4915155501002"} {
		b := p.app(look{390, "light", locale})
		b.click(test("contacts"))
		b.see(test("contact-add"))
		b.click(test("contact-add"))
		b.enter(test("contact-phone"), number)
		b.click(test("contact-do"))
		b.see(".error")
		b.state("app-contact-wrong")
		b.enter(test("contact-name"), "Ines")
		b.click(test("contact-do"))
		b.see(`[data-status="named"]`)
		ines := p.handset(number)
		var texts []provider.Message
		until(t, "the question", func() bool {
			var err error
			texts, err = ines.Messages(t.Context(), 0)
			return err == nil && len(texts) > 0
		})
		code := codeInText.FindString(texts[0].Body)
		if status, err := ines.Reply(t.Context(), code); err != nil || status != 200 {
			t.Fatal(status, err, texts[0].Body)
		}
		b.click(test("back"))
		b.click(test("contacts"))
		b.see(`[data-status="accepted"]`)
		b.state("app-contacts")
		b.cutOff("/v1/app/contacts/*")
		b.click(test("contact-remove"))
		b.click(test("sure-do"))
		b.says(map[string]string{"en": "No connection. Try again.", "zh-Hans": "没有网络，请重试。"}[locale])
		b.state("app-contacts-trouble")
		b.cutOff()
		b.click(test("back"))
		b.see(test("contacts"))
		b.cutOff("/v1/app/contacts")
		b.click(test("contacts"))
		b.says(map[string]string{"en": "This cannot be shown now. We keep trying.", "zh-Hans": "暂时无法显示，我们会继续尝试。"}[locale])
		b.state("app-contacts-away")
		b.cutOff()
		b.see(`[data-status="accepted"]`) // by itself
		b.click(test("contact-remove"))
		b.click(test("sure-do"))
		b.gone(`[data-status]`) // who did not count yet is off at once
		b.click(test("contact-add"))
		b.state("app-contact-new")
		tabs[locale] = b
	}
	for locale, b := range tabs { // each names the other, who agrees in their own app
		other, _ := stack.Named(speakers[map[string]string{"en": "zh-Hans", "zh-Hans": "en"}[locale]])
		b.enter(test("contact-name"), "A friend")
		b.enter(test("contact-phone"), other.Number)
		b.click(test("contact-do"))
		b.see(`[data-status="named"]`)
	}
	for _, b := range tabs {
		b.click(test("back"))
		b.click(test("contacts"))
		b.see(test("contact-asked"))
		b.state("app-contacts-asked")
		b.click(test("contact-agree"))
		b.gone(test("contact-asked"))
	}
	raw := storetest.Raw(t, p.Database)
	forward := func(by time.Duration) {
		raw.MustExec(raw.Rebind(`UPDATE contacts SET accepted_at = accepted_at - ? WHERE accepted_at <> 0`), by.Microseconds())
	}
	forward(contacts.Settling)
	for _, b := range tabs { // who counts goes on counting, and can be kept
		b.click(test("back"))
		b.click(test("contacts"))
		b.see(`[data-status="effective"]`)
		b.click(test("contact-remove"))
		b.see("dialog")
		b.state("app-contacts-sure")
		b.click(test("sure-do"))
		b.see(test("contact-keep"))
		b.state("app-contacts-leaving")
		b.click(test("contact-keep"))
		b.gone(test("contact-keep"))
		b.see(`[data-status="effective"]`)
	}
	forward(-contacts.Settling) // from here on the bank's contact alone counts

	who := client.BankContacts{Contacts: []client.BankContact{{Name: "Her daughter", Phone: "+4915155501003",
		AcceptedAt: hold.At(time.Now().Add(-100 * time.Hour))}}}
	res, err := p.bank.PutContacts(t.Context(), "maria", who)
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	app := p.app(narrow)
	app.click(test("contacts"))
	app.see(`[data-status="effective"]`)
	p.scamOf("trusted", "maria")
	ana := p.console("ana", wide)
	ana.took()
	ana.see(test("contact-call"))
	ana.gone(test("contact-block")) // nobody knows who it is
	ana.state("console-contacts")
	ana.click(test("contact-text"))
	ana.see("dialog")
	ana.state("console-contact-sure")
	ana.click("dialog " + test("contact-do"))
	ana.gone(test("contact-text"))
	var texts []provider.Message
	until(t, "the text", func() bool {
		texts, err = p.handset("+4915155501003").Messages(t.Context(), 0)
		return err == nil && len(texts) > 0
	})
	if len(texts) != 1 || !strings.Contains(texts[0].Body, "asked us to name you; call them now on a number you know.") ||
		strings.ContainsAny(strings.TrimPrefix(texts[0].Body, "Nordbank"), "0123456789€") {
		t.Errorf("%+v", texts)
	}
	ana.click(test("contact-call"))
	ana.click("dialog " + test("contact-do"))
	ana.see(test("contact-number"))
	ana.says("+4915155501003")
	ana.state("console-contact-called")
}

// cutOff lets nothing through to some of the API's paths, or all to all.
func (b *tab) cutOff(paths ...string) {
	b.Helper()
	var all []*network.BlockPattern
	for _, path := range paths {
		all = append(all, &network.BlockPattern{URLPattern: "*://*:*" + path, Block: true})
	}
	b.run(network.SetBlockedURLs().WithURLPatterns(all))
}

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// comparesNames is the bank's service that compares names.
func comparesNames(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Name string }
		_ = json.NewDecoder(r.Body).Decode(&asked)
		code := map[string]string{"Anna Kovacs": "MTCH", "Anna": "CMTC"}[asked.Name]
		if code == "" {
			code = "NMTC"
		}
		_, _ = io.WriteString(w, `{"code": "`+code+`", "name": "Anna Kovacs"}`)
	}))
	t.Cleanup(s.Close)
	return s
}

// knowsOf is the bank's service that knows of one account.
func knowsOf(t *testing.T, account string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Account string }
		_ = json.NewDecoder(r.Body).Decode(&asked)
		hits := "[]"
		if asked.Account == account {
			hits = `[{"ref": "case-1", "category": "mule_confirmed", "strength": "confirmed"}]`
		}
		_, _ = io.WriteString(w, `{"hits": `+hits+`}`)
	}))
	t.Cleanup(s.Close)
	return s
}

// A customer asks about an account before paying. A public list warns of it, or nothing
// is known: that never looks as if all were well, and the owner's name is not told.
func TestAppChecksAnAccount(t *testing.T) {
	t.Parallel()
	const warned, unknown, mule = "NL91ABNA0417164300", "DE02120300000000202051", "DE89370400440532013000"
	p := newPageWith(t, screens(t), func(o *stack.Options) {
		o.NameCheck, o.PayeeSource = comparesNames(t).URL, knowsOf(t, mule).URL
		o.PayeeSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	})
	res, err := p.bank.PutPayeeListWithBody(t.Context(), "warnings", &client.PutPayeeListParams{Public: true}, "text/csv",
		strings.NewReader("account,ref,category,strength\n"+warned+",w-1,scam_investment,confirmed\n"))
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	p.suspected(p.hold("to-a-mule", "omar", func(r *hold.Request) { r.Payee.Account = mule }))
	inLooks(t, func(t *testing.T, l look) {
		p := p.as(t)
		b := p.app(l)
		ask := func(account, name, want, state string) {
			t.Helper()
			if account != "" {
				b.enter(test("check-account"), account)
			}
			if name != "" {
				b.enter(test("check-name"), name)
			}
			b.click(test("check-do"))
			b.see(test(want))
			b.state(state)
			var well bool
			if b.eval(`!!document.querySelector("main .good") || document.body.innerText.includes("Kovacs")`, &well); well {
				t.Errorf("%s looks as if all were well, or tells the owner's name", state)
			}
			b.click(test("check-again"))
			b.see(test("check"))
		}
		b.click(test("check"))
		b.see(test("check-account"))
		b.state("app-check")
		b.click(test("check-do"))
		b.see(".error")
		b.state("app-check-wrong")
		b.eval(`document.querySelector('[data-test="check-account"]').removeAttribute("maxlength")`, nil)
		b.enter(test("check-account"), strings.Repeat("1", 65)) // which the API refuses
		b.click(test("check-do"))
		b.see(".error")
		b.click(test("back"))
		b.click(test("check"))
		ask("nl91 abna 0417 1643 00", "", "check-listed", "app-check-listed")
		ask(unknown, "Anna Kovacs", "check-unknown", "app-check-unknown")
		ask(unknown, "Zoe", "check-unknown", "app-check-misnamed")
		ask(unknown, "Anna", "check-unknown", "app-check-nearly")
		b.run(network.SetBlockedURLs().WithURLPatterns([]*network.BlockPattern{{URLPattern: "*://*:*/v1/app/payee-checks", Block: true}}))
		ask(unknown, "", "check-away", "app-check-away")
		b.run(network.SetBlockedURLs())
		p.asksOften(speakers[l.locale], "DE89370400440532013000")
		var kept string
		if b.eval(`document.querySelector('[data-test="check-account"]').value`, &kept); kept != unknown {
			t.Errorf("after a failure the account's field has %q", kept)
		}
		ask("", "", "check-often", "app-check-often")
		b.click(test("back"))
		b.see(test("home"))
	})
}

// suspected waits until the source's word about a payment's payee has come.
func (p *page) suspected(id hold.ID) {
	p.Helper()
	until(p, "the source's word on "+string(id), func() bool {
		res, err := p.bank.ListHoldAudit(p.Context(), id, &client.ListHoldAuditParams{Limit: 50})
		if err != nil {
			return false
		}
		defer res.Body.Close() //nolint:errcheck // it is read
		b, _ := io.ReadAll(res.Body)
		return strings.Contains(string(b), "hold.payee_told") && strings.Contains(string(b), "hold.suspected")
	})
}

// asksOften has a customer ask about an account as often as is possible in a day.
func (p *page) asksOften(who hold.CustomerID, account string) {
	p.Helper()
	token, err := p.bank.Session(p.Context(), who)
	if err != nil {
		p.Fatal(err)
	}
	for range 20 {
		req, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.URL+"/v1/app/payee-checks",
			strings.NewReader(`{"account": "`+account+`"}`))
		if err != nil {
			p.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			p.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

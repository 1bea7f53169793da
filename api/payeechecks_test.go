package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

const listedMule, warnedOf, unknownOne = "DE89370400440532013000", "NL91ABNA0417164300", "DE02120300000000202051"

// warnOf puts a list in force that customers may be told of.
func (x *bench) warnOf(list string, lines ...counterparties.Line) {
	x.t.Helper()
	b := x.store
	edition, why, err := b.BeginPayeeList(x.t.Context(), list)
	b.Granted(why, err)
	var some []store.ListedPayee
	for _, l := range lines {
		some = append(some, store.ListedPayee{Hit: l.Hit(list), Public: true, Digest: payeeKeys.Current(counterparties.Normal(l.Account, ""))})
	}
	b.Granted(b.FillPayeeList(x.t.Context(), list, edition, some))
	b.Granted(b.EndPayeeList(x.t.Context(), list, edition, len(some), "test"))
}

// namer compares names as it is told.
type namer struct {
	answer counterparties.NameAnswer
	err    error
}

func (n *namer) CheckName(context.Context, hold.Payee) (counterparties.NameAnswer, error) {
	return n.answer, n.err
}

// A customer is told what public lists say and whether the name fits; an account that the
// bank's own list has is answered byte for byte as one that nobody knows, also after a
// payment to it was held and suspected.
func TestCustomerAsksAboutAPayee(t *testing.T) {
	t.Parallel()
	names := &namer{answer: counterparties.ReadName("CMTC")}
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) { c.Names = names })
	x.listPayees("own", counterparties.Line{Account: listedMule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
	x.warnOf("warnings", counterparties.Line{Account: warnedOf, Ref: "w-1", Category: "scam_investment", Strength: counterparties.Reported})
	req := request("tx-mule")
	req["payee"] = map[string]any{"name": "Anna Kovacs", "account": listedMule}
	x.read(x.do("POST", "/v1/holds", req, "Idempotency-Key", "tx-mule"), 202, nil)
	ask := func(body map[string]any) reply {
		t.Helper()
		return x.do("POST", "/v1/app/payee-checks", body, by(x.token("lin"))...)
	}
	about := func(account string) map[string]any { return map[string]any{"account": account} }
	internal, unknown := ask(about(listedMule)), ask(about(unknownOne))
	if internal.status != 200 || !bytes.Equal(internal.body, unknown.body) || len(internal.header) != len(unknown.header) ||
		internal.header.Get("Content-Length") != unknown.header.Get("Content-Length") {
		t.Errorf("of a mule %d %s, of nobody %s", internal.status, internal.body, unknown.body)
	}
	var c client.AppPayeeCheck
	if x.read(unknown, 200, &c); c.Known != "unknown" || len(c.Warnings) != 0 || c.NameCheck != "" {
		t.Errorf("of nobody: %+v", c)
	}
	if x.read(ask(about("nl91 abna 0417 1643 00")), 200, &c); c.Known != "listed" || len(c.Warnings) != 1 ||
		c.Warnings[0].Text != counterparties.Words("scam_investment", "en") {
		t.Errorf("of one that a public list warns of: %+v", c)
	}
	named := map[string]any{"account": unknownOne, "name": "Anna Kovac"}
	if x.read(ask(named), 200, &c); c.NameCheck != hold.NameClose || c.NameText != names.answer.In("en") {
		t.Errorf("with a name: %+v", c)
	}
	names.err = errors.New("down")
	if x.read(ask(named), 200, &c); c.NameCheck != hold.NameUnknown || c.NameText == "" {
		t.Errorf("while nobody compares names: %+v", c)
	}
	if strings.Contains(x.log.String(), unknownOne[4:]) || strings.Contains(x.log.String(), listedMule[4:]) {
		t.Errorf("an account is logged: %s", x.log)
	}
	if x.counts["payee_asked"] != 5 {
		t.Errorf("counted %d", x.counts["payee_asked"])
	}
	for name, who := range map[string][]string{"a key": by(x.key), "nobody": by("x")} {
		if r := x.do("POST", "/v1/app/payee-checks", about(warnedOf), who...); r.status != 401 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

// The bank's screen is told what a name check came to, with its code.
func TestBankHasANameChecked(t *testing.T) {
	t.Parallel()
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) {
		c.Names, c.Payees = &namer{answer: counterparties.ReadName("PANM")}, counterparties.Keys{}
	})
	var c client.PayeeCheck
	x.read(x.do("POST", "/v1/payee-checks", map[string]any{"account": unknownOne, "name": "Anna"}, "Accept-Language", "zh-Hans"), 200, &c)
	if c.NameCheck != hold.NameClose || c.NameCode != "PANM" || c.NameText != counterparties.ReadName("PANM").In("zh-Hans") ||
		c.Level != "unknown" {
		t.Errorf("%+v", c)
	}
}

// The twenty-first question of a day is refused, of a hit as of anything else, and told
// when another counts anew.
func TestCustomerAsksTooOften(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.warnOf("warnings", counterparties.Line{Account: warnedOf, Ref: "w-1", Category: "scam_investment", Strength: counterparties.Reported})
	token := by(x.token("lin"))
	for range 20 {
		x.read(x.do("POST", "/v1/app/payee-checks", map[string]any{"account": warnedOf}, token...), 200, nil)
	}
	x.store.Clock.Forward(time.Minute)
	for _, account := range []string{warnedOf, unknownOne} {
		r := x.do("POST", "/v1/app/payee-checks", map[string]any{"account": account}, token...)
		if r.status != 429 || r.code() != "check_limit" || r.header.Get("Retry-After") != "86340" || bytes.Contains(r.body, []byte("scam")) {
			t.Errorf("%d %s, Retry-After %s", r.status, r.body, r.header.Get("Retry-After"))
		}
	}
}

// Of an account that all together ask about too often no name is compared, and warnings
// are told as before; the bank's own list makes no difference.
func TestAccountIsAskedAboutTooOften(t *testing.T) {
	t.Parallel()
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) {
		c.Names = &namer{answer: counterparties.ReadName("MTCH")}
	})
	x.listPayees("own", counterparties.Line{Account: listedMule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
	x.warnOf("warnings", counterparties.Line{Account: warnedOf, Ref: "w-1", Category: "scam_investment", Strength: counterparties.Reported})
	last := map[string]reply{}
	for _, account := range []string{warnedOf, listedMule, unknownOne} {
		for i := range 22 {
			who := account + "-" + strconv.Itoa(i/11)
			if i%11 == 0 {
				x.putCustomer(who)
			}
			last[account] = x.do("POST", "/v1/app/payee-checks", map[string]any{"account": account, "name": "Anna"}, by(x.token(who))...)
		}
	}
	var c client.AppPayeeCheck
	if x.read(last[warnedOf], 200, &c); c.Known != "listed" || len(c.Warnings) != 1 || c.NameCheck != hold.NameUnknown {
		t.Errorf("%+v", c)
	}
	if !bytes.Equal(last[listedMule].body, last[unknownOne].body) || last[listedMule].status != 200 {
		t.Errorf("of a mule %s, of nobody %s", last[listedMule].body, last[unknownOne].body)
	}
	if x.counts["name_check_match"] != 60 {
		t.Errorf("%d names were compared", x.counts["name_check_match"])
	}
}

// A list comes over the API as a whole or not at all; of a bad line its number and why
// are told, and nothing of its text.
func TestListOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	key := by(x.newKey("lists", "payees:write"))
	const head, good = "account,ref,category,strength\n", listedMule + ",m-1,mule_confirmed,confirmed\n"
	put := func(list, body string, more ...string) reply {
		t.Helper()
		return x.do("PUT", "/v1/payee-lists/"+list, body, append(append([]string{"Content-Type", "text/csv"}, key...), more...)...)
	}
	level := func(account string) (c client.PayeeCheck) {
		t.Helper()
		x.read(x.do("POST", "/v1/payee-checks", map[string]any{"account": account}), 200, &c)
		return c
	}
	ndjson := []string{"Content-Type", "application/x-ndjson"}
	var taken client.PayeeListTaken
	if x.read(put("own", head+good), 200, &taken); taken.List != "own" || taken.Lines != 1 || taken.Public || taken.Edition == "" {
		t.Errorf("%+v", taken)
	}
	for name, c := range map[string]struct {
		list, body string
		status     int
		code, why  string
		more       []string
	}{
		"a bad line":     {"own", head + good + "secret,y,z,confirmed\n", 422, "list_line_invalid", "line 3: category", nil},
		"bad JSON":       {"own", `{"account": "secret"}` + "\n", 422, "list_line_invalid", "line 1: ref", ndjson},
		"nothing":        {"own", "", 422, "list_line_invalid", "empty", nil},
		"no lines":       {"own", head, 409, "list_too_short", "0 lines", nil},
		"a ref twice":    {"own", head + good + good, 422, "ref_twice", "1 to 2", nil},
		"JSON":           {"own", "{}", 415, "content_type_unsupported", "", []string{"Content-Type", "application/json"}},
		"compressed":     {"own", "x", 415, "content_type_unsupported", "", []string{"Content-Encoding", "gzip"}},
		"a name of ours": {"source:bank", head + good, 400, "field_invalid", "", nil},
		"a word":         {"own?public=yes", head + good, 400, "field_invalid", "", nil},
		"another scope":  {"own", head + good, 403, "scope_missing", "", by(x.newKey("screen", "payees:check"))},
		"a customer":     {"own", head + good, 401, "unauthenticated", "", by(x.token("lin"))},
	} {
		r := put(c.list, c.body, c.more...)
		if r.status != c.status || r.code() != c.code || !strings.Contains(string(r.body), c.why) || strings.Contains(string(r.body), "secret") {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		if c := level(listedMule); c.Level != "confirmed" {
			t.Errorf("%s: the list before does not stand: %+v", name, c)
		}
	}
	x.read(put("own", head, "Content-Type", "text/csv"), 409, nil)
	x.read(put("own?shrink=true", head), 200, &taken)
	if c := level(listedMule); c.Level != "none" {
		t.Errorf("after an empty list: %+v", c)
	}
	line := `{"account": "` + warnedOf + `", "ref": "w-1", "category": "scam_investment", "strength": "reported"}` + "\n"
	if x.read(put("warnings?public=true", line, ndjson...), 200, &taken); !taken.Public {
		t.Errorf("%+v", taken)
	}
	var ls client.PayeeLists
	x.read(x.do("GET", "/v1/payee-lists", nil, key...), 200, &ls)
	if len(ls.Lists) != 2 || ls.Lists[1].List != "warnings" || !ls.Lists[1].Public || ls.Lists[1].Lines != 1 || ls.Lists[1].InForce == nil ||
		ls.Lists[1].Author != "client:lists" || ls.Lists[0].Public {
		t.Errorf("%+v", ls)
	}
}

// A list that breaks off in its midst changes nothing.
func TestListThatBreaksOff(t *testing.T) {
	t.Parallel()
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) { c.Transfer = time.Second })
	req, err := http.NewRequestWithContext(t.Context(), "PUT", x.server.URL+"/v1/payee-lists/own",
		strings.NewReader("account,ref,category,strength\n"))
	x.store.Must(err)
	req.ContentLength = 1 << 20 // of which the rest never comes
	req.Header.Set("Content-Type", "text/csv")
	req.Header.Set("Authorization", "Bearer "+x.key)
	if res, err := x.server.Client().Do(req); err == nil {
		_ = res.Body.Close()
		if res.StatusCode == 200 {
			t.Error("half a list was taken")
		}
	}
	ls, err := x.store.PayeeLists(t.Context())
	x.store.Must(err)
	for _, l := range ls {
		if l.Edition != "" {
			t.Errorf("%+v is in force", l)
		}
	}
}

// A list of which a little comes now and then ends when its import does.
func TestListThatDrips(t *testing.T) {
	t.Parallel()
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) { c.Transfer = time.Minute })
	server := httptest.NewUnstartedServer(x.server.Config.Handler)
	ends, cancel := context.WithTimeout(t.Context(), 3*time.Second) // in the place of the import's quarter of an hour
	defer cancel()
	server.Config.BaseContext = func(net.Listener) context.Context { return ends }
	server.Start()
	t.Cleanup(server.Close)
	waits, gone := context.WithTimeout(t.Context(), 30*time.Second)
	defer gone()
	body, drips := io.Pipe()
	defer drips.Close()                                                  //nolint:errcheck // it always can be
	go io.WriteString(drips, "account,ref,category,strength\nsome of a") //nolint:errcheck // the server hangs up
	req, err := http.NewRequestWithContext(waits, "PUT", server.URL+"/v1/payee-lists/own", body)
	x.store.Must(err)
	req.Header.Set("Content-Type", "text/csv")
	req.Header.Set("Authorization", "Bearer "+x.key)
	res, err := server.Client().Do(req)
	x.store.Must(err)
	_ = res.Body.Close()
	if res.StatusCode == 200 {
		t.Error("half a list was taken")
	}
}

// An account that is written alike in several countries is looked up as one of the bank's
// own as well, whatever country is named, and is counted as one.
func TestAccountOfTheBanksOwnCountry(t *testing.T) {
	t.Parallel()
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) {
		c.Country, c.Names = "DE", &namer{answer: counterparties.ReadName("MTCH")}
	})
	put := func(list, account, country, category string) {
		t.Helper()
		body := "account,ref,category,strength,country\n" + account + ",r-1," + category + ",confirmed," + country + "\n"
		x.read(x.do("PUT", "/v1/payee-lists/"+list, body, append(by(x.newKey(list, "payees:write")), "Content-Type", "text/csv")...), 200, nil)
	}
	put("own", "1234567", "DE", "mule_confirmed")
	put("warnings?public=true", "7654321", "DE", "scam_job")
	for country, want := range map[string]string{"": "listed", "DE": "listed", "AT": "listed"} {
		ask := map[string]any{"account": "7654-321", "name": "Anna"}
		bank := map[string]any{"account": "1234567"}
		if country != "" {
			ask["country"], bank["country"] = country, country
		}
		var app client.AppPayeeCheck
		if x.read(x.do("POST", "/v1/app/payee-checks", ask, by(x.token("lin"))...), 200, &app); string(app.Known) != want {
			t.Errorf("in %q: %+v", country, app)
		}
		var c client.PayeeCheck
		if x.read(x.do("POST", "/v1/payee-checks", bank), 200, &c); !c.Mule {
			t.Errorf("of the bank's screen in %q: %+v", country, c)
		}
	}
	var n []int
	x.store.Must(storetest.Raw(t, x.store.URL).Select(&n, `SELECT n FROM payee_checks WHERE subject LIKE 'account:%'`))
	if len(n) != 1 || n[0] != 3 {
		t.Errorf("counted by account: %v", n)
	}
	paid := func(tx, country string) client.Counterparty {
		t.Helper()
		req := request(tx)
		req["payee"] = map[string]any{"name": "Anna", "account": "55-55-555"}
		if country != "" {
			req["payee"].(map[string]any)["country"] = country
		}
		x.read(x.do("POST", "/v1/holds", req, "Idempotency-Key", tx), 202, nil)
		var found client.CounterpartyTicket
		body := map[string]any{"account": "5555555"}
		if country != "" {
			body["country"] = country
		}
		x.read(x.as("sue", "supervisor", "POST", "/v1/counterparties/search", body), 200, &found)
		return client.Counterparty{Id: found.CounterpartyId}
	}
	own, abroad := paid("tx-own", "DE"), paid("tx-abroad", "US")
	if own.Id == abroad.Id {
		t.Error("an account abroad is found as the bank's own country's")
	}
	var found client.CounterpartyTicket
	body := map[string]any{"account": "5555555"}
	if x.read(x.as("sue", "supervisor", "POST", "/v1/counterparties/search", body), 200, &found); found.CounterpartyId != own.Id {
		t.Errorf("without a country: %s, want %s", found.CounterpartyId, own.Id)
	}
	for i, form := range []map[string]any{{"account": "370400440532013000"}, {"account": "370400440532013000", "country": "DE"},
		{"account": "DE89 3704 0044 0532 0130 00"}} {
		req := request(fmt.Sprint("tx-form-", i))
		req["payee"] = map[string]any{"name": "Anna", "account": form["account"]}
		if form["country"] != nil {
			req["payee"].(map[string]any)["country"] = form["country"]
		}
		x.read(x.do("POST", "/v1/holds", req, "Idempotency-Key", fmt.Sprint("tx-form-", i)), 202, nil)
	}
	var ids []string
	x.store.Must(storetest.Raw(t, x.store.URL).Select(&ids, `SELECT DISTINCT payee_id FROM holds WHERE transaction_id LIKE 'tx-form-%'`))
	if len(ids) != 1 {
		t.Errorf("a national number and its IBAN have %d ids", len(ids))
	}
	body["country"] = "FR"
	if x.read(x.as("sue", "supervisor", "POST", "/v1/counterparties/search", body), 200, &found); found.CounterpartyId != own.Id {
		t.Errorf("with another country: %s, want %s", found.CounterpartyId, own.Id)
	}
}

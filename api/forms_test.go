package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/hold"
	"holdfast/store/storetest"
)

// What a refusal says is what to do.
func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	good, err := json.Marshal(request("tx-form"))
	x.store.Must(err)
	for name, c := range map[string]struct{ old, new, field, says string }{
		"seven digits": {"12:00:00Z", "12:00:00.1234567Z", "/requested_at", "six digits after the point at most"},
		"nine digits":  {"12:00:00Z", "12:00:00.123456789Z", "/requested_at", "six digits after the point at most"},
		"an offset":    {"12:00:00Z", "12:00:00+01:00", "/requested_at", "in UTC (Z)"},
		"null":         {`"kind"`, `"deadline":null,"kind"`, "/deadline", "must not be null: leave out"},
		"null within":  {`"payee":{`, `"payee":{"country":null,`, "/payee/country", "must not be null: leave out"},
		"a fraction":   {"125000", "1250.00", "/amount/minor", "EUR 12.50 is 1250"},
		"withdrawn":    {"EUR", "DEM", "/amount/currency", "ISO 4217's list of 2026-09-17"},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Replace(string(good), c.old, c.new, 1)
			r := x.do("POST", "/v1/holds", body, "Idempotency-Key", "k-form")
			var p client.Problem
			if json.Unmarshal(r.body, &p) != nil || r.status != 400 || p.Field != c.field || !strings.Contains(p.Detail, c.says) {
				t.Errorf("%s: %d %s", body, r.status, r.body)
			}
		})
	}
}

// Codes of ISO 4217's list are taken, also those that CLDR learnt late.
func TestListedCurrencies(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	for _, code := range []string{"VES", "VED", "SLE", "XCG", "ZWG", "XAD", "CLF", "RSD"} {
		body := request("tx-" + code)
		body["amount"] = map[string]any{"minor": 1, "currency": code}
		if r := x.do("POST", "/v1/holds", body, "Idempotency-Key", code); r.status != 202 {
			t.Errorf("%s: %d %s", code, r.status, r.body)
		}
	}
}

// A currency may be withdrawn between a hold and its repeat: what was acknowledged is
// acknowledged again, and nothing new is taken.
func TestRepeatOfAWithdrawnCurrency(t *testing.T) {
	t.Parallel()
	at := storetest.SQLiteURL(t)
	x := benchOn(t, storetest.New(t, at))
	first := x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "k")
	x.read(first, 202, nil)
	body := request("tx-1")
	body["amount"] = map[string]any{"minor": 125000, "currency": "HRK"}
	b, err := json.Marshal(body)
	x.store.Must(err)
	var req hold.Request
	x.store.Must(json.Unmarshal(b, &req))
	b, err = json.Marshal(req)
	x.store.Must(err)
	storetest.Raw(t, at).MustExec(`UPDATE idempotency SET body_digest = $1`, hold.DigestOf(b)) // as if it had been listed then
	if r := x.do("POST", "/v1/holds", body, "Idempotency-Key", "k"); r.status != 202 || string(r.body) != string(first.body) {
		t.Errorf("the repeat: %d %s", r.status, r.body)
	}
	body["transaction_id"] = "tx-2"
	if r := x.do("POST", "/v1/holds", body, "Idempotency-Key", "k2"); r.status != 400 {
		t.Errorf("a new one: %d %s", r.status, r.body)
	}
}

// A customer's language is any tag of BCP 47, and a key may have whatever RFC 7517
// lets it have.
func TestCustomersForms(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	jwk := string(push.PublicJWK(&newSigner(t).Key.PublicKey))
	put := func(locale, key string) reply {
		return x.do("PUT", "/v1/customers/omar", client.CustomerRequest{Name: "Omar", Locale: locale, TimeZone: "Africa/Cairo",
			Phrase:  "quiet orchard",
			Devices: []client.DeviceRequest{{Name: "p", PublicKey: json.RawMessage(key)}}})
	}
	with := func(member string) string { return strings.Replace(jwk, "{", "{"+member+",", 1) }
	for _, locale := range []string{"en", "EN-gb", "zh-Hans-CN-u-co-pinyin", "de-CH-1996", "sl-rozaj-biske-1994",
		"en-US-u-hc-h12-ca-gregory-nu-latn", "de-x-bank", "sr-Latn-RS", "zh-cmn-Hans-CN", "qq-ZZ"} {
		if r := put(locale, jwk); r.status != 200 {
			t.Errorf("%s: %d %s", locale, r.status, r.body)
		}
	}
	for _, locale := range []string{"e", "en_US", "en-", "english language", "12", "en--US", "en-u"} {
		if r := put(locale, jwk); r.status != 400 || !strings.Contains(string(r.body), `"/locale"`) {
			t.Errorf("%q: %d %s", locale, r.status, r.body)
		}
	}
	for _, member := range []string{`"x5t":"AA"`, `"x5c":["` + strings.Repeat("A", 1500) + `"]`, `"iat":1700000000`, `"colour":{"a":["b"]}`,
		`"ext":true,"key_ops":["verify"]`} {
		if r := put("en", with(member)); r.status != 200 {
			t.Errorf("%.40s: %d %s", member, r.status, r.body)
		}
	}
	for _, member := range []string{`"d":"AA"`, `"use":"enc"`, `"alg":"RS256"`} {
		if r := put("en", with(member)); r.status != 400 || !strings.Contains(string(r.body), "public_key") {
			t.Errorf("%s: %d %s", member, r.status, r.body)
		}
	}
}

package api_test

import (
	"bytes"
	"strings"
	"testing"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// went is a payment that was released and settled.
func (x *bench) went(tx string, more ...any) hold.ID {
	x.t.Helper()
	r := request(tx)
	for i := 0; i < len(more); i += 2 {
		r[more[i].(string)] = more[i+1]
	}
	var h client.Hold
	x.read(x.do("POST", "/v1/holds", r, "Idempotency-Key", tx), 202, &h)
	_, err := x.store.OpenRung(x.t.Context(), h.Id, 0, hold.NoRung, storetest.Rules)
	x.store.Must(err)
	cs, err := x.store.Challenges(x.t.Context(), h.Id)
	x.store.Must(err)
	x.read(x.answer(x.token("lin"), cs[0].ID, x.sign(x.old, cs[0], hold.Approve)), 200, nil)
	x.finish(h.Id)
	x.store.Must(x.store.MarkSettled(x.t.Context(), h.Id))
	return h.Id
}

func (x *bench) recalls(who, role, query string) (page client.RecallPage) {
	x.t.Helper()
	x.read(x.as(who, role, "GET", "/v1/recalls"+query, nil), 200, &page)
	return page
}

// logged is what the customer's log says of a hold's recall; empty: nothing.
func (x *bench) logged(id hold.ID) (status hold.RecallStatus, text string) {
	x.t.Helper()
	var log client.LogPage
	x.read(x.do("GET", "/v1/app/log", nil, by(x.token("lin"))...), 200, &log)
	for _, l := range log.Lines {
		if l.HoldId == id && l.Recall != nil {
			return l.Recall.Status, l.Recall.Text
		}
	}
	return "", ""
}

// A customer says not me of what went: an agent confirms that it is asked for, the bank
// says what came of it, and everybody sees how far it is.
func TestRecallOverHTTP(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := benchOn(t, b)
		id := x.went("tx-1")
		if s, _ := x.logged(id); s != "" {
			t.Errorf("before: %s", s)
		}
		x.read(x.do("POST", "/v1/app/holds/"+string(id)+"/not_me", nil, by(x.token("lin"))...), 202, nil)
		page := x.recalls("ana", "agent", "?status=proposed")
		if len(page.Recalls) != 1 || page.Recalls[0].HoldId != id || page.Recalls[0].Source != hold.RecallNotMe ||
			page.Recalls[0].Payee.Account != "…2051" {
			t.Fatalf("listed %+v", page)
		}
		at := "/v1/recalls/" + string(page.Recalls[0].Id)
		if s, text := x.logged(id); s != hold.RecallProposed || !strings.Contains(text, "looking into") {
			t.Errorf("the customer reads %s: %s", s, text)
		}
		said := map[string]any{"status": "accepted", "reference": "CXL-1"}
		if r := x.do("POST", at+"/status", said); r.status != 409 || r.code() != "recall_status" ||
			!bytes.Contains(r.body, []byte(`"status":"proposed"`)) {
			t.Errorf("before it was confirmed: %d %s", r.status, r.body)
		}
		var r client.Recall
		x.read(x.as("ana", "agent", "POST", at, map[string]any{"decision": "confirm", "reason": "she never paid"}), 200, &r)
		if r.Status != hold.RecallRequested || r.DecidedBy != "agent:ana" || r.Reason != "she never paid" {
			t.Errorf("confirmed %+v", r)
		}
		if again := x.as("sue", "supervisor", "POST", at, map[string]any{"decision": "decline", "reason": "no"}); again.status != 409 ||
			again.code() != "recall_status" || !bytes.Contains(again.body, []byte(`"status":"requested"`)) {
			t.Errorf("declined after it: %d %s", again.status, again.body)
		}
		x.read(x.do("POST", at+"/status", said), 200, &r)
		back := map[string]any{"status": "returned", "reference": "RTR-1", "amount": map[string]any{"minor": 25000, "currency": "EUR"},
			"reason_code": "FOCR"}
		x.read(x.do("POST", at+"/status", back), 200, &r)
		x.read(x.do("POST", at+"/status", back), 200, &r)
		if r.Returned == nil || r.Returned.Minor != 25000 || r.ReasonCode != "FOCR" {
			t.Errorf("a part, twice: %+v", r)
		}
		if s, text := x.logged(id); s != hold.RecallReturned || !strings.HasPrefix(text, "A part") {
			t.Errorf("the customer reads %s: %s", s, text)
		}
		back["reference"], back["amount"] = "RTR-2", map[string]any{"minor": 100001, "currency": "EUR"}
		if much := x.do("POST", at+"/status", back); much.status != 422 || much.code() != "recall_amount" {
			t.Errorf("too much: %d %s", much.status, much.body)
		}
		back["amount"] = map[string]any{"minor": 100000, "currency": "EUR"}
		x.read(x.do("POST", at+"/status", back), 200, &r)
		if s, text := x.logged(id); s != hold.RecallReturned || !strings.HasPrefix(text, "All") {
			t.Errorf("the customer reads %s: %s", s, text)
		}
		var story client.Story
		x.read(x.as("sam", "supervisor", "GET", "/v1/supervision/holds/"+string(id), nil), 200, &story)
		if story.Recall == nil || story.Recall.Returned.Minor != 125000 || story.Trail != "verified" {
			t.Errorf("story %+v, %s", story.Recall, story.Trail)
		}
	})
}

// What cannot be said of a recall, and by whom it cannot.
func TestBadRecalls(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	id := x.went("tx-1")
	x.store.Must(x.store.AskForHelp(t.Context(), "lin")) // changes nothing of it
	x.read(x.do("POST", "/v1/app/holds/"+string(id)+"/not_me", nil, by(x.token("lin"))...), 202, nil)
	at := "/v1/recalls/" + string(x.recalls("ana", "agent", "").Recalls[0].Id)
	x.store.Agent("kin", "agent")
	customer := hold.CustomerID("lin")
	_, why, err := x.store.PutAgent(t.Context(), x.store.Agent("sue", "supervisor"), store.PutAgent{Sub: "kin", CustomerID: &customer})
	x.store.Granted(why, err)
	yes := map[string]any{"decision": "confirm", "reason": "r"}
	if r := x.as("kin", "agent", "POST", at, yes); r.code() != "agent_linked" {
		t.Errorf("their own: %d %s", r.status, r.body)
	}
	if page := x.recalls("kin", "agent", ""); len(page.Recalls) != 0 {
		t.Errorf("they see %+v", page)
	}
	if r := x.as("olga", "auditor", "POST", at, yes); r.code() != "role_missing" {
		t.Errorf("an auditor: %d %s", r.status, r.body)
	}
	x.read(x.as("ana", "agent", "POST", at, yes), 200, nil)
	money := func(minor int, currency string) map[string]any {
		return map[string]any{"minor": minor, "currency": currency}
	}
	for name, c := range map[string]struct {
		body map[string]any
		code string
	}{
		"no amount":            {map[string]any{"status": "returned", "reference": "a"}, "field_invalid"},
		"an amount too many":   {map[string]any{"status": "accepted", "reference": "a", "amount": money(1, "EUR")}, "field_invalid"},
		"nothing":              {map[string]any{"status": "returned", "reference": "a", "amount": money(0, "EUR")}, "field_invalid"},
		"another currency":     {map[string]any{"status": "returned", "reference": "a", "amount": money(1, "JPY")}, "field_invalid"},
		"no reference":         {map[string]any{"status": "accepted"}, "field_invalid"},
		"a status of ours":     {map[string]any{"status": "requested", "reference": "a"}, "field_invalid"},
		"a sentence as a code": {map[string]any{"status": "refused", "reference": "a", "reason_code": "no money"}, "field_invalid"},
		"too much":             {map[string]any{"status": "returned", "reference": "a", "amount": money(125001, "EUR")}, "recall_amount"},
	} {
		if r := x.do("POST", at+"/status", c.body); r.code() != c.code {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	ok := map[string]any{"status": "accepted", "reference": "a"}
	if r := x.do("POST", at+"/status", ok, by(x.newKey("risk", "holds:write", "holds:override"))...); r.code() != "scope_missing" {
		t.Errorf("without the scope: %d %s", r.status, r.body)
	}
	if r := x.do("POST", "/v1/recalls/"+store.NewID("rcl")+"/status", ok); r.status != 404 {
		t.Errorf("of none: %d %s", r.status, r.body)
	}
	x.read(x.do("POST", at+"/status", ok, by(x.newKey("recalls", "recalls:write"))...), 200, nil)
	if d := x.look(id).Decision; d == nil || d.Outcome != hold.Release {
		t.Errorf("the decision is %+v", d)
	}
}

// How banks know a payment is kept with it, checked, and no part of what the customer is
// asked about; and what is not asked for by the customer is not told before it is.
func TestPaymentIDs(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	ids := map[string]any{"uetr": "8a562c67-ca16-48ba-b074-65581be6f011", "end_to_end_id": "E2E 1", "transaction_id": "TX-9",
		"instruction_id": "I1", "settlement_date": "2026-01-01", "local_instrument": "INST"}
	id := x.went("tx-1", "payment", ids)
	raw := storetest.Raw(t, x.store.URL)
	raw.MustExec(raw.Rebind(`INSERT INTO recall_requests (id, hold_id, customer_id, source, status, amount_minor, currency, proposed_at,
		proposed_by, updated_at) VALUES (?, ?, 'lin', 'complaint', 'proposed', 125000, 'EUR', 1, 'system', 1)`), store.NewID("rcl"), id)
	if s, text := x.logged(id); s != "" {
		t.Errorf("the customer reads %s: %s", s, text)
	}
	recall := x.recalls("ana", "agent", "").Recalls[0]
	x.read(x.as("ana", "agent", "POST", "/v1/recalls/"+string(recall.Id), map[string]any{"decision": "confirm", "reason": "r"}), 200, nil)
	if s, _ := x.logged(id); s != hold.RecallRequested {
		t.Errorf("the customer reads %s", s)
	}
	ask, _, err := x.store.BeginRecall(t.Context(), recall.Id)
	x.store.Must(err)
	if want := (hold.PaymentIDs{UETR: "8a562c67-ca16-48ba-b074-65581be6f011", EndToEndID: "E2E 1", TxID: "TX-9", InstructionID: "I1",
		SettlementDate: "2026-01-01", LocalInstrument: "INST"}); ask == nil || ask.PaymentIDs != want {
		t.Errorf("asked %+v", ask)
	}
	for name, bad := range map[string]map[string]any{
		"upper case": {"uetr": "8A562C67-CA16-48BA-B074-65581BE6F011"}, "another version": {"uetr": "8a562c67-ca16-18ba-b074-65581be6f011"},
		"too long": {"end_to_end_id": strings.Repeat("x", 36)}, "a script": {"instruction_id": "<b>"},
		"no day": {"settlement_date": "2026-13-01"}, "a time": {"settlement_date": "2026-01-01T00:00:00Z"},
		"unknown": {"mandate": "x"}, "none": {},
	} {
		r := request("tx-" + strings.ReplaceAll(name, " ", "-"))
		r["payment"] = bad
		got := x.do("POST", "/v1/holds", r, "Idempotency-Key", "bad")
		if got.code() != "field_invalid" || strings.Contains(string(got.body), "<b>") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

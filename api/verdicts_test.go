package api_test

import (
	"bytes"
	"slices"
	"testing"

	"holdfast/api/client"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

const muleAccount = "DE89370400440532013000"

// caseTo is a case of ana's about a payment to an account that a list is sure of.
func (x *bench) caseTo(account string) client.CaseHold {
	x.t.Helper()
	x.listPayees("own", counterparties.Line{Account: account, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed,
		Reporters: 3, From: storetest.Start})
	pay := func(tx, who string) (h client.Hold) {
		req := request(tx)
		req["customer_id"], req["kind"] = who, "card"
		req["payee"] = map[string]any{"name": "Anna Kovacs", "account": account}
		x.read(x.do("POST", "/v1/holds", req, "Idempotency-Key", tx), 202, &h)
		return h
	}
	pay("tx-before", "lin")
	h := pay("tx-case", "maria")
	_, err := x.store.OpenRung(x.t.Context(), h.Id, 0, hold.NoRung, storetest.CallRules)
	x.store.Must(err)
	var c client.Case
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/next", nil), 200, &c)
	return *c.Tasks[0].Hold
}

// An agent sees what is known of a payee and proposes it; a supervisor asks, another
// agrees, and nobody learns of an account.
func TestVerdictOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	for sub, role := range map[string]queue.Role{"ana": "agent", "sam": "supervisor", "sue": "supervisor"} {
		x.store.Agent(sub, role)
	}
	shown := x.caseTo(muleAccount)
	known, payee := shown.PayeeKnown, "/v1/counterparties/"+shown.CounterpartyId
	if known == nil || known.Level != "confirmed" || !known.Mule || known.Verdict || known.LinkedHolds != 1 || len(known.Hits) != 1 ||
		known.Hits[0].List != "own" || known.Hits[0].Text != counterparties.Words("mule_confirmed", "en") || known.Hits[0].From == 0 {
		t.Fatalf("the case shows %+v", known)
	}
	say := func(sub, path string, body any) reply { return x.as(sub, "supervisor", "POST", path, body) }
	why := client.ProposalRequest{Reason: "the police, they said", HoldId: shown.Id}
	x.read(x.as("ana", "agent", "POST", payee+"/proposals", why), 202, nil)
	var proposed client.ProposedPage
	x.read(x.as("sam", "supervisor", "GET", "/v1/counterparties", nil), 200, &proposed)
	if len(proposed.Counterparties) != 1 || proposed.Counterparties[0].CounterpartyId != shown.CounterpartyId ||
		proposed.Counterparties[0].Agents != 1 {
		t.Errorf("proposed %+v", proposed)
	}
	var found client.CounterpartyTicket
	x.read(say("sam", "/v1/counterparties/search", client.PayeeCheckRequest{Account: "DE89 3704 0044 0532 0130 00"}), 200, &found)
	if found.CounterpartyId != shown.CounterpartyId {
		t.Errorf("found %+v", found)
	}
	var asked client.VerdictTicket
	mule := client.VerdictRequest{Verdict: queue.VerdictMule, Reason: "they all pay there"}
	x.read(say("sam", payee+"/verdict", mule), 202, &asked)
	var waits client.VerdictPage
	x.read(x.as("sue", "supervisor", "GET", "/v1/verdicts", nil), 200, &waits)
	if len(waits.Verdicts) != 1 || waits.Verdicts[0].Id != asked.VerdictId || waits.Verdicts[0].First != "agent:sam" {
		t.Errorf("waits %+v", waits)
	}
	var read client.Counterparty
	r := x.as("sue", "supervisor", "GET", payee, nil)
	x.read(r, 200, &read)
	if read.Payers30d != 2 || read.Held30d != 2 || len(read.Held) != 1 || read.Held[0].Minor != 250000 || read.Latest.Account != "…3000" ||
		len(read.Proposals) != 1 || read.Proposals[0].Agent != "ana" || len(read.Verdicts) != 1 || len(read.Hits) != 1 {
		t.Errorf("the payee: %+v", read)
	}
	yes := client.ApprovalDecision{Decision: "approve", Reason: "so I think"}
	if r := say("sam", "/v1/verdicts/"+asked.VerdictId, yes); r.status != 403 || r.code() != "same_person" {
		t.Errorf("the first: %d %s", r.status, r.body)
	}
	var v client.Verdict
	x.read(say("sue", "/v1/verdicts/"+asked.VerdictId, yes), 200, &v)
	if days := v.Until.Sub(x.store.Clock.Now()).Hours() / 24; v.Status != queue.VerdictInForce || v.Second != "agent:sue" || days != 90 ||
		x.store.Clock.Now().Sub(v.RecallFrom).Hours() != 14*24 {
		t.Errorf("agreed: %+v", v)
	}
	var story client.Story
	x.read(x.as("sam", "supervisor", "GET", "/v1/supervision/holds/"+string(shown.Id), nil), 200, &story)
	if story.CounterpartyId != shown.CounterpartyId || story.PayeeKnown == nil || !story.PayeeKnown.Verdict {
		t.Errorf("the story shows %+v", story.PayeeKnown)
	}
	var check client.PayeeCheck
	x.read(x.do("POST", "/v1/payee-checks", map[string]any{"account": muleAccount}, by(x.newKey("screen", "payees:check"))...), 200, &check)
	if len(check.Categories) != 2 || check.Categories[1].Code != counterparties.MuleVerdict {
		t.Errorf("the check says %+v", check.Categories)
	}
	for name, c := range map[string]struct {
		r      reply
		status int
		code   string
	}{
		"again":             {say("sue", payee+"/verdict", mule), 409, "verdict_stands"},
		"decided again":     {say("sue", "/v1/verdicts/"+asked.VerdictId, yes), 409, "approval_closed"},
		"an unknown payee":  {say("sam", "/v1/counterparties/cpty_00000000000000000000000000000000/verdict", mule), 404, "not_found"},
		"an unknown one":    {say("sam", "/v1/verdicts/"+store.NewID("vrd"), yes), 404, "not_found"},
		"an agent asks":     {x.as("ana", "agent", "POST", payee+"/verdict", mule), 403, "role_missing"},
		"an agent looks":    {x.as("ana", "agent", "GET", payee, nil), 403, "role_missing"},
		"never paid":        {say("sam", "/v1/counterparties/search", client.PayeeCheckRequest{Account: account}), 404, "not_found"},
		"without a reason":  {say("sam", payee+"/reverse", map[string]any{}), 400, "field_invalid"},
		"by the account":    {x.as("sam", "supervisor", "GET", "/v1/counterparties?account="+muleAccount, nil), 400, "field_invalid"},
		"a verdict of ours": {say("sam", payee+"/verdict", map[string]any{"verdict": "reverse", "reason": "x"}), 400, "field_invalid"},
	} {
		if c.r.status != c.status || c.r.code() != c.code {
			t.Errorf("%s: %d %s", name, c.r.status, c.r.body)
		}
		if name == "again" && !bytes.Contains(c.r.body, []byte(asked.VerdictId)) {
			t.Errorf("what stands is not told: %s", c.r.body)
		}
	}
	x.listPayees("shared", counterparties.Line{Account: muleAccount, Ref: "s-1", Category: "shared_pooled",
		Strength: counterparties.Confirmed})
	if r := say("sam", payee+"/reverse", client.ReasonRequest{Reason: "x"}); r.status != 422 || r.code() != "payee_shared" {
		t.Errorf("a shared account: %d %s", r.status, r.body)
	}
	if bytes.Contains(r.body, []byte(muleAccount)) || bytes.Contains(r.body, []byte("maria")) ||
		bytes.Contains(x.log.Bytes(), []byte(muleAccount)) {
		t.Errorf("an account or a payer is told: %s", r.body)
	}
}

// Who has paid a payee as a customer reads nothing of what the bank knows or says of it:
// not in a case, nor in the queue, nor in a story.
func TestLinkedPayeeIsNotTold(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	sue := x.store.Agent("sue", "supervisor")
	x.store.Agent("ana", "agent")
	x.store.Agent("sam", "supervisor")
	shown := x.caseTo(muleAccount)
	x.store.Verdict(shown.CounterpartyId, "mule")
	_, err := x.store.CarryVerdict(t.Context())
	x.store.Must(err)
	var id string
	x.store.Must(storetest.Raw(t, x.store.URL).Get(&id, `SELECT id FROM cases WHERE agent = 'ana'`))
	look := func(told bool) {
		t.Helper()
		var story client.Story
		x.read(x.as("sam", "supervisor", "GET", "/v1/supervision/holds/"+string(shown.Id), nil), 200, &story)
		line := x.as("sam", "supervisor", "GET", "/v1/callbacks", nil)
		seen := map[string]bool{"the story's payee": story.CounterpartyId != "", "what the story knows": story.PayeeKnown != nil,
			"the queue's reason": bytes.Contains(line.body, []byte(messages.PayeeMule("en")))}
		var c client.Case
		x.read(x.as("ana", "agent", "GET", "/v1/callbacks/"+id, nil), 200, &c)
		of := *c.Tasks[0].Hold
		seen["the case's payee"], seen["what the case knows"] = of.CounterpartyId != "", of.PayeeKnown != nil
		seen["the case's reason"] = slices.ContainsFunc(of.Reasons, func(r client.CaseReason) bool { return r.Code == "payee_mule" })
		for what, is := range seen {
			if is != told {
				t.Errorf("%s is told: %v, want %v", what, is, told)
			}
		}
	}
	look(true)
	lin := hold.CustomerID("lin")
	for _, sub := range []string{"ana", "sam"} {
		_, why, err := x.store.PutAgent(t.Context(), sue, store.PutAgent{Sub: sub, CustomerID: &lin})
		x.store.Granted(why, err)
	}
	look(false)
}

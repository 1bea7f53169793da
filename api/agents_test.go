package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/getkin/kin-openapi/openapi3"
)

// verify reads tokens such as "agent ana", issued now.
func (x *bench) verify(_ context.Context, token string) (store.By, error) {
	role, sub, ok := strings.Cut(token, ".")
	if !ok || !slices.Contains([]string{"agent", "supervisor", "auditor", "branch"}, role) {
		return store.By{}, api.ErrNobody
	}
	return store.By{Sub: sub, Name: sub + " Example", GivenName: sub, Role: queue.Role(role), IssuedAt: x.store.Clock.Now()}, nil
}

// as asks as an agent.
func (x *bench) as(sub, role, method, path string, body any) reply {
	x.t.Helper()
	return x.do(method, path, body, "Authorization", "Bearer "+role+"."+sub)
}

// called is a case of one task, leased by ana, with its customer's number.
func (x *bench) called(minor int64) (hold.ID, client.Case) {
	x.t.Helper()
	x.store.Agent("ana", "agent")
	x.store.Customer = x.store.NewCustomer(hold.CustomerID(fmt.Sprintf("called%d", len(x.counts)+int(minor))))
	id, _ := x.store.Called(storetest.CallLadder(), minor)
	var c client.Case
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/next", nil), 200, &c)
	return id, c
}

// The agents' way through a case, from the claim to the release, in replies.
func TestAgentWorksACase(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	id, c := x.called(100_00)
	at := "/v1/callbacks/" + c.Id
	if len(c.Tasks) != 1 || c.Tasks[0].Hold.Id != id || c.Customer.Name != "M. R." {
		t.Errorf("case %+v", c)
	}
	for _, whole := range []string{"DE02100100100006820101", "Maria Rossi", "+39333"} {
		if b, _ := json.Marshal(c); bytes.Contains(b, []byte(whole)) {
			t.Errorf("the case has %s", whole)
		}
	}
	if len(c.Tasks[0].Hold.Reasons) == 0 || len(c.Tasks[0].Hold.Reasons[0].Script) == 0 {
		t.Errorf("no words for the agent: %+v", c.Tasks[0].Hold)
	}
	var inChinese client.Case
	x.read(x.do("GET", at, nil, "Authorization", "Bearer agent.ana", "Accept-Language", "zh-Hans,en;q=0.5"), 200, &inChinese)
	if first := inChinese.Tasks[0].Hold.Reasons[0]; first.Text != "首次向该收款人付款。" || first.Script[0] != "询问客户是如何得到收款账户信息的。" {
		t.Errorf("an agent who reads Chinese: %+v", first)
	}
	var seen client.Unmasked
	x.read(x.as("ana", "agent", "POST", at+"/unmask", client.UnmaskRequest{Field: "account", Of: string(id), Reason: "asked"}), 200, &seen)
	if seen.Value != "DE02100100100006820101" || seen.Until.Sub(x.store.Clock.Now()) != time.Minute {
		t.Errorf("unmasked %+v", seen)
	}
	say := func(d hold.Disposition) reply {
		return x.as("ana", "agent", "POST", at+"/dispositions", client.DispositionRequest{TaskId: c.Tasks[0].Id, Disposition: d, Revision: 1,
			Note: "4111 1111 1111 1111"})
	}
	if r := say(hold.Confirmed); r.status != 409 || r.code() != "call_missing" {
		t.Errorf("without a call: %d %s", r.status, r.body)
	}
	token := x.tokenOf(string(x.store.Customer.ID))
	var app client.AppCall
	x.read(x.do("GET", "/v1/app/call", nil, "Authorization", "Bearer "+token), 200, &app)
	if app.Calling || app.Text == "" {
		t.Errorf("nobody calls: %+v", app)
	}
	var ticket client.CallTicket
	x.read(x.as("ana", "agent", "POST", at+"/call", client.CallRequest{ContactId: c.Customer.Contacts[0].Id}), 202, &ticket)
	if r := x.as("ana", "agent", "POST", at+"/call", client.CallRequest{ContactId: c.Customer.Contacts[0].Id}); r.code() != "call_under_way" {
		t.Errorf("a second call: %s", r.body)
	}
	x.read(x.do("GET", "/v1/app/call", nil, "Authorization", "Bearer "+token), 200, &app)
	if !app.Calling || app.Agent != "ana" || len(app.Number) != 2 {
		t.Errorf("the app shows %+v", app)
	}
	x.store.Must(x.store.CallPlaced(t.Context(), ticket.Id, "CA0"))
	_, err := x.store.CallStatus(t.Context(), ticket.Id, storetest.Leg(ticket.Id, hold.CallAnswered, 0))
	x.store.Must(err)
	x.store.Clock.Forward(31 * time.Second)
	wrong := "00"
	if app.Number == wrong {
		wrong = "01"
	}
	if r := x.as("ana", "agent", "POST", at+"/identify", client.IdentifyRequest{Number: wrong}); r.status != 403 || !bytes.Contains(r.body,
		[]byte(`"tries_left":2`)) {
		t.Errorf("a wrong number: %d %s", r.status, r.body)
	}
	x.read(x.as("ana", "agent", "POST", at+"/identify", client.IdentifyRequest{Number: app.Number}), 204, nil)
	if r := say(hold.Confirmed); r.status != 409 || r.code() != "provider_silent" {
		t.Errorf("a call of which the provider knows nothing: %d %s", r.status, r.body)
	}
	x.underWay = "CA0"
	var done client.DispositionReceipt
	x.read(say(hold.Confirmed), 200, &done)
	if done.Outcome != "disposed" || done.Warning == "" {
		t.Errorf("done %+v", done)
	}
	if r := say(hold.Refused); r.status != 409 || r.code() != "already_disposed" || !bytes.Contains(r.body, []byte(`"confirmed"`)) {
		t.Errorf("a second disposition: %d %s", r.status, r.body)
	}
	if bytes.Contains(x.log.Bytes(), []byte(app.Number+`"`)) && bytes.Contains(x.log.Bytes(), []byte("DE0210010010")) {
		t.Error("the log has what it must not")
	}
}

// A customer who rang in is hidden until it is known who it is.
func TestInboundIsHidden(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	x.store.Agent("ana", "agent")
	id := x.store.Held(storetest.PushLadder())
	var c client.Case
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/inbound", client.InboundRequest{HoldId: id, Reason: "asks"}), 200, &c)
	if !c.Hidden || len(c.Tasks) != 0 || !c.Inbound {
		t.Errorf("case %+v", c)
	}
	if r := x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/unmask", client.UnmaskRequest{Field: "customer_name",
		Reason: "x"}); r.code() != "identity_missing" {
		t.Errorf("unmask: %s", r.body)
	}
	var app client.AppCall
	x.read(x.do("GET", "/v1/app/call", nil, "Authorization", "Bearer "+x.tokenOf("maria")), 200, &app)
	if !app.Calling || !app.RangIn {
		t.Errorf("the app shows %+v", app)
	}
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/identify", client.IdentifyRequest{Number: app.Number}), 204, nil)
	x.read(x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id, nil), 200, &c)
	if c.Hidden || len(c.Tasks) != 1 || c.Tasks[0].Hold.Id != id {
		t.Errorf("identified: %+v", c)
	}
	say := func(d hold.Disposition) reply {
		return x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/dispositions", client.DispositionRequest{TaskId: c.Tasks[0].Id,
			Disposition: d, Revision: 1})
	}
	if r := say(hold.Confirmed); r.code() != "nothing_to_confirm" {
		t.Errorf("no callback in its ladder: %s", r.body)
	}
	x.read(say(hold.Refused), 200, nil)
	if d := x.store.Look(id).Decision; d == nil || d.Outcome != hold.Reverse || d.Author != "agent:ana" {
		t.Errorf("decision %+v", d)
	}
	if r := x.as("ana", "agent", "POST", "/v1/callbacks/inbound", client.InboundRequest{CustomerId: "nobody",
		Reason: "asks"}); r.status != 404 {
		t.Errorf("nobody: %d", r.status)
	}
}

// tokenOf is a customer token without a device.
func (x *bench) tokenOf(id string) string {
	x.t.Helper()
	var s client.Session
	x.read(x.do("POST", "/v1/customers/"+id+"/sessions", client.SessionRequest{}), 201, &s)
	return s.Token
}

// What the specification says of agents' routes: each takes an agent's token and
// names its roles, none lets an auditor change anything, and an agent is nobody
// on every other.
func TestAgentRoutes(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	doc, err := openapi3.NewLoader().LoadFromData(api.Specification)
	x.store.Must(err)
	elsewhere := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			roles, named := op.Extensions["x-roles"].([]any)
			takes := op.Security != nil && (*op.Security)[0]["agentToken"] != nil
			if named != takes {
				t.Errorf("%s %s: it names roles %v, and takes an agent's token %v", method, path, named, takes)
			}
			if method != "GET" && slices.Contains(roles, any("auditor")) {
				t.Errorf("%s %s lets an auditor change something", method, path)
			}
			if slices.Contains(roles, any("branch")) != slices.Contains(ofClerks, op.OperationID) {
				t.Errorf("%s %s: is it a clerk's? It takes %v", method, path, roles)
			}
			if takes || op.Security == nil || op.OperationID == "OpenSocket" {
				continue
			}
			elsewhere++
			at := strings.NewReplacer("{hold_id}", store.NewID("hold"), "{customer_id}", "lin", "{device_id}", store.NewID("dev"), "{challenge_id}",
				store.NewID("chal")).Replace(path)
			if r := x.as("sam", "supervisor", method, at, nil); r.status != 401 {
				t.Errorf("%s %s takes an agent's token: %d", method, path, r.status)
			}
		}
	}
	if elsewhere < 20 {
		t.Errorf("only %d routes are not agents'", elsewhere)
	}
}

// A second person, over HTTP: never the same, and with a role.
func TestApprovalOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	id := x.store.Held(storetest.PushLadder())
	ask := client.ApprovalRequest{Kind: "override", HoldId: id, Revision: 1, Reason: "checked at the branch"}
	if r := x.as("ana", "agent", "POST", "/v1/approvals", ask); r.code() != "role_missing" {
		t.Errorf("an agent: %s", r.body)
	}
	var ticket client.ApprovalTicket
	x.read(x.as("sam", "supervisor", "POST", "/v1/approvals", ask), 202, &ticket)
	var page client.ApprovalPage
	x.read(x.as("sue", "supervisor", "GET", "/v1/approvals", nil), 200, &page)
	if len(page.Approvals) != 1 || page.Approvals[0].Hold.Id != id || page.Approvals[0].First != "agent:sam" {
		t.Errorf("approvals %+v", page)
	}
	yes := client.ApprovalDecision{Decision: "approve", Reason: "looked"}
	for who, want := range map[string]string{"sam.supervisor": "same_person", "ana.agent": "role_missing"} {
		sub, role, _ := strings.Cut(who, ".")
		if r := x.as(sub, role, "POST", "/v1/approvals/"+ticket.ApprovalId, yes); r.code() != want {
			t.Errorf("%s: %s", who, r.body)
		}
	}
	x.read(x.as("sue", "supervisor", "POST", "/v1/approvals/"+ticket.ApprovalId, yes), 200, nil)
	_, err := x.store.Conclude(t.Context(), id)
	x.store.Must(err)
	if d := x.store.Look(id).Decision; d.Outcome != hold.Release || d.Author != "agent:sue" {
		t.Errorf("decision %+v", d)
	}
}

// A revoked agent is nobody from then on, in every session.
func TestRevokedAgent(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	_, c := x.called(100_00)
	x.read(x.as("sam", "supervisor", "POST", "/v1/agents/ana/revoke", nil), 204, nil)
	if r := x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id, nil); r.status != 401 {
		t.Errorf("a token from before: %d", r.status)
	}
	var next client.Case
	x.read(x.as("bo", "agent", "POST", "/v1/callbacks/next", nil), 200, &next)
	if next.Id != c.Id {
		t.Error("the case did not come back")
	}
	x.store.Clock.Forward(time.Second)
	if r := x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id, nil); r.status != 409 || r.code() != "lease_lost" {
		t.Errorf("a new token: %d %s", r.status, r.body)
	}
}

// The stream tells of every change, also of those while nobody followed.
func TestQueueEventsResume(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	follow := func(last string) (next func() (event, id, data string)) {
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		r, err := http.NewRequestWithContext(ctx, "GET", x.server.URL+"/v1/callbacks/events", nil)
		x.store.Must(err)
		r.Header.Set("Authorization", "Bearer agent.ana")
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		res, err := http.DefaultClient.Do(r)
		x.store.Must(err)
		t.Cleanup(func() { _ = res.Body.Close() })
		lines := bufio.NewScanner(res.Body)
		return func() (event, id, data string) {
			for lines.Scan() {
				key, value, _ := strings.Cut(lines.Text(), ": ")
				switch key {
				case "event":
					event = value
				case "id":
					id = value
				case "data":
					return event, id, value
				}
			}
			t.Fatal("the stream ended")
			return "", "", ""
		}
	}
	next := follow("")
	event, last, _ := next()
	if event != "stats" {
		t.Fatalf("first %s", event)
	}
	x.store.Clock.Forward(time.Second)
	id, c := x.called(100_00)
	for event != "case" {
		event, _, _ = next()
	}
	x.store.Clock.Forward(time.Minute)
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/return", nil), 204, nil)
	next = follow(last) // from before all of it
	event, _, data := next()
	if event != "case" || !strings.Contains(data, c.Id) || !strings.Contains(data, "waiting") {
		t.Errorf("resumed with %s %s, %s", event, data, id)
	}
}

func defaultSource(t *testing.T) string {
	t.Helper()
	return string(policyDefault())
}

// Who has lost a case is told what was decided meanwhile; nobody else is.
func TestDecidedElsewhere(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	id, c := x.called(100_00)
	_, _, err := x.store.Override(t.Context(), id, 1, "client:bank", "")
	x.store.Must(err)
	for _, r := range []reply{x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id, nil), x.as("ana", "agent", "POST",
		"/v1/callbacks/"+c.Id+"/renew", nil)} {
		var p client.Problem
		x.read(r, 409, &p)
		if p.Code != "lease_lost" || p.Stands == nil || p.Stands.HoldId != id || p.Stands.Decision == nil ||
			p.Stands.Decision.Outcome != hold.Reverse {
			t.Errorf("%s", r.body)
		}
	}
	x.store.Agent("bo", "agent")
	if r := x.as("bo", "agent", "GET", "/v1/callbacks/"+c.Id, nil); r.status != 404 || bytes.Contains(r.body, []byte("stands")) {
		t.Errorf("who never had it: %d %s", r.status, r.body)
	}
}

// Who is revoked is off the phone: the provider is told to end their call.
func TestRevokedAgentIsCutOff(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	_, c := x.called(100_00)
	x.store.Agent("sam", "supervisor")
	var ticket client.CallTicket
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/call", client.CallRequest{ContactId: c.Customer.Contacts[0].Id}), 202, &ticket)
	x.store.Must(x.store.CallPlaced(t.Context(), ticket.Id, "CA0"))
	x.read(x.as("sam", "supervisor", "POST", "/v1/agents/ana/revoke", nil), 204, nil)
	if !slices.Equal(x.hungUp, []string{"CA0"}) {
		t.Errorf("hung up: %v", x.hungUp)
	}
	if r := x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id, nil); r.status != 401 {
		t.Errorf("ana goes on: %d %s", r.status, r.body)
	}
}

// What the console offers is what is taken: the task says why `confirmed` would
// not be, or that a second person calls, by the very rule.
func TestWhatIsOfferedIsTaken(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	_, c := x.called(100_00)
	ana := x.store.Agent("ana", "agent")
	at := "/v1/callbacks/" + c.Id
	offers := func(name, why string, second bool) {
		t.Helper()
		var now client.Case
		x.read(x.as("ana", "agent", "GET", at, nil), 200, &now)
		if k := now.Tasks[0]; k.WhyNot != why || k.SecondCalls != second {
			t.Errorf("%s: offered %q, %t", name, k.WhyNot, k.SecondCalls)
		}
	}
	say := func(d hold.Disposition) reply {
		return x.as("ana", "agent", "POST", at+"/dispositions", client.DispositionRequest{TaskId: c.Tasks[0].Id, Disposition: d, Revision: 1})
	}
	offers("no call", "call_missing", false)
	v, why, err := x.store.ViewCase(t.Context(), ana, c.Id)
	x.store.Granted(why, err)
	call := x.store.Rang(ana, v, 29*time.Second)
	offers("29 s", "call_missing", false)
	x.store.Clock.Forward(10 * time.Second)
	offers("39 s, and nobody knows who it is", "", true)
	shown, err := x.store.AppCall(t.Context(), x.store.Customer.ID)
	x.store.Must(err)
	x.read(x.as("ana", "agent", "POST", at+"/identify", client.IdentifyRequest{Number: shown.Digits}), 204, nil)
	offers("39 s, and the digits", "", false)
	if r := say(hold.Confirmed); r.code() != "provider_silent" {
		t.Errorf("the provider says nothing: %s", r.body)
	}
	x.underWay = "CA" + call
	x.read(say(hold.Confirmed), 200, nil)
}

// Without the digits a second person calls, too: the reply says so, and what
// waits as well. After the last attempt the reply says that nobody is sent.
func TestRepliesSayWhatFollows(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	id, c := x.called(100_00)
	ana := x.store.Agent("ana", "agent")
	view := func() store.CaseView {
		v, why, err := x.store.ViewCase(t.Context(), ana, c.Id)
		x.store.Granted(why, err)
		return v
	}
	var done client.DispositionReceipt
	say := func(d hold.Disposition) reply {
		return x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/dispositions",
			client.DispositionRequest{TaskId: c.Tasks[0].Id, Disposition: d, Revision: 1})
	}
	x.store.Hung(x.store.Rang(ana, view(), 31*time.Second), 31*time.Second)
	x.read(say(hold.Confirmed), 200, &done)
	if done.Outcome != "review" || !done.SecondCalls || done.ApprovalId == "" {
		t.Errorf("%+v", done)
	}
	var page client.ApprovalPage
	x.read(x.as("sam", "supervisor", "GET", "/v1/approvals", nil), 200, &page)
	if len(page.Approvals) != 1 || !page.Approvals[0].SecondCalls {
		t.Errorf("%+v", page)
	}
	if r := x.as("sam", "supervisor", "POST", "/v1/approvals/"+done.ApprovalId, client.ApprovalDecision{Decision: "approve",
		Reason: "fine"}); r.status != 409 || r.code() != "call_missing" {
		t.Errorf("approved without a call: %d %s", r.status, r.body)
	}
	_, _, err := x.store.Override(t.Context(), id, 1, "client:bank", "")
	x.store.Must(err)

	_, c = x.called(100_00)
	for i := range 3 {
		x.store.RangInVain(ana, view())
		done = client.DispositionReceipt{}
		x.read(say(hold.NoAnswer), 200, &done)
		if done.PlanSpent != (i == 2) || (done.NextAt == 0) != done.PlanSpent {
			t.Errorf("attempt %d: %+v", i, done)
		}
		if i < 2 {
			x.store.Clock.Forward(done.NextAt.Sub(x.store.Clock.Now()))
			x.read(x.as("ana", "agent", "POST", "/v1/callbacks/next", nil), 200, &c)
		}
	}
}

// A call for help has a script, in the agent's language, and no confirmation.
func TestHelpOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Agent("ana", "agent")
	x.store.Must(x.store.AskForHelp(t.Context(), x.store.Customer.ID))
	var c client.Case
	x.read(x.do("POST", "/v1/callbacks/next", nil, "Authorization", "Bearer agent.ana", "Accept-Language", "zh-Hans"), 200, &c)
	if k := c.Tasks[0]; k.Kind != queue.TaskHelp || len(k.Script) < 4 || !strings.HasPrefix(k.Script[0], "询问") {
		t.Errorf("%+v", k)
	}
	for d, want := range map[hold.Disposition]string{hold.Confirmed: "disposition_mismatch", hold.NoAnswer: "disposition_mismatch",
		hold.NotReached: "call_missing", hold.SafeNow: "call_missing"} {
		if r := x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/dispositions", client.DispositionRequest{TaskId: c.Tasks[0].Id,
			Disposition: d}); r.status != 409 || r.code() != want {
			t.Errorf("%s: %d %s", d, r.status, r.body)
		}
	}
}

package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/protection"
	"holdfast/queue"
	"holdfast/store/storetest"
)

// One button stops everything, and says what it did; what opens it again is what the
// replies say: neither a key, nor two supervisors who have checked nothing.
func TestEmergencyOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	x.store.Customer = x.store.NewCustomer("maria")
	x.store.Held(storetest.CallLadder())
	press := func(token string) reply {
		return x.do("POST", "/v1/app/emergency", nil, "Authorization", "Bearer "+token)
	}
	look := func() (e client.Emergency) {
		t.Helper()
		x.read(x.do("GET", "/v1/app/emergency", nil, "Authorization", "Bearer "+x.token("maria")), 200, &e)
		return e
	}
	if e := look(); e.Stopped || e.Did != nil || fmt.Sprint(e.GoesOn) != "[standing_orders]" {
		t.Errorf("before: %+v", e)
	}
	token := x.token("maria")
	var e client.Emergency
	x.read(press(token), 200, &e)
	if !e.Stopped || e.Did == nil || e.Did.Held != 1 || e.Did.Devices != 2 || e.Did.Sessions != 2 || e.Route != protection.ByApp ||
		e.By != "" || !strings.Contains(e.Text, "at a branch") || e.Protection == nil || len(e.Protection.Held) != 1 {
		t.Errorf("%+v %+v %+v", e, e.Protection, e.Did)
	}
	if r := press(token); r.status != 401 {
		t.Errorf("the session lives: %d", r.status)
	}
	var again client.Emergency
	x.read(press(x.token("maria")), 200, &again)
	if again.Id != e.Id || *again.Did != *e.Did || again.StoppedAt != e.StoppedAt {
		t.Errorf("a second press: %+v, the first %+v", again, e)
	}
	for name, r := range map[string]reply{
		"a key": x.do("POST", "/v1/customers/maria/unfreeze", map[string]any{"reason": "she called"}),
		"a supervisor": x.as("sam", "supervisor", "POST", "/v1/approvals", client.ApprovalRequest{Kind: queue.ApproveUnfreeze,
			CustomerId: "maria", Reason: "she called"}),
	} {
		if r.code() != "everything_stopped" || !strings.Contains(string(r.body), "in a call or at the counter who the customer is") {
			t.Errorf("%s: %s", name, r.body)
		}
	}
	at := "/v1/callbacks/" + x.leasedCase("maria") + "/emergency"
	var seen client.Emergency
	x.read(x.as("ana", "supervisor", "GET", at, nil), 200, &seen)
	if seen.Did != nil || seen.Id != e.Id || seen.By != "customer" {
		t.Errorf("to who has somebody unknown on the line: %+v", seen)
	}
	end := func() reply {
		return x.as("ana", "supervisor", "POST", at+"/end", client.ReopenRequest{Reason: "it is her"})
	}
	if r := end(); r.code() != "call_missing" {
		t.Errorf("no call: %s", r.body)
	}
	if r := x.as("ana", "supervisor", "POST", at+"/end", client.ReopenRequest{Reason: "x", Document: queue.Passport}); r.status != 400 {
		t.Errorf("an agent looks at no document: %s", r.body)
	}
	by := x.store.Agent("ana", "supervisor")
	v, why, err := x.store.ViewCase(t.Context(), by, strings.Split(at, "/")[3])
	x.store.Granted(why, err)
	x.store.Clock.Forward(time.Minute)
	x.store.Proved(by, v)
	var asked client.ApprovalTicket
	x.read(end(), 202, &asked)
	x.read(x.as("sam", "supervisor", "POST", "/v1/approvals/"+asked.ApprovalId, client.ApprovalDecision{Decision: "approve",
		Reason: "the call is on record"}), 200, nil)
	if e := look(); e.Stopped || e.EndedAt == 0 || e.Text != "" || e.Protection != nil || e.EndedBy != "" {
		t.Errorf("afterwards: %+v", e)
	}
	key := x.newKey("core", "customers:write")
	var told client.Emergency
	x.read(x.do("GET", "/v1/customers/maria/emergency", nil, "Authorization", "Bearer "+key), 200, &told)
	if told.EndedBy != "agent:ana" || told.Second != "agent:sam" {
		t.Errorf("to the bank: %+v", told)
	}
	x.read(x.do("POST", "/v1/customers/maria/emergency", nil, "Authorization", "Bearer "+key), 200, &told)
	if !told.Stopped || told.Route != protection.ByBank || told.By != "client:core" || told.Text != "" {
		t.Errorf("by the bank: %+v", told)
	}
	for _, method := range []string{"GET", "POST"} {
		if r := x.do(method, "/v1/customers/nobody/emergency", nil, "Authorization", "Bearer "+key); r.status != 404 {
			t.Errorf("%s of nobody's: %d", method, r.status)
		}
	}
	if r := x.do("GET", "/v1/app/log", nil, "Authorization", "Bearer "+x.token("maria")); !strings.Contains(string(r.body),
		"Everything on your account was stopped") {
		t.Errorf("the log: %s", r.body)
	}
}

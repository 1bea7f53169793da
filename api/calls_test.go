package api_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// Why a call is not placed, as the agent's console is told: the code, and for a
// number what is wrong with it. What is refused is not on the case.
func TestCallRefusalsOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	year := x.store.Clock.Now().Add(-365 * 24 * time.Hour)
	line := func(number string, kind hold.Line, since hold.Instant) hold.Phone {
		p := storetest.Mobile(number, since)
		p.Line = kind
		return p
	}
	var no hold.Refusal
	var err error
	x.store.Customer, no, err = x.store.PutCustomer(t.Context(), store.PutCustomer{ID: "calls", Name: "Maria Rossi", Locale: "en",
		TimeZone: "Europe/Rome", Phrase: "x", Actor: "test", MayBackdate: true,
		Phones: []hold.Phone{line("+393340000001", "mobile", year), line("+393340000002", "voip", year+1), line("+393340000003", "mobile",
			x.store.Clock.Now())}})
	x.store.Granted(no, err)
	x.store.Called(storetest.CallLadder(), 100_00)
	x.store.Agent("ana", "agent")
	var c client.Case
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/next", nil), 200, &c)
	why := map[string]string{}
	for _, n := range c.Customer.Contacts {
		why[n.Id] = n.WhyNot
	}
	call := func(contact string) reply {
		return x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/call", client.CallRequest{ContactId: contact})
	}
	refused := func(r reply, status int, code, detail string) {
		t.Helper()
		var p client.Problem
		x.read(r, status, &p)
		if p.Code != code || p.Detail != detail {
			t.Errorf("%s %q, want %s %q", p.Code, p.Detail, code, detail)
		}
		if strings.Contains(string(r.body), "39334") {
			t.Errorf("the number shows: %s", r.body)
		}
	}
	good := ""
	for i, want := range []string{"", "line_type", "number_too_young"} {
		id := x.store.Customer.Phones[i].ID
		if why[id] != want {
			t.Errorf("the case says %q of number %d, want %q", why[id], i, want)
		}
		if want == "" {
			good = id
			continue
		}
		refused(call(id), 409, "contact_not_eligible", want)
	}
	refused(call(store.NewID("num")), 409, "contact_not_eligible", "number_gone")
	x.read(x.as("sam", "supervisor", "PUT", "/v1/agents/ana", client.AgentRequest{Number: new("")}), 200, nil)
	refused(call(good), 409, "agent_number_missing", "")
	x.read(x.as("sam", "supervisor", "PUT", "/v1/agents/ana", client.AgentRequest{Number: new("+393399000001")}), 200, nil)
	var ticket client.CallTicket
	x.read(call(good), 202, &ticket)
	refused(call(good), 409, "call_under_way", "")
	for range 5 {
		x.store.Must(x.store.CallFailed(t.Context(), ticket.Id, "busy"))
		x.read(call(good), 202, &ticket)
	}
	x.store.Must(x.store.CallFailed(t.Context(), ticket.Id, "busy"))
	limit := call(good)
	refused(limit, 429, "call_limit", "")
	if limit.header.Get("Retry-After") != "3600" {
		t.Errorf("try again after %s s", limit.header.Get("Retry-After"))
	}
	x.read(x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id, nil), 200, &c)
	if len(c.Calls) != 6 {
		t.Errorf("%d calls on the case", len(c.Calls))
	}
}

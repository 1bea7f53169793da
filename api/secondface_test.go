package api_test

import (
	"bytes"
	"testing"

	"holdfast/api/client"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// The second person of a face check over HTTP: told of the gesture, shown the
// pictures; to whoever cannot be that person they look like none.
func TestSecondFaceOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	id, approval := x.store.Faces(x.store.Agent("ana", "agent"))
	for _, sub := range []string{"bo", "cy"} {
		x.store.Agent(sub, "agent")
	}
	var page client.ApprovalPage
	x.read(x.as("sam", "supervisor", "GET", "/v1/approvals", nil), 200, &page)
	if a := page.Approvals[0]; a.Hold.Id != id || a.Gesture != "Smile." || !a.Portrait {
		t.Errorf("approval %+v", a)
	}
	x.read(x.do("GET", "/v1/approvals", nil, "Authorization", "Bearer supervisor.sam", "Accept-Language", "zh-Hans"), 200, &page)
	if page.Approvals[0].Gesture != "请微笑。" {
		t.Errorf("in the reader's language: %q", page.Approvals[0].Gesture)
	}
	see := func(sub, role, id, n string) reply {
		return x.as(sub, role, "GET", "/v1/approvals/"+id+"/pictures/"+n, nil)
	}
	for _, who := range [][2]string{{"bo", "agent"}, {"sam", "supervisor"}} {
		r := see(who[0], who[1], approval, "2")
		if r.status != 200 || !bytes.Equal(r.body, storetest.Picture(1, 2)) || r.header.Get("Content-Type") != "image/jpeg" ||
			r.header.Get("Cache-Control") != "no-store" ||
			r.header.Get("X-Content-Type-Options") != "nosniff" ||
			r.header.Get("Content-Security-Policy") != "default-src 'none'; frame-ancestors 'none'" {
			t.Errorf("%s: %d %q %v", who[0], r.status, r.body, r.header)
		}
	}
	missing := see("ana", "agent", store.NewID("appr"), "1")
	if first := see("ana", "agent", approval, "1"); missing.status != 404 || first.status != 404 || !bytes.Equal(first.body, missing.body) {
		t.Errorf("the first person: %d %s, a missing one: %d %s", first.status, first.body, missing.status, missing.body)
	}
	if r := x.as("bo", "agent", "POST", "/v1/approvals/"+approval, client.ApprovalDecision{Decision: "approve",
		Reason: "in a hurry"}); r.status != 409 || r.code() != "face_unseen" {
		t.Errorf("unseen: %d %s", r.status, r.body)
	}
	for _, n := range []string{"0", "1", "3"} {
		if r := see("bo", "agent", approval, n); r.status != 200 {
			t.Errorf("picture %s: %d", n, r.status)
		}
	}
	if r := see("olga", "auditor", approval, "1"); r.code() != "role_missing" {
		t.Errorf("an auditor: %s", r.body)
	}
	if r := see("sam", "supervisor", approval, "4"); r.status != 400 {
		t.Errorf("a fourth: %d", r.status)
	}
	x.read(x.as("sam", "supervisor", "PUT", "/v1/agents/cy", client.AgentRequest{CustomerId: new(x.store.Customer.ID)}), 200, nil)
	if r := see("cy", "agent", approval, "1"); r.code() != "agent_linked" {
		t.Errorf("who is linked to the customer: %s", r.body)
	}
	var done client.Approval
	x.read(x.as("bo", "agent", "POST", "/v1/approvals/"+approval, client.ApprovalDecision{Decision: "approve", Reason: "looked"}), 200, &done)
	if r := see("sam", "supervisor", approval, "1"); done.Status != queue.ApprovalApproved || r.status != 404 {
		t.Errorf("%s, and then: %d", done.Status, r.status)
	}
}

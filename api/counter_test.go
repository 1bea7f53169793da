package api_test

import (
	"testing"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store/storetest"
)

// A clerk over HTTP: the case by the customer's id, no number in it, what a document
// would come to, and the kind of it as a closed code.
func TestCounterOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	id, _ := x.store.Called(storetest.CallLadder(), 100_00)
	ask := client.CounterRequest{CustomerId: x.store.Customer.ID, Reason: "asks why it waits"}
	if r := x.as("ana", "agent", "POST", "/v1/counter/cases", ask); r.code() != "role_missing" {
		t.Errorf("an agent: %s", r.body)
	}
	if r := x.as("cleo", "branch", "POST", "/v1/counter/cases", client.CounterRequest{CustomerId: "nobody", Reason: "x"}); r.status != 404 {
		t.Errorf("nobody: %s", r.body)
	}
	var c client.Case
	x.read(x.as("cleo", "branch", "POST", "/v1/counter/cases", ask), 200, &c)
	if len(c.Customer.Contacts) != 0 || len(c.Calls) != 0 || c.Hidden || len(c.Tasks) != 1 || len(c.Tasks[0].Hold.Reasons) == 0 {
		t.Fatalf("%+v", c)
	}
	if k := c.Tasks[0]; k.WhyNot != "" || !k.SecondCalls {
		t.Errorf("a document would come to %q, a second person's call: %t", k.WhyNot, k.SecondCalls)
	}
	say := client.DispositionRequest{TaskId: c.Tasks[0].Id, Disposition: hold.DocumentChecked, Revision: 1}
	at := "/v1/callbacks/" + c.Id + "/dispositions"
	for name, document := range map[string]queue.Document{"no kind": "", "a number": "X1234567"} {
		say.Document = document
		if r := x.as("cleo", "branch", "POST", at, say); r.status != 422 && r.status != 400 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	say.Document = queue.Passport
	other := say
	other.Disposition = hold.Refused
	if r := x.as("cleo", "branch", "POST", at, other); r.status != 422 && r.status != 400 {
		t.Errorf("a document with a refusal: %d %s", r.status, r.body)
	}
	var got client.DispositionReceipt
	x.read(x.as("cleo", "branch", "POST", at, say), 200, &got)
	if got.Outcome != "review" || !got.SecondCalls {
		t.Errorf("%+v", got)
	}
	var page client.ApprovalPage
	x.read(x.as("bo", "agent", "GET", "/v1/approvals", nil), 200, &page)
	if len(page.Approvals) != 1 || page.Approvals[0].Document != queue.Passport || !page.Approvals[0].SecondCalls {
		t.Errorf("%+v", page.Approvals)
	}
	if h := x.store.Look(id); h.Decision != nil {
		t.Errorf("a document has decided: %+v", h.Decision)
	}
}

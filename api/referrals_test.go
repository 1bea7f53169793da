package api_test

import (
	"bytes"
	"strings"
	"testing"

	"holdfast/api/client"
	"holdfast/audit"
	"holdfast/hold"
	"holdfast/queue"
)

// referred is a referral that sam asks for and sue agrees to.
func (x *bench) referred(id hold.ID, to hold.Recipient) client.Referral {
	x.t.Helper()
	var r client.Referral
	asked := client.ReferralRequest{To: to, Reason: "reported"}
	x.read(x.as("sam", "supervisor", "POST", "/v1/holds/"+string(id)+"/referrals", asked), 202, &r)
	decide := client.ApprovalDecision{Decision: "approve", Reason: "looked"}
	if got := x.as("sam", "supervisor", "POST", "/v1/referrals/"+string(r.Id), decide); got.code() != "same_person" {
		x.t.Errorf("the first person decides: %d %s", got.status, got.body)
	}
	x.read(x.as("sue", "supervisor", "POST", "/v1/referrals/"+string(r.Id), decide), 200, &r)
	return r
}

// What two supervisors agreed to is told as the policy says: all of it to the police,
// the payee to the payee's bank, and the rest is masked or left out.
func TestReferralOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	id, _ := x.called(100_00)
	who := string(x.store.Customer.ID)
	r := x.referred(id, hold.Police)
	if r.Status != queue.ReferralApproved || len(r.Shows) != len(hold.ReferralParts) {
		t.Errorf("agreed to: %+v", r)
	}
	got := x.as("sue", "supervisor", "GET", "/v1/referrals/"+string(r.Id), nil)
	x.read(got, 200, &r)
	for _, whole := range []string{"Maria Rossi", "+39333", "Anna Kovacs", account, `"id":"` + who + `"`} {
		if !bytes.Contains(got.body, []byte(whole)) {
			t.Errorf("the police are not told %s: %s", whole, got.body)
		}
	}
	trails, err := audit.Read(strings.NewReader(r.Case.Trail.File + "\n"))
	x.store.Must(err)
	if len(trails) != 1 || len(trails[0].Faults()) != 0 || trails[0].Subject != string(id) || trails[0].Head.Seq != r.Case.Trail.Sequence {
		t.Errorf("the trail that is handed over: %+v", trails)
	}

	r = x.referred(id, hold.PayeeBank)
	got = x.as("sam", "supervisor", "GET", "/v1/referrals/"+string(r.Id), nil)
	x.read(got, 200, &r)
	if r.Case.Customer.Name != "M. R." || r.Case.Payee.Account != account || r.Case.Payee.Name != "Anna Kovacs" || r.Case.Trail.File != "" ||
		r.Case.Trail.Hash == "" || len(r.Case.Customer.Numbers) == 0 {
		t.Errorf("the payee's bank is told %s", got.body)
	}
	for _, masked := range []string{"Rossi", "+39333", `"` + who + `"`, "new_payee"} {
		if bytes.Contains(got.body, []byte(masked)) {
			t.Errorf("the payee's bank is told %s: %s", masked, got.body)
		}
	}
	x.read(x.as("sam", "supervisor", "POST", "/v1/referrals/"+string(r.Id)+"/printed", nil), 204, nil)
	var page client.ReferralPage
	list := x.as("sam", "supervisor", "GET", "/v1/referrals?hold_id="+string(id), nil)
	x.read(list, 200, &page)
	if len(page.Referrals) != 2 || page.Referrals[1].Readings != 2 || page.Referrals[1].Case != nil {
		t.Errorf("listed %s", list.body)
	}
	x.read(x.as("sam", "supervisor", "GET", "/v1/referrals?status=asked", nil), 200, &page)
	if len(page.Referrals) != 0 {
		t.Errorf("%d wait", len(page.Referrals))
	}
	if bytes.Contains(x.log.Bytes(), []byte(account)) || bytes.Contains(x.log.Bytes(), []byte("Rossi")) {
		t.Error("the log has what was told")
	}
}

// A complaint over HTTP: about one thing, in the past, once by its reference, answered
// by a supervisor; the desk that brought it hears the answer.
func TestComplaintOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	h, _ := x.held("tx-1")
	key := by(x.newKey("risk", "complaints:write"))
	bring := func(body map[string]any, who ...string) reply {
		if body["about"] == nil {
			body["about"] = "payee"
		}
		body["reason"] = "my account DE02 1001 0010 0006 8201 01 was said to be a thief's"
		return x.do("POST", "/v1/complaints", body, who...)
	}
	for name, body := range map[string]map[string]any{
		"about nothing":       {"reference": "C-0"},
		"about two":           {"reference": "C-0", "hold_id": h.Id, "account": account},
		"a country alone":     {"reference": "C-0", "hold_id": h.Id, "country": "DE"},
		"of tomorrow":         {"reference": "C-0", "hold_id": h.Id, "received_at": x.store.Clock.Now() + 86_400_000_000},
		"of long ago":         {"reference": "C-0", "hold_id": h.Id, "received_at": "2020-01-01T00:00:00Z"},
		"without a reference": {"hold_id": h.Id},
		"of somebody else":    {"reference": "C-0", "hold_id": h.Id, "about": "press"},
	} {
		if r := bring(body, key...); r.status != 400 || r.code() != "field_invalid" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	for name, who := range map[string][]string{"another scope": by(x.newKey("other", "holds:write")), "another client": by(x.newKey("desk",
		"complaints:write"))} {
		if r := bring(map[string]any{"reference": "C-0", "hold_id": h.Id}, who...); r.status != 403 && r.status != 404 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	var c client.ComplaintTicket
	x.read(bring(map[string]any{"reference": "C-1", "account": account}, key...), 202, &c)
	again := c
	x.read(bring(map[string]any{"reference": "C-1", "account": "de02 1001 0010 0006 8201 01"}, key...), 202, &again)
	if again != c || c.Status != queue.ComplaintOpen {
		t.Errorf("again: %+v, first %+v", again, c)
	}
	if r := bring(map[string]any{"reference": "C-1", "hold_id": h.Id}, key...); r.status != 422 || r.code() != "reference_reused" {
		t.Errorf("another of its reference: %d %s", r.status, r.body)
	}
	x.read(bring(map[string]any{"reference": "C-2", "about": "payer", "hold_id": h.Id}, key...), 202, nil)
	list := x.as("sam", "supervisor", "GET", "/v1/complaints", nil)
	var page client.ComplaintPage
	x.read(list, 200, &page)
	if len(page.Complaints) != 2 || bytes.Contains(list.body, []byte("6820")) ||
		!strings.Contains(page.Complaints[0].Reason, "account …0101 was") {
		t.Errorf("listed %s", list.body)
	}
	misplaced := x.as("sam", "supervisor", "POST", "/v1/complaints/"+string(c.ComplaintId),
		client.ComplaintAnswer{Outcome: queue.ComplaintUpheld, Reason: "r", Recall: true})
	if misplaced.code() != "field_invalid" || !bytes.Contains(misplaced.body, []byte("/recall")) {
		t.Errorf("a recall of a payee's: %d %s", misplaced.status, misplaced.body)
	}
	answer := client.ComplaintAnswer{Outcome: queue.ComplaintUpheld, Reason: "It was another account."}
	var answered client.Complaint
	x.read(x.as("sam", "supervisor", "POST", "/v1/complaints/"+string(c.ComplaintId), answer), 200, &answered)
	if answered.Status != queue.ComplaintUpheld || answered.AnsweredBy != "agent:sam" || answered.Overdue {
		t.Errorf("answered %+v", answered)
	}
	r := x.as("sue", "supervisor", "POST", "/v1/complaints/"+string(c.ComplaintId), answer)
	if r.status != 409 || r.code() != "complaint_closed" {
		t.Errorf("twice: %d %s", r.status, r.body)
	}
	x.read(bring(map[string]any{"reference": "C-1", "account": account}, key...), 202, &again)
	if again.Answer != answer.Reason || again.ClosedAt == 0 {
		t.Errorf("the desk hears %+v", again)
	}
	var stats client.QueueStats
	x.read(x.as("sam", "supervisor", "GET", "/v1/callbacks/stats", nil), 200, &stats)
	if stats.Complaints != 1 || stats.ComplaintsOverdue != 0 {
		t.Errorf("counted %+v", stats)
	}
}

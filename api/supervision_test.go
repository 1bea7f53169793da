package api_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/audit"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A supervisor moves a case; who had it hears so, in every reply from then on.
func TestReassignOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	_, c := x.called(100_00)
	x.store.Agent("bo", "agent")
	at := "/v1/callbacks/" + c.Id
	give := func(id, to string) reply {
		return x.as("sam", "supervisor", "POST", "/v1/callbacks/"+id+"/reassign", client.ReassignRequest{Agent: to})
	}
	x.read(give(c.Id, "bo"), 204, nil)
	if r := x.as("ana", "agent", "POST", at+"/renew", nil); r.status != 409 || r.code() != "lease_lost" {
		t.Errorf("who lost it: %d %s", r.status, r.body)
	}
	x.read(x.as("bo", "agent", "POST", at+"/renew", nil), 200, nil)
	x.read(give(c.Id, ""), 204, nil)
	if r := x.as("bo", "agent", "GET", at, nil); r.status != 409 || r.code() != "lease_lost" {
		t.Errorf("who lost it to the queue: %d %s", r.status, r.body)
	}
	_, first := x.called(200_00) // there are two now, and ana has the best
	var rest client.Case
	x.read(x.as("bo", "agent", "POST", "/v1/callbacks/next", nil), 200, &rest)
	if r := give(rest.Id, "ana"); r.code() != "case_open" || first.Id == rest.Id {
		t.Errorf("ana has one: %s", r.body)
	}
	x.read(x.as("sam", "supervisor", "PUT", "/v1/agents/cy", client.AgentRequest{CustomerId: new(x.store.Customer.ID)}), 200, nil)
	if r := give(c.Id, "cy"); r.status != 404 {
		t.Errorf("who never signed in: %d %s", r.status, r.body)
	}
	if r := give(store.NewID("case"), "bo"); r.status != 404 {
		t.Errorf("none: %d", r.status)
	}
}

// A hold's story: what it shows, to whom, and that looking leaves a trace.
func TestStoryOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	id, c := x.called(100_00)
	at := "/v1/supervision/holds"
	var page client.HoldPage
	x.read(x.as("olga", "auditor", "GET", at+"?q="+string(x.store.Customer.ID), nil), 200, &page)
	if len(page.Holds) != 1 || page.Holds[0].Id != id || page.Holds[0].Payee.Account != "…0101" {
		t.Errorf("found %+v", page)
	}
	if r := x.as("sam", "supervisor", "GET", at, nil); r.code() != "field_invalid" {
		t.Errorf("without q: %s", r.body)
	}
	x.read(x.as("sam", "supervisor", "POST", "/v1/approvals", client.ApprovalRequest{Kind: "override", HoldId: id, Revision: 1,
		Reason: "checked"}), 202, nil)
	var st client.Story
	r := x.as("olga", "auditor", "GET", at+"/"+string(id), nil)
	x.read(r, 200, &st)
	if st.Trail != "verified" || st.CaseId != c.Id || st.Frozen || len(st.Approvals) != 1 || len(st.Entries) < 3 ||
		st.WorkflowUrl != workflows+string(id) {
		t.Errorf("story %+v", st)
	}
	for _, whole := range []string{"DE02100100100006820101", "Maria Rossi", "+39333"} {
		if bytes.Contains(r.body, []byte(whole)) {
			t.Errorf("the story has %s", whole)
		}
	}
	trails, err := audit.Read(bytes.NewReader(x.export("olga", "auditor", id)))
	x.store.Must(err)
	if len(trails) != 1 || len(trails[0].Faults()) != 0 || trails[0].Subject != string(id) {
		t.Errorf("exported %+v", trails)
	}
	chain, head, err := x.store.Chain(t.Context(), string(id))
	x.store.Must(err)
	if head.Seq != trails[0].Head.Seq+1 || !bytes.Contains(chain[len(chain)-1].Bytes, []byte(trails[0].Head.Hash)) {
		t.Errorf("the export's entry does not name where it ends: %s", chain[len(chain)-1].Bytes)
	}
	x.read(x.as("sam", "supervisor", "PUT", "/v1/agents/olga", client.AgentRequest{CustomerId: new(x.store.Customer.ID)}), 200, nil)
	for _, path := range []string{"", "/export"} {
		if r := x.as("olga", "auditor", "GET", at+"/"+string(id)+path, nil); r.status != 403 || r.code() != "agent_linked" {
			t.Errorf("linked%s: %d %s", path, r.status, r.body)
		}
		if r := x.as("sam", "supervisor", "GET", at+"/"+store.NewID("hold")+path, nil); r.status != 404 {
			t.Errorf("none%s: %d %s", path, r.status, r.body)
		}
	}
	raw := storetest.Raw(t, x.store.URL)
	raw.MustExec(`DROP TRIGGER audit_entries_no_update`)
	raw.MustExec(`UPDATE audit_entries SET bytes = '{' WHERE seq = 2 AND subject = ?`, id)
	x.read(x.as("sam", "supervisor", "GET", at+"/"+string(id), nil), 200, &st)
	if st.Trail != "broken" || st.Entries[1].Kind != "unreadable" {
		t.Errorf("altered: %s %+v", st.Trail, st.Entries[1])
	}
}

func (x *bench) export(sub, role string, id hold.ID) []byte {
	x.t.Helper()
	r := x.as(sub, role, "GET", "/v1/supervision/holds/"+string(id)+"/export", nil)
	if name := r.header.Get("Content-Disposition"); r.status != 200 || r.header.Get("Content-Type") != "application/x-ndjson" ||
		name != `attachment; filename="`+string(id)+`.ndjson"` {
		x.t.Fatalf("export: %d %q %s", r.status, name, r.body)
	}
	return r.body
}

// The wallboard's figures.
func TestOutcomesOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	id, c := x.store.Asked(storetest.PushLadder())
	x.store.Say(c.ID, x.store.Old(), hold.NotMe)
	_, err := x.store.Conclude(t.Context(), id)
	x.store.Must(err)
	var o client.Outcomes
	x.read(x.as("sam", "supervisor", "GET", "/v1/supervision/outcomes", nil), 200, &o)
	if len(o.Hours) != 13 || o.Decided != 1 || o.NotMe != 1 || o.Answers != 0 || o.AnswerSeconds != nil {
		t.Errorf("outcomes %+v", o)
	}
	last := o.Hours[12]
	if len(last.ByChannel) != 1 || last.ByChannel[0] != (client.ChannelOutcome{Channel: "push", Reversed: 1}) ||
		last.At.Sub(o.Hours[0].At) != 12*time.Hour {
		t.Errorf("the last hour %+v", last)
	}
	x.read(x.as("sam", "supervisor", "GET", "/v1/supervision/outcomes?hours=72", nil), 200, &o)
	if len(o.Hours) != 73 {
		t.Errorf("%d hours", len(o.Hours))
	}
	if r := x.as("sam", "supervisor", "GET", "/v1/supervision/outcomes?hours=73", nil); r.code() != "field_invalid" {
		t.Errorf("73 hours: %s", r.body)
	}
}

// The customer's log has the decided payments among the changes, in order and
// in their language, and nothing else of theirs or anybody's.
func TestLogHasDecisions(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	decided := func() hold.ID {
		x.store.Clock.Forward(time.Minute)
		id, c := x.store.Asked(storetest.PushLadder())
		x.store.Say(c.ID, x.store.Old(), hold.Deny)
		_, err := x.store.Conclude(t.Context(), id)
		x.store.Must(err)
		return id
	}
	old := decided()
	x.store.Clock.Forward(91 * 24 * time.Hour)
	first, second := decided(), decided()
	x.store.Held(storetest.PushLadder())
	x.store.Clock.Forward(time.Minute)
	auth := []string{"Authorization", "Bearer " + x.tokenOf("maria")}
	var page client.LogPage
	x.read(x.do("GET", "/v1/app/log", nil, auth...), 200, &page)
	var held []hold.ID
	for i, l := range page.Lines {
		if i > 0 && l.Time > page.Lines[i-1].Time {
			t.Errorf("line %d is newer than the one before", i)
		}
		if l.HoldId == "" {
			continue
		}
		held = append(held, l.HoldId)
		if l.Event != "hold.decided" || l.Outcome != hold.Reverse || l.Amount.Minor != 125000 || l.PayeeShown != "Anna Kovacs" ||
			!strings.HasPrefix(l.Text, "You refused") {
			t.Errorf("line %+v", l)
		}
	}
	if len(held) != 2 || held[0] != second || held[1] != first || held[1] == old {
		t.Errorf("payments %v", held)
	}
	if page.Lines[0].Event != "session.created" {
		t.Errorf("first %+v", page.Lines[0])
	}
	x.read(x.do("GET", "/v1/app/log?limit=2", nil, auth...), 200, &page)
	if len(page.Lines) != 2 || page.Lines[1].HoldId != second {
		t.Errorf("two lines: %+v", page.Lines)
	}
	if r := x.do("GET", "/v1/app/log", nil, "Authorization", "Bearer "+x.tokenOf("lin")); r.status != 200 || bytes.Contains(r.body,
		[]byte("hold_")) {
		t.Errorf("another's payments: %s", r.body)
	}
}

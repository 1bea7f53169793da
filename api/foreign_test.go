package api_test

import (
	"bytes"
	"testing"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/store"
)

// An agent's own case is no way to another's: what belongs to another customer,
// asked for in it, answers like what is missing, byte for byte.
func TestForeignInOwnCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, mine := w.make(stateOf(t, "a face to be judged")), w.make(stateOf(t, "a case that somebody has"))
	at := "/v1/callbacks/" + mine.caseID
	say := func(task string) client.DispositionRequest {
		return client.DispositionRequest{TaskId: client.TaskID(task), Disposition: hold.Refused, Revision: 1}
	}
	unmask := func(field, of string) client.UnmaskRequest {
		return client.UnmaskRequest{Field: field, Of: of, Reason: "asked"}
	}
	for what, c := range map[string]struct {
		method, foreign, missing string
		foreignBody, missingBody any
		code                     string
	}{
		"a task":     {"POST", "/dispositions", "/dispositions", say(other.task), say(store.NewID("task")), "not_found"},
		"an account": {"POST", "/unmask", "/unmask", unmask("account", string(other.hold)), unmask("account", store.NewID("hold")), "not_found"},
		"a number":   {"POST", "/unmask", "/unmask", unmask("number", other.contact), unmask("number", store.NewID("num")), "not_found"},
		"a contact": {"POST", "/call", "/call", client.CallRequest{ContactId: client.ContactID(other.contact)},
			client.CallRequest{ContactId: client.ContactID(store.NewID("num"))}, "contact_not_eligible"},
		"a picture":  {"GET", "/tasks/" + other.task + "/pictures/1", "/tasks/" + store.NewID("task") + "/pictures/1", nil, nil, "not_found"},
		"a portrait": {"GET", "/tasks/" + other.task + "/pictures/0", "/tasks/" + store.NewID("task") + "/pictures/0", nil, nil, "not_found"},
		// of a call: it has no pictures
		"my own task": {"GET", "/tasks/" + mine.task + "/pictures/0", "/tasks/" + store.NewID("task") + "/pictures/0", nil, nil, "not_found"},
	} {
		a, b := w.as(mine.has, "agent", c.method, at+c.foreign, c.foreignBody), w.as(mine.has, "agent", c.method, at+c.missing, c.missingBody)
		if a.status != b.status || !bytes.Equal(a.body, b.body) || a.code() != c.code {
			t.Errorf("%s: another's %d %s, none %d %s", what, a.status, a.body, b.status, b.body)
		}
	}
}

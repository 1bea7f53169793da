package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/channels/sms"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/getkin/kin-openapi/openapi3"
)

// account is the payee's, in every payment here.
const account = "DE02100100100006820101"

// state is one state that a case, its holds and its approvals can be in, and
// which operations answer otherwise than usual.
type state struct {
	name string
	make func(w *world) place
	but  map[string]row
}

var (
	free    = row{200, 200, 200, 200, 403} // of a case that nobody has: whoever rings in is taken
	no      = row{403, 403, 403, 404, 403}
	refused = row{403, 403, 403, 409, 403}
	stale   = row{403, 403, 403, 412, 403}
	over    = row{0, 403, 409, 409, 403} // of an approval: its first person, and the others
)

// kin is a row of who has the case and is linked to its customer.
func kin(had, agent, supervisor int) row { return row{403, had, agent, supervisor, 403} }

var states = []state{
	{"a case that waits", func(w *world) place {
		p := w.asked(small)
		p.caseID, p.task = w.found(p)
		return p
	}, map[string]row{"OpenInbound": free}},
	{"a case that somebody has", func(w *world) place { return w.leased(small) }, nil},
	{"a case to be called later", func(w *world) place {
		p := w.leased(small)
		w.say(p, hold.CallLater)
		return p.lost()
	}, map[string]row{"OpenInbound": free}},
	{"a face to be judged", func(w *world) place {
		id, c := w.store.Faced(false)
		w.store.Pictured(c)
		p := w.take(place{hold: id, holds: []hold.ID{id}, say: hold.OtherFace, secrets: []string{string(storetest.LinkOf(c.ID, 1)),
			string(storetest.LinkOf(c.ID, 7))}})
		return p
	}, map[string]row{"GetPicture": {200, 409, 404, 404, 403}}},
	{"a customer who rang in, whoever it is", func(w *world) place {
		id, c := w.store.Faced(false)
		w.store.Pictured(c)
		p := place{hold: id, holds: []hold.ID{id}, say: hold.OtherFace, has: w.agent("ana").Sub}
		_, why, err := w.store.OpenInbound(w.t.Context(), store.Inbound{By: w.store.Agent(p.has, "agent"), HoldID: id, Reason: "asks",
			Rules: storetest.CallRules})
		w.store.Granted(why, err)
		p.caseID, p.task = w.found(p)
		return p
	}, map[string]row{"UnmaskField": {403, 409, 404, 404, 403}, "GetPicture": {403, 409, 404, 404, 403}, "DisposeTask": {403, 409, 404, 404,
		403}, "TakeInterview": {403, 409, 404, 404, 403}, "ListContactsOfCase": {403, 409, 404, 403, 403},
		"ActOnContact": {403, 409, 404, 404, 403}, "ListLocksOfCase": {403, 409, 404, 403, 403}, "PutLockOfCase": {403, 409, 404, 404, 403},
		"StopLooseningOfCase": {403, 409, 404, 404, 403}}},
	{"a case at the counter", func(w *world) place { return w.atCounter() }, nil},
	{"a case that a clerk gave back", func(w *world) place {
		p := w.atCounter()
		w.store.Granted(w.store.ReturnCase(w.t.Context(), store.By{Sub: p.has, Role: "branch", IssuedAt: w.store.Clock.Now()}, p.caseID))
		return p.lost()
	}, map[string]row{"OpenInbound": free}},
	{"a clerk's word waits for a call", func(w *world) place {
		p := w.atCounter()
		by := store.By{Sub: p.has, Role: "branch", IssuedAt: w.store.Clock.Now()}
		v, why, err := w.store.ViewCase(w.t.Context(), by, p.caseID)
		w.store.Granted(why, err)
		said := w.store.Disposing(by, v, v.Tasks[0], hold.DocumentChecked)
		said.Document = queue.Passport
		res, err := w.store.Dispose(w.t.Context(), said)
		w.store.Must(err)
		p.approval = res.ApprovalID
		return p.lost()
	}, map[string]row{"OpenInbound": free, "DecideApproval": {0, 403, 409, 409, 403}}},
	{"an agent who is linked meanwhile", func(w *world) place {
		p := w.leased(small)
		_, why, err := w.store.PutAgent(w.t.Context(), w.boss, store.PutAgent{Sub: p.has, CustomerID: new(w.store.Customer.ID)})
		w.store.Granted(why, err)
		return p
	}, map[string]row{"NextCase": kin(2, 2, 2), "OpenInbound": kin(409, 409, 409), "GetCase": kin(409, 404, 200), "RenewLease": kin(409, 404,
		404), "UnmaskField": kin(409, 404, 404), "PlaceCall": kin(409, 404, 404),
		"IdentifyCustomer": kin(409, 404, 404), "DisposeTask": kin(409, 404, 404), "TakeInterview": kin(409, 404, 404),
		"ListContactsOfCase": kin(409, 404, 200), "ActOnContact": kin(409, 404, 404), "GetPicture": kin(409, 404, 404),
		"ListLocksOfCase": kin(409, 404, 200), "PutLockOfCase": kin(409, 404, 404), "StopLooseningOfCase": kin(409, 404, 404),
		"GetEmergencyOfCase": kin(409, 404, 200), "StopInCase": kin(409, 404, 404), "AskReopen": kin(409, 404, 404)}},
	{"a lease that lapsed", func(w *world) place {
		p := w.leased(small)
		w.store.Clock.Forward(queue.LeaseLife)
		return p.lost()
	}, map[string]row{"OpenInbound": free}},
	{"a lease that lapsed, and another's now", func(w *world) place {
		p := w.leased(small)
		w.store.Clock.Forward(queue.LeaseLife)
		p.had, p.has = p.has, w.name("bo")
		w.store.Case(w.agent("bo"))
		return p
	}, nil},
	{"a case given to another", func(w *world) place {
		p := w.leased(small)
		p.had, p.has = p.has, w.name("bo")
		w.agent("bo")
		w.store.Granted(w.store.Reassign(w.t.Context(), w.boss, p.caseID, p.has))
		return p
	}, nil},
	{"a case that is closed", func(w *world) place {
		p := w.leased(small)
		w.say(p, hold.Refused)
		return p.lost()
	}, map[string]row{"OpenInbound": free, "ReassignCase": no, "AskApproval": refused}},
	{"a hold decided meanwhile", func(w *world) place {
		p := w.leased(small, small)
		_, _, err := w.store.Override(w.t.Context(), p.hold, 1, "client:bank", "")
		w.store.Must(err)
		return p
	}, map[string]row{"DisposeTask": {409, 409, 404, 404, 403}, "UnmaskField": {404, 409, 404, 404, 403}, "AskApproval": refused}},
	{"a hold amended meanwhile", func(w *world) place {
		p := w.leased(small, small)
		w.amend(p.hold)
		return p
	}, map[string]row{"DisposeTask": {412, 409, 404, 404, 403}, "UnmaskField": {404, 409, 404, 404, 403}, "AskApproval": stale}},
	{"a second person is asked", func(w *world) place { return w.confirmed() },
		map[string]row{"OpenInbound": free, "ReassignCase": refused, "DecideApproval": {0, 403, 200, 200, 403}}},
	{"a second person is asked about a face", func(w *world) place {
		ana := w.agent("ana")
		id, approval := w.store.Faces(ana)
		p := place{hold: id, holds: []hold.ID{id}, had: ana.Sub, approval: approval}
		p.caseID, p.task = w.found(p)
		return p
	}, map[string]row{"OpenInbound": free, "ReassignCase": refused, "DecideApproval": {0, 403, 409, 409, 403}, "GetApprovalPicture": {0, 404,
		200, 200, 403}}},
	{"a second person is to call", func(w *world) place {
		p := w.leased(small)
		by := store.By{Sub: p.has, Role: "agent", IssuedAt: w.store.Clock.Now()}
		v, why, err := w.store.ViewCase(w.t.Context(), by, p.caseID)
		w.store.Granted(why, err)
		w.store.Hung(w.store.Rang(by, v, 31*time.Second), 31*time.Second)
		p.approval = w.say(p, hold.Confirmed)
		return p.lost()
	}, map[string]row{"OpenInbound": free, "DecideApproval": {0, 403, 409, 409, 403}}},
	{"a second person has approved", func(w *world) place {
		p := w.confirmed()
		w.second(p, true)
		_, err := w.store.Conclude(w.t.Context(), p.hold)
		w.store.Must(err)
		return p
	}, map[string]row{"OpenInbound": free, "ReassignCase": no, "AskApproval": refused, "DecideApproval": over}},
	{"a second person has rejected", func(w *world) place {
		p := w.confirmed()
		w.second(p, false)
		return p
	}, map[string]row{"OpenInbound": free, "DecideApproval": over}},
	{"what was asked of a second person is void", func(w *world) place {
		p := w.confirmed()
		w.amend(p.hold)
		return p
	}, map[string]row{"OpenInbound": free, "ReassignCase": no, "AskApproval": stale, "DecideApproval": over}},
	{"an override is asked for", func(w *world) place {
		p := w.leased(small)
		id, _, _, why, err := w.store.AskOverride(w.t.Context(), w.boss, p.hold, 1, "checked")
		w.store.Granted(why, err)
		p.approval = id
		return p
	}, map[string]row{"AskApproval": refused, "DecideApproval": {403, 0, 403, 200, 403}}},
	{"the end of a freeze is asked for", func(w *world) place {
		p := w.leased(small)
		w.store.Must(w.store.AskForHelp(w.t.Context(), w.store.Customer.ID))
		id, why, err := w.store.BankAsksUnfreeze(w.t.Context(), "client:bank", w.store.Customer.ID, "she called")
		w.store.Granted(why, err)
		p.approval = id
		return p
	}, map[string]row{"DecideApproval": {403, 0, 403, 200, 403}}},
}

func stateOf(t *testing.T, name string) state {
	t.Helper()
	i := slices.IndexFunc(states, func(s state) bool { return s.name == name })
	if i < 0 {
		t.Fatalf("there is no state %q", name)
	}
	return states[i]
}

const small, large = 100_00, 5_001_00 // below and above what one person confirms

// asked is a hold for each amount, asked by a text and a call, of one customer.
func (w *world) asked(amounts ...int64) (p place) {
	w.t.Helper()
	r := storetest.Rung("both", 4*time.Hour, hold.SMS, hold.Callback)
	r.Asks[0].Lifetime = hold.Duration(5 * time.Minute)
	for _, minor := range amounts {
		id, _ := w.store.Called(hold.Ladder{Name: "both", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{r}}, minor)
		p.holds = append(p.holds, id)
		if cs, err := w.store.Challenges(w.t.Context(), id); err != nil || minor == small && cs[0].Status != hold.Open {
			w.t.Fatalf("no code was sent: %+v, %v", cs, err)
		}
	}
	p.hold = p.holds[0]
	return p
}

// take leases the case of a place to ana.
func (w *world) take(p place) place {
	w.t.Helper()
	ana := w.agent("ana")
	w.store.Case(ana)
	p.has = ana.Sub
	p.caseID, p.task = w.found(p)
	return p
}

func (w *world) leased(amounts ...int64) place { w.t.Helper(); return w.take(w.asked(amounts...)) }

// atCounter is a hold whose customer stands before a clerk.
func (w *world) atCounter() place {
	w.t.Helper()
	p := w.asked(small)
	cleo := w.store.Agent(w.name("cleo"), "branch")
	_, why, err := w.store.OpenInbound(w.t.Context(), store.Inbound{By: cleo, Counter: true, CustomerID: w.store.Customer.ID,
		Reason: "at the counter", Rules: storetest.CallRules})
	w.store.Granted(why, err)
	p.has, p.role = cleo.Sub, "branch"
	p.caseID, p.task = w.found(p)
	return p
}

// lost is a place whose agent has it no longer.
func (p place) lost() place { p.had, p.has = p.has, ""; return p }

// found is the customer's case with the task of the place's hold, as a supervisor
// sees them.
func (w *world) found(p place) (caseID, task string) {
	w.t.Helper()
	st, why, err := w.store.Story(w.t.Context(), w.boss, p.hold)
	w.store.Granted(why, err)
	v, why, err := w.store.ViewCase(w.t.Context(), w.boss, st.CaseID)
	w.store.Granted(why, err)
	for _, k := range v.Tasks {
		if k.HoldID == p.hold {
			return v.ID, k.ID
		}
	}
	w.t.Fatal("the hold has no task")
	return "", ""
}

// say disposes of the place's task as who has it.
func (w *world) say(p place, d hold.Disposition) (approval string) {
	w.t.Helper()
	by := store.By{Sub: p.has, Role: "agent", IssuedAt: w.store.Clock.Now()}
	v, why, err := w.store.ViewCase(w.t.Context(), by, p.caseID)
	w.store.Granted(why, err)
	said := w.store.Disposing(by, v, v.Tasks[0], d)
	said.At = w.store.Clock.Now().Add(time.Hour)
	res, err := w.store.Dispose(w.t.Context(), said)
	w.store.Must(err)
	if res.Outcome != store.Disposed && res.Outcome != store.Reviewing {
		w.t.Fatalf("%s: %s %s", d, res.Outcome, res.Refusal)
	}
	return res.ApprovalID
}

// confirmed is a large hold that ana confirmed on a call.
func (w *world) confirmed() place {
	w.t.Helper()
	p := w.leased(large)
	by := store.By{Sub: p.has, Role: "agent", IssuedAt: w.store.Clock.Now()}
	v, why, err := w.store.ViewCase(w.t.Context(), by, p.caseID)
	w.store.Granted(why, err)
	w.store.Proved(by, v)
	p.approval = w.say(p, hold.Confirmed)
	return p.lost()
}

func (w *world) second(p place, approve bool) {
	w.t.Helper()
	res, err := w.store.TakeSecond(w.t.Context(), store.Second{By: w.agent("bo"), ID: p.approval, Approve: approve, Reason: "looked"})
	w.store.Granted(res.Refusal, err)
}

func (w *world) amend(id hold.ID) {
	w.t.Helper()
	_, out, err := w.store.AmendHold(w.t.Context(), store.Amend{ID: id, Revision: 1, Actor: "client:bank",
		Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
		Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
			return h.Terms, h.Deadline, nil
		}})
	w.store.Must(err)
	if out != store.Changed {
		w.t.Fatal(out)
	}
}

// at is a path with the place's ids in it.
func (p *place) at(path string) string {
	at := strings.NewReplacer("{case_id}", p.caseID, "{task_id}", p.task, "{picture}", "1", "{approval_id}", p.approval, "{hold_id}",
		string(p.hold), "{sub}", p.free, "{counterparty_id}", "cpty_00000000000000000000000000000000", "{verdict_id}",
		"vrd_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF", "{recall_id}", "rcl_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF",
		"{referral_id}", store.NewID("ref"), "{complaint_id}", store.NewID("cmp"), "{contact_id}", store.NewID("ctc"),
		"{lock_kind}", "places").Replace(path)
	if strings.HasSuffix(path, "/supervision/holds") {
		at += "?q=" + string(p.customer)
	}
	return at
}

// body is the specification's example, about the place.
func (w *world) body(p *place, op *openapi3.Operation) any {
	w.t.Helper()
	if op.RequestBody == nil {
		return nil
	}
	example, ok := op.RequestBody.Value.Content["application/json"].Schema.Value.Example.(map[string]any)
	if !ok {
		w.t.Fatalf("%s has no example", op.OperationID)
	}
	body := maps.Clone(example)
	for key, value := range map[string]any{"customer_id": p.customer, "hold_id": p.hold, "of": p.hold, "contact_id": p.contact,
		"task_id": p.task, "disposition": p.say, "agent": p.free} {
		if _, has := body[key]; has {
			body[key] = value
		}
	}
	if op.OperationID == "IdentifyCustomer" { // the wrong number, whatever the right one is
		body["number"] = w.wrongNumber(p)
	}
	return body
}

// standing are secrets of everybody's: the name, the phrase, the keys.
func (w *world) standing() []string {
	return []string{"Rossi", "blue kettle", account, "+393399", w.key, w.token, smsKey}
}

const smsKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// planted are the secrets of the latest place: the customer's number, the codes
// and nonces of what they are asked, and the two digits of their call.
func (w *world) planted() []string {
	w.t.Helper()
	ctx := w.t.Context()
	keys, err := sms.ReadKeys([]string{"k1:" + smsKey})
	w.store.Must(err)
	out := []string{strings.TrimPrefix(w.store.Customer.Phones[0].Number, "+")}
	asked, err := w.store.Questions(ctx, w.store.Customer.ID)
	w.store.Must(err)
	for _, c := range asked.Open {
		if c.Nonce != "" {
			out = append(out, c.Nonce)
		}
		if c.Channel == hold.SMS {
			code, err := keys.Code(c)
			w.store.Must(err)
			out = append(out, `"`+code, " "+code)
		}
	}
	call, err := w.store.AppCall(ctx, w.store.Customer.ID)
	w.store.Must(err)
	if call != nil {
		out = append(out, `"`+call.Digits+`"`)
	}
	return out
}

// wrongNumber is not what the customer's app shows, if it shows any.
func (w *world) wrongNumber(p *place) string {
	w.t.Helper()
	calls, err := w.store.AppCalls(w.t.Context(), []hold.CustomerID{p.customer})
	w.store.Must(err)
	if len(calls) > 0 && calls[0].Digits == "42" {
		return "43"
	}
	return "42"
}

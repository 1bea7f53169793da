package api_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"holdfast/api"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/getkin/kin-openapi/openapi3"
)

// row is what an operation answers, by who asks: the agent who has the case, one
// who had it, one who never had, a supervisor and an auditor who never had. A
// figure below 10 stands for every status of that class. A clerk is told what such an
// agent is, by the few operations that are a clerk's (ofClerks).
type row struct{ has, had, agent, supervisor, auditor int }

// usual is what each operation answers about a case that an agent has. A route
// that is not here fails the test.
var usual = map[string]row{
	"ListQueue":           {200, 200, 200, 200, 403},
	"NextCase":            {2, 2, 2, 2, 403},
	"GetQueueStats":       {200, 200, 200, 200, 403},
	"FollowQueue":         {200, 200, 200, 200, 403},
	"OpenInbound":         {200, 409, 409, 409, 403},
	"GetCase":             {200, 409, 404, 200, 403},
	"RenewLease":          {200, 409, 404, 404, 403},
	"ReturnCase":          {204, 409, 404, 404, 403},
	"UnmaskField":         {200, 409, 404, 404, 403},
	"PlaceCall":           {202, 409, 404, 404, 403},
	"IdentifyCustomer":    {403, 409, 404, 404, 403}, // nobody has been called: the number is wrong
	"DisposeTask":         {200, 409, 404, 404, 403},
	"TakeInterview":       {409, 409, 404, 404, 403}, // none of these is asked with an interview
	"ListContactsOfCase":  {200, 409, 404, 200, 403},
	"ActOnContact":        {404, 409, 404, 404, 403}, // none of these has a contact
	"ListLocksOfCase":     {200, 409, 404, 200, 403},
	"PutLockOfCase":       {200, 409, 404, 404, 403}, // the first of a kind only tightens
	"StopLooseningOfCase": {200, 409, 404, 404, 403}, // none of these is coming: nothing changes
	"GetPicture":          {404, 409, 404, 404, 403},
	"ListCaseAudit":       {403, 403, 403, 200, 200},
	"ReassignCase":        {403, 403, 403, 204, 403},
	"ListApprovals":       {200, 200, 200, 200, 403},
	"AskApproval":         {403, 403, 403, 202, 403},
	"DecideApproval":      {404, 404, 404, 404, 403},
	"GetApprovalPicture":  {404, 404, 404, 404, 403},
	"GetEmergencyOfCase":  {200, 409, 404, 200, 403},
	"StopInCase":          {200, 409, 404, 404, 403},
	"AskReopen":           {409, 409, 404, 404, 403}, // nothing of theirs is stopped
	// Payees are not looked up in these payments: there is none to say anything of.
	"ListProposed":        {403, 403, 403, 200, 403},
	"SearchCounterparty":  {403, 403, 403, 404, 403},
	"GetCounterparty":     {403, 403, 403, 404, 404},
	"ProposeCounterparty": {404, 404, 404, 404, 403},
	"AskVerdict":          {403, 403, 403, 404, 403},
	"AskReversal":         {403, 403, 403, 404, 403},
	"ListVerdicts":        {403, 403, 403, 200, 200},
	"DecideVerdict":       {403, 403, 403, 404, 403},

	"ListRecalls":     {200, 200, 200, 200, 200},
	"DecideRecall":    {404, 404, 404, 404, 403},
	"SearchHolds":     {403, 403, 403, 200, 200},
	"GetStory":        {403, 403, 403, 200, 200},
	"ExportTrail":     {403, 403, 403, 200, 200},
	"GetOutcomes":     {403, 403, 403, 200, 403},
	"GetWarnings":     {403, 403, 403, 200, 403},
	"AskReferral":     {403, 403, 403, 202, 403},
	"ListReferrals":   {403, 403, 403, 200, 403},
	"GetReferral":     {403, 403, 403, 404, 403},
	"DecideReferral":  {403, 403, 403, 404, 403},
	"PrintReferral":   {403, 403, 403, 404, 403},
	"ListComplaints":  {403, 403, 403, 200, 403},
	"AnswerComplaint": {403, 403, 403, 404, 403},
	"ListAgents":      {403, 403, 403, 200, 403},
	"PutAgent":        {403, 403, 403, 200, 403},
	"RevokeAgent":     {403, 403, 403, 204, 403},
}

// ofClerks are all that a clerk may ask. Every other refuses them.
var ofClerks = []string{"OpenAtCounter", "GetCase", "RenewLease", "ReturnCase", "DisposeTask", "TakeInterview", "ListContactsOfCase",
	"ActOnContact", "ListLocksOfCase", "PutLockOfCase", "StopLooseningOfCase", "GetEmergencyOfCase", "StopInCase", "AskReopen"}

// told is what an operation answers to a role, where the table says status of it.
func told(op, role string, status int) int {
	switch {
	case role == "branch" && !slices.Contains(ofClerks, op), op == "OpenAtCounter" && role != "branch":
		return http.StatusForbidden
	}
	return status
}

// hidden are the operations that refuse whoever is linked to the customer, where
// others of their role would be told more than that there is none.
var hidden = []string{"OpenInbound", "OpenAtCounter", "GetCase", "ListContactsOfCase", "ListLocksOfCase", "GetEmergencyOfCase",
	"ListCaseAudit", "AskApproval", "DecideApproval", "GetApprovalPicture",
	"GetStory", "ExportTrail", "AskReferral"}

// place is something for agents to ask about, in one state.
type place struct {
	customer               hold.CustomerID
	hold                   hold.ID
	holds                  []hold.ID // of the customer
	caseID, task, approval string
	contact                string
	free                   string           // an agent who has nothing to do with it
	has, had               string           // agents, empty: nobody
	role                   string           // of those two; empty: agent
	say                    hold.Disposition // that its task takes
	secrets                []string
}

// world is a bench that makes places.
type world struct {
	*bench
	n     int      // of the place: everybody in it is new
	boss  store.By // a supervisor of no place
	token string
	told  []string // the secrets of every place so far
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{bench: benchOn(t, storetest.New(t, storetest.PostgresURL(t)))}
	w.store.Must(w.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	w.token, w.boss = w.tokenOf("lin"), w.store.Agent("boss", "supervisor")
	for sub, role := range map[string]queue.Role{linked: "agent", linked + "s": "supervisor", linked + "a": "auditor",
		linked + "b": "branch"} {
		w.store.Agent(sub, role)
	}
	return w
}

func (w *world) name(who string) string { return fmt.Sprint(who, w.n) }

func (w *world) agent(who string) store.By { return w.store.Agent(w.name(who), "agent") }

// Every route of the agents', by every caller, in every state of a case, a hold
// and an approval. What is foreign answers like what is missing, byte for byte,
// and nothing shows what is secret but the route that reveals it, to who has the
// case.
func TestAgentStateMatrix(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(api.Specification)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var p *place
			tried := 0
			for _, path := range doc.Paths.InMatchingOrder() {
				item := doc.Paths.Value(path)
				for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
					op := item.Operations()[method]
					if op.Extensions["x-roles"] == nil {
						continue
					}
					as := op.OperationID
					if as == "OpenAtCounter" { // of clerks, what a ring-in is of agents
						as = "OpenInbound"
					}
					want, known := usual[as]
					if but, other := s.but[as]; other {
						want = but
					}
					if !known {
						t.Fatalf("%s is in no table: what does it answer?", op.OperationID)
					}
					for _, a := range actors {
						if p == nil {
							p = w.make(s)
						}
						who, status := a(p, want)
						if role, _, agents := strings.Cut(who, "."); agents {
							status = told(op.OperationID, role, status)
						}
						if isLinked(who) && slices.Contains(hidden, op.OperationID) && status != http.StatusNotFound {
							status = http.StatusForbidden
						}
						if who == "" {
							continue
						}
						tried++
						if w.cell(p, op, method, path, who, status) {
							w.told = append(w.told, p.secrets...)
							w.clear(p)
							p = nil
						}
					}
				}
			}
			w.secret(reply{body: w.log.Bytes()}, &place{secrets: w.told}, "the log", nil)
			if tried < 26*5 {
				t.Errorf("only %d were tried", tried)
			}
			t.Logf("%d cells, %d places", tried, w.n)
		})
	}
}

// actors are who may ask in a place, by token, with what they are to be told. An
// empty token: there is nobody like that.
var actors = []func(*place, row) (token string, status int){
	func(p *place, r row) (string, int) { return token(cmp.Or(p.role, "agent"), p.has), r.has },
	func(p *place, r row) (string, int) { return token(cmp.Or(p.role, "agent"), p.had), r.had },
	func(p *place, r row) (string, int) { return token("agent", "eve"+string(p.customer)), r.agent },
	func(p *place, r row) (string, int) {
		return token("supervisor", "sue"+string(p.customer)), r.supervisor
	},
	func(p *place, r row) (string, int) { return token("auditor", "olga"+string(p.customer)), r.auditor },
	func(p *place, r row) (string, int) { return token("branch", "cleo"+string(p.customer)), r.agent },
	func(_ *place, r row) (string, int) { return token("agent", linked), r.agent },
	func(p *place, r row) (string, int) {
		return token("supervisor", linked+"s"), r.supervisor
	},
	func(_ *place, r row) (string, int) { return token("auditor", linked+"a"), r.auditor },
	func(_ *place, r row) (string, int) { return token("branch", linked+"b"), r.agent },
	func(*place, row) (string, int) { return "a customer", 401 },
	func(*place, row) (string, int) { return "an API key", 401 },
	func(*place, row) (string, int) { return "nobody", 401 },
}

// linked begins the names of those who are linked to the customer of the place.
const linked = "kin"

func isLinked(who string) bool { return strings.Contains(who, "."+linked) }

func token(role, sub string) string {
	if sub == "" {
		return ""
	}
	return role + "." + sub
}

// make makes a place of the state.
func (w *world) make(s state) *place {
	w.t.Helper()
	w.n++
	w.store.Customer = w.store.NewCustomer(hold.CustomerID(w.name("matrix")))
	p := s.make(w)
	p.customer, p.contact, p.free = w.store.Customer.ID, w.store.Customer.Phones[0].ID, w.agent("dee").Sub
	p.say, p.approval = cmp.Or(p.say, hold.Refused), cmp.Or(p.approval, store.NewID("appr"))
	p.secrets = append(p.secrets, w.planted()...)
	for _, suffix := range []string{"", "s", "a", "b"} {
		_, why, err := w.store.PutAgent(w.t.Context(), w.boss, store.PutAgent{Sub: linked + suffix, CustomerID: new(p.customer)})
		w.store.Granted(why, err)
	}
	return &p
}

// clear ends what a place left, so that the next is alone.
func (w *world) clear(p *place) {
	w.t.Helper()
	if p.caseID != "" && p.has != "" { // they may have had it stopped: there is a call to make
		_, _ = w.store.ReturnCase(w.t.Context(), store.By{Sub: p.has, IssuedAt: w.store.Clock.Now()}, p.caseID) // or it is not theirs any more
	}
	for _, id := range p.holds {
		_, _, err := w.store.Override(w.t.Context(), id, w.store.Look(id).Revision, "client:bank", "")
		w.store.Must(err)
	}
	for { // what is about the customer alone
		id, err := w.store.NextCase(w.t.Context(), w.boss)
		w.store.Must(err)
		if id == "" {
			return
		}
		v, why, err := w.store.ViewCase(w.t.Context(), w.boss, id)
		w.store.Granted(why, err)
		for _, k := range v.Tasks {
			d := hold.Refused
			if k.Kind.Urgent() {
				d = hold.NotTheirs
			}
			_, err := w.store.Dispose(w.t.Context(), w.store.Disposing(w.boss, v, k, d))
			w.store.Must(err)
		}
	}
}

// cell tries one operation as one caller, and tells whether it changed anything.
func (w *world) cell(p *place, op *openapi3.Operation, method, path, who string, want int) (changed bool) {
	w.t.Helper()
	body := w.body(p, op)
	got := w.ask(who, method, p.at(path), body)
	name := fmt.Sprintf("%s as %s", op.OperationID, who)
	if got.status != want && (want >= 10 || got.status/100 != want) {
		w.t.Errorf("%s: %d %s, want %d", name, got.status, got.body, want)
	}
	if isLinked(who) && slices.Contains([]string{"ListQueue", "ListApprovals", "SearchHolds", "NextCase"}, op.OperationID) {
		for _, id := range []string{p.caseID, p.approval, string(p.hold)} {
			if bytes.Contains(got.body, []byte(id)) {
				w.t.Errorf("%s shows what is their own: %s", name, got.body)
			}
		}
	}
	role, _, _ := strings.Cut(who, ".")
	if roles, _ := op.Extensions["x-roles"].([]any); want == http.StatusForbidden && !slices.Contains(roles, any(role)) &&
		got.code() != "role_missing" {
		w.t.Errorf("%s: %s, want role_missing", name, got.body)
	}
	if got.status == http.StatusNotFound {
		missing := (&place{caseID: store.NewID("case"), task: store.NewID("task"), approval: store.NewID("appr"),
			hold: hold.ID(store.NewID("hold")), free: "nobody"}).at(path)
		if none := w.ask(who, method, missing, body); none.status != got.status || !bytes.Equal(none.body, got.body) ||
			!maps.EqualFunc(headers(none), headers(got), slices.Equal) {
			w.t.Errorf("%s: %d %s %v, and where there is none %d %s %v", name, got.status, got.body, got.header, none.status, none.body, none.header)
		}
	}
	revealed := ""
	if op.OperationID == "UnmaskField" && got.status == http.StatusOK {
		revealed = account
		if !bytes.Contains(got.body, []byte(account)) {
			w.t.Errorf("%s reveals nothing: %s", name, got.body)
		}
	}
	if changed = method != http.MethodGet && got.status < 300; changed {
		p.secrets = append(p.secrets, w.planted()...) // the digits of a call, by now
	}
	w.secret(got, p, name, func(s string) bool { return s == revealed })
	return changed
}

// headers are those that say something: not when.
func headers(r reply) http.Header {
	h := r.header.Clone()
	h.Del("Date")
	return h
}

// secret fails where a reply has what nobody is to be told by it.
func (w *world) secret(r reply, p *place, name string, but func(string) bool) {
	w.t.Helper()
	secrets := w.standing()
	if p != nil {
		secrets = append(secrets, p.secrets...)
	}
	text := string(r.body)
	for k, vs := range r.header {
		text += "\n" + k + ": " + strings.Join(vs, ", ")
	}
	for _, s := range secrets {
		if strings.Contains(text, s) && (but == nil || !but(s)) {
			w.t.Errorf("%s shows %q: %s", name, s, text)
		}
	}
}

// ask asks as somebody. A stream is read to the end of its first round.
func (w *world) ask(who, method, path string, body any) reply {
	w.t.Helper()
	auth := map[string]string{"a customer": w.token, "an API key": w.key, "nobody": ""}
	bearer := who
	if t, other := auth[who]; other {
		bearer = t
	}
	if !strings.HasSuffix(path, "/events") {
		return w.do(method, path, body, "Authorization", "Bearer "+bearer)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, w.server.URL+path, nil)
	w.store.Must(err)
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Last-Event-ID", "0")
	res, err := w.server.Client().Do(r)
	w.store.Must(err)
	defer res.Body.Close()
	out := reply{status: res.StatusCode, header: res.Header}
	for lines := bufio.NewScanner(res.Body); lines.Scan() && lines.Text() != ": "; {
		out.body = append(append(out.body, lines.Bytes()...), '\n')
	}
	return out
}

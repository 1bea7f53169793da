// Package api is Holdfast's HTTP API. openapi.yaml is the source: the types,
// the routes and the client are generated from it, and every request is held
// against it before a handler sees it. Handlers translate; the store decides.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"holdfast/api/gen"
	"holdfast/app"
	"holdfast/channels"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
)

// DeviceRules are the push channel's rules on keys and proofs.
type DeviceRules struct {
	ParseKey func(jwk []byte) (canonical []byte, err error)
	Nonce    func(proof string) string // of an enrolment, unverified
	Enrol    func(jwk []byte, nonce, audience string, customer hold.CustomerID, proof string, now hold.Instant) error
	Revoke   func(by hold.Device, target hold.DeviceID, audience, proof string, now hold.Instant) error
	// Contact verifies a word on somebody whom the customer trusts; ContactNonce is over
	// which nonce it says it is, ContactNamed what is signed to name somebody, and
	// ContactAnswer what is to agree to being named.
	Contact       func(by hold.Device, contact, nonce, audience, proof string, now hold.Instant) error
	ContactNonce  func(proof string) string
	ContactNamed  func(phone, name string) string
	ContactAnswer func(id string, agrees bool) string
	// Lock verifies a word on a lock that is to be loosened, by its user, who was verified;
	// LockNonce is over which nonce it says it is.
	Lock      func(by hold.Device, wish hold.Digest, nonce, audience, proof string, now hold.Instant) error
	LockNonce func(proof string) string
}

// FaceRules are how face checks are kept. A nil Link: there are none.
type FaceRules struct {
	Channel channels.Channel                        // judges dispositions
	Link    func(id hold.ChallengeID, n int) string // its address
	Digest  func(id hold.ChallengeID, n int) hold.Digest
	Clean   func(picture []byte) (clean []byte, digest hold.Digest, err error)
	Seal    func(picture []byte, of string) ([]byte, error)
	Open    func(sealed []byte, of string) ([]byte, error)
	Pages   http.Handler // /f/… and /face…
}

// AgentRules are how agents sign in and what they may do here.
type AgentRules struct {
	// Verify tells whose a token is: ErrNobody or ErrIssuerAway. Nil: no agents.
	Verify   func(ctx context.Context, token string) (store.By, error)
	Callback channels.Channel // judges dispositions
	Rules    hold.Rules       // of opening rungs
	Calls    bool             // calls can be placed
	// UnderWay asks the provider whether a call goes on; HangUp ends one.
	UnderWay func(ctx context.Context, sid string) bool
	HangUp   func(ctx context.Context, sid string) error
}

// Config is what a server is made of.
type Config struct {
	Bank      BankStore     // the pool of the risk engine and of the bank's systems
	Customers CustomerStore // the customers' pool
	Staff     AgentStore    // the agents' pool
	// Backlog tells what accepted holds wait for; nil: intake is not bounded by it. It
	// has a pool of its own, or of somebody whom a flood of holds does not reach.
	Backlog   func(ctx context.Context) (store.Backlog, error)
	Bus       *store.Bus
	Desk      *app.Desk
	Devices   DeviceRules
	Agents    AgentRules
	Faces     FaceRules
	SMS       hold.SMSRules // how texts are sent
	Policies  *policy.Set
	Payees    counterparties.Keys     // none: payees are not looked up
	Country   string                  // the bank's, of accounts that are named without theirs
	Names     counterparties.Names    // nil: names are not compared with accounts
	Socket    http.Handler            // the gateway; nil: not in this process
	Providers map[string]http.Handler // webhooks, by the mux's pattern: each is a channel's
	Pages     map[string]http.Handler // what people see, by the mux's pattern
	Workflows string                  // address under which Temporal's UI shows a hold's workflow; empty: not told
	Metrics   http.Handler
	Ready     func(ctx context.Context) map[string]string // by check, "ok" or a code
	Log       *slog.Logger
	Observe   func(operation string, status int, took time.Duration)
	Count     func(event string) // answer_…, reason_unknown
	Stopping  <-chan struct{}    // closed when the process is to end: long polls come back
	Transfer  time.Duration      // of a body, either way; 0: half a minute
}

// Server is the API.
type Server struct {
	Config
	spec *spec
	mux  *http.ServeMux
	pace *pace
	// intake is of new holds alone: repeats, answers, people's work and what the bank
	// decides come in whatever waits.
	intake  *admission
	senders *senders
	// Places of the three audiences, so that none of them waits for another's.
	clients, apps, staff *room
	waiting, streams     *room
	batching, learning   *room            // many holds, many outcomes
	importing            *room            // lists of payees
	doors                map[string]*room // where it is found out who asks, by kind of token
}

// New makes the API's handler. Without stores it serves health and metrics
// only, for processes of other roles.
func New(c Config) (*Server, error) {
	sp, err := readSpec()
	if err != nil {
		return nil, err
	}
	s := &Server{Config: c, spec: sp, mux: http.NewServeMux(), pace: newPace(), intake: newAdmission(), senders: newSenders(),
		clients: newRoom(maxInFlight, clientShare), apps: newRoom(maxInFlight, customerShare), staff: newRoom(maxInFlight, agentShare),
		waiting: newRoom(maxWaiting, waitingShare), streams: newRoom(maxWaiting, streamShare), batching: newRoom(maxBatches, batchShare),
		learning: newRoom(maxOutcomeBatches, outcomeBatchShare), importing: newRoom(maxImports, importShare),
		doors: map[string]*room{"apiKey": newRoom(maxInFlight, 0), "customerToken": newRoom(maxInFlight, 0), "agentToken": newRoom(maxInFlight,
			0)}}
	if s.Transfer == 0 {
		s.Transfer = transfer
	}
	s.mux.HandleFunc("GET /health/alive", s.alive)
	s.mux.HandleFunc("GET /health/ready", s.ready)
	s.mux.Handle("GET /metrics", c.Metrics)
	if c.Socket != nil {
		s.mux.Handle("GET /v1/app/ws", c.Socket)
	}
	if c.Bank == nil {
		return s, nil
	}
	for pattern, webhook := range c.Providers {
		s.mux.Handle(pattern, webhook)
	}
	s.mux.HandleFunc("GET /openapi.yaml", specification)
	s.mux.Handle("GET /docs", docs(sp.doc))
	s.mux.HandleFunc("POST /v1/holds/batch", s.submitBatch)
	s.mux.HandleFunc("POST /v1/outcomes/batch", s.outcomeBatch)
	s.mux.HandleFunc("GET /v1/callbacks/events", s.followQueue)
	s.mux.HandleFunc("PUT /v1/customers/{customer_id}/portrait", s.putPortrait)
	s.mux.HandleFunc("PUT /v1/payee-lists/{list}", s.putPayeeList)
	s.mux.HandleFunc("GET /v1/callbacks/{case_id}/tasks/{task_id}/pictures/{picture}", s.picture)
	s.mux.HandleFunc("GET /v1/approvals/{approval_id}/pictures/{picture}", s.secondPicture)
	if c.Faces.Pages != nil {
		s.mux.Handle("/f/", c.Faces.Pages)
		s.mux.Handle("/face", c.Faces.Pages)
		s.mux.Handle("/face/", c.Faces.Pages)
	}
	for pattern, page := range c.Pages {
		s.mux.Handle(pattern, page)
	}
	handlers := gen.NewStrictHandlerWithOptions(s, nil, gen.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: func(w http.ResponseWriter, _ *http.Request, _ error) {
			field("", "is not as described").write(w) // its text would quote what was sent
		},
		ResponseErrorHandlerFunc: s.answerFault,
	})
	gen.HandlerWithOptions(handlers, gen.StdHTTPServerOptions{BaseRouter: s.mux,
		ErrorHandlerFunc: func(w http.ResponseWriter, _ *http.Request, _ error) { field("", "is not as described").write(w) }})
	return s, nil
}

const (
	transfer     = 30 * time.Second // of a body, either way
	longestBatch = 5 * time.Minute
)

// The socket authenticates and bounds itself.
func ownWay(op *operation) bool { return op == nil || op.security == "" || op.id == "OpenSocket" }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	_, pattern := s.mux.Handler(r)
	op := s.spec.ops[pattern]
	if op != nil && op.id == "OpenSocket" {
		s.mux.ServeHTTP(w, r)
		return
	}
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	ctl := http.NewResponseController(w)
	_ = ctl.SetReadDeadline(began.Add(s.Transfer)) // not every writer has one
	_ = ctl.SetWriteDeadline(began.Add(s.Transfer))
	rec.Header().Set("X-Content-Type-Options", "nosniff")
	rec.Header().Set("Cache-Control", "no-store")
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(r.Context(), "a handler panicked", "route", pattern, "panic", p)
			refuse("internal").write(rec)
		}
		name := "none"
		if op != nil {
			name = op.id
		}
		s.Observe(name, rec.status, time.Since(began))
	}()
	switch {
	case pattern == "":
		s.nowhere(rec, r)
	case ownWay(op):
		if _, err := pathValues(pattern, r.URL.EscapedPath()); err != nil {
			s.answerFault(rec, r, err)
			return
		}
		s.mux.ServeHTTP(rec, r)
	default:
		s.serve(rec, r, op, pattern)
	}
}

// largeBodies are of the operations that take more than JSON of the usual size.
var largeBodies = map[string]int64{"SubmitHoldBatch": maxBatchBody, "RecordOutcomeBatch": maxBatchBody, "PutPortrait": maxPicture}

const findingOut = 10 * time.Second // who asks

// atTheDoor finds out who asks. It is bounded apart from what they ask for: a
// flood of tokens that are nobody's takes no place of those who are somebody.
func (s *Server) atTheDoor(r *http.Request, op *operation) (caller, error) {
	door := s.doors[op.security]
	if !door.enter(r.Context()) {
		return caller{}, refuse("busy")
	}
	defer door.leave()
	ctx, cancel := context.WithTimeout(r.Context(), findingOut)
	defer cancel()
	return s.authenticate(r.WithContext(ctx), op)
}

// serve lets a request through to its handler: of somebody who has not their
// share already, within its limits, read to its end and as the specification
// says, and then with a place. Nobody holds a place while they send.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, op *operation, pattern string) {
	limit, room := s.room(r, op)
	var who caller
	letIn, err := s.turnsAway(r, op)
	if err == nil {
		who, err = s.atTheDoor(r, op)
	}
	if err == nil {
		switch {
		case who.client != "" && !s.pace.allow(who.client, clientRate, clientBurst),
			who.customer != "" && !s.pace.allow("customer "+string(who.customer), customerRate, customerBurst),
			who.agent.Sub != "" && !s.pace.allow("agent "+who.agent.Sub, agentRate, agentBurst):
			err = refuse("rate_limited")
		case !letIn && op.id == "SubmitHold":
			s.senders.add(Digest(Bearer(r)), who.client)
			err = s.comesIn(r, who.client)
		}
	}
	if err == nil {
		switch {
		case !room.admit(r.Context(), who.name()): // after the pace, which bounds who wait here
			err = refuse("rate_limited").because("too many at once")
		default:
			defer room.dismiss(who.name())
		}
	}
	if err == nil {
		err = s.spec.checked(w, r, op, pattern)
	}
	if err == nil && op.body == nil && op.id != "PutPayeeList" { // of what takes none, too: nobody else would read it
		err = readAhead(w, r, max(maxBody, largeBodies[op.id]))
	}
	if err != nil {
		s.answerFault(w, r, err)
		return
	}
	if !room.enter(r.Context()) {
		refuse("busy").write(w)
		return
	}
	defer room.leave()
	if op.id == "SubmitHold" {
		defer s.intake.under(1)()
	}
	ctl := http.NewResponseController(w)
	_ = ctl.SetReadDeadline(time.Time{}) // read to its end; a long poll that is cut off here would be cancelled
	_ = ctl.SetWriteDeadline(time.Now().Add(limit + s.Transfer))
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	s.mux.ServeHTTP(w, r.WithContext(context.WithValue(ctx, callerKey{}, who)))
}

// room is where a request has its place, and for how long at most.
func (s *Server) room(r *http.Request, op *operation) (time.Duration, *room) {
	const usual = 15 * time.Second
	switch {
	case op.id == "FollowQueue":
		return longestStream, s.streams
	case op.id == "SubmitHoldBatch":
		return longestBatch, s.batching
	case op.id == "RecordOutcomeBatch":
		return longestBatch, s.learning
	case op.id == "PutPayeeList":
		return longestImport, s.importing
	case op.security == "agentToken":
		return usual, s.staff
	case r.URL.Query().Get("wait") != "":
		return 75 * time.Second, s.waiting
	case op.security == "customerToken":
		return usual, s.apps
	}
	return usual, s.clients
}

// nowhere answers what no route takes, in the API's own words.
func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	probe := httptest.NewRecorder()
	s.mux.ServeHTTP(probe, r)
	if allow := probe.Header().Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		refuse("method_not_allowed").because("use " + allow).write(w)
		return
	}
	refuse("not_found").write(w)
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) { r.status = status; r.ResponseWriter.WriteHeader(status) }

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

var _ gen.StrictServerInterface = (*Server)(nil)

func revisionOf(ifMatch string) int {
	n := 0
	for _, c := range strings.Trim(ifMatch, `"`) {
		n = n*10 + int(c-'0')
	}
	return n
}

package api

import (
	"cmp"
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"holdfast/api/gen"
	"holdfast/app"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"
)

// unmaskedFor is how long a console shows one field.
const unmaskedFor = time.Minute

// caseOf shows a case to the agent who asks.
func (s *Server) caseOf(ctx context.Context, id string) (gen.Case, error) {
	v, why, err := s.Staff.ViewCase(ctx, callerOf(ctx).agent, id)
	if err := told(why, err); err != nil {
		return gen.Case{}, err
	}
	return s.viewCase(ctx, v)
}

func (s *Server) viewCase(ctx context.Context, v store.CaseView) (gen.Case, error) {
	if callerOf(ctx).agent.Role == queue.RoleBranch { // calls are nothing of theirs, nor are numbers
		v.Calls, v.Customer.Phones = nil, nil
	}
	out := gen.Case{Id: v.ID, Status: v.Status, Agent: v.Agent, LeaseUntil: v.Until, Deadline: v.Deadline, Priority: v.Priority,
		Language: v.Language,
		Inbound:  v.RangIn(), Hidden: v.Hidden, Identified: v.Identified, TriesLeft: 3 - v.Tries, Now: v.Now, Rang: queue.Rang(v.Calls,
			v.Lease) != nil,
		Customer: s.viewCaseCustomer(v), Tasks: []gen.CaseTask{}, Calls: []gen.CaseCall{}, Earlier: []gen.EarlierHold{}}
	for _, c := range v.Calls {
		out.Calls = append(out.Calls, gen.CaseCall{Id: c.ID, Status: c.Status, Code: c.Code, ContactId: c.NumberID, At: c.CreatedAt,
			ConnectedSeconds: int(c.Connected(v.Now) / time.Second), ThisLease: c.Lease == v.Lease, Machine: c.Machine})
	}
	if v.Hidden { // nothing of the payments until it is known who is on the line
		return out, nil
	}
	for _, k := range v.Tasks {
		t, err := s.viewTask(ctx, v, k)
		if err != nil {
			return out, err
		}
		out.Tasks = append(out.Tasks, t)
	}
	for _, h := range v.Earlier {
		out.Earlier = append(out.Earlier, gen.EarlierHold{Id: h.ID, Amount: h.Request.Amount, Payee: maskedPayee(h), Decision: *h.Decision})
	}
	return out, nil
}

func (s *Server) viewCaseCustomer(v store.CaseView) gen.CaseCustomer {
	out := gen.CaseCustomer{Name: initials(v.Customer.Name), Locale: v.Customer.Locale, TimeZone: v.Customer.TimeZone,
		Frozen: v.Customer.FrozenAt != 0,
		HasApp: v.Customer.HasApp(), Contacts: []gen.Contact{}}
	if zone, err := time.LoadLocation(v.Customer.TimeZone); err == nil {
		out.LocalTime = v.Now.Time().In(zone).Format("15:04")
	}
	rules, at := queue.CallRules(v.Holds, s.Policies.Current().ContactRules(), v.Now)
	for i, p := range v.Customer.Phones {
		why := store.Uncallable(&v.Customer.Phones[i], rules, at)
		out.Contacts = append(out.Contacts, gen.Contact{Id: p.ID, Number: messages.Number(p.Number), Since: p.Since, Callable: why == "",
			WhyNot: why})
	}
	return out
}

// initials are all of a name that is shown before it is asked for.
func initials(name string) string {
	var out []string
	for _, part := range strings.Fields(messages.Safe(name)) {
		r, _ := utf8.DecodeRuneInString(part)
		out = append(out, string(r)+".")
	}
	return strings.Join(out, " ")
}

func (s *Server) viewTask(ctx context.Context, v store.CaseView, k queue.Task) (gen.CaseTask, error) {
	out := gen.CaseTask{Id: k.ID, Kind: k.Kind, Status: k.Status, Cause: k.Cause, Priority: k.Priority, Attempt: k.Attempt,
		ReadyAt: k.ReadyAt, DueAt: k.DueAt,
		Skill: k.Skill, ScamSuspected: k.Scam, Said: []gen.Said{}}
	for _, d := range v.Said {
		if d.TaskID == k.ID {
			out.Said = append(out.Said, *viewSaid(d))
		}
	}
	for _, f := range v.Faces { // the latest counts
		if k.Kind == queue.TaskFace && f.ChallengeID == k.ChallengeID {
			out.Gesture, out.Portrait = messages.Gesture(f.Gesture, callerOf(ctx).locale), f.Portrait
		}
	}
	for _, h := range v.Holds {
		if h.ID != k.HoldID {
			continue
		}
		shown, err := s.viewCaseHold(ctx, h, v.Challenges)
		if err != nil {
			return out, err
		}
		if shown.CounterpartyId != "" && callerOf(ctx).agent.Role != queue.RoleBranch { // who stands before the payer
			if shown.PayeeKnown, err = s.payeeKnown(ctx, h); err != nil {
				return out, err
			}
		}
		out.Hold, out.TwoNeeded = &shown, queue.NeedsTwo(k, hold.Standing{Hold: h})
	}
	if k.Kind.Urgent() {
		out.Script = messages.UrgentScript(k.Kind == queue.TaskHelp, callerOf(ctx).locale)
	}
	return out, s.offer(&out, v, k, callerOf(ctx).agent)
}

// offer tells what `confirmed` would come to now, or `safe_now` of an urgent call,
// of a call that goes on as far as we know, and whether another attempt is left:
// by the very rules that take them.
func (s *Server) offer(out *gen.CaseTask, v store.CaseView, k queue.Task, by store.By) (err error) {
	f := v.Facts(k, by.Role)
	if k.Kind == queue.TaskFace || k.Status != queue.TaskOpen || !v.Leased(by.Sub, v.Now) {
		return nil
	}
	_, again := queue.Unreached(k, f.Hold.Terms.Callback, v.Customer, v.Now)
	out.LastAttempt = !again
	said := hold.Confirmed
	switch {
	case by.Role == queue.RoleBranch && k.Kind.Urgent():
		return nil
	case by.Role == queue.RoleBranch:
		said = hold.DocumentChecked
	case k.Kind.Urgent():
		said = hold.SafeNow
	case f.Challenge == nil || k.Kind != queue.TaskCallback:
		return nil
	default:
		if f.Verdict, err = s.judgeCall(said)(f.Hold.Hold, *f.Challenge, f.Proof(), v.Now); err != nil {
			return err
		}
	}
	r := queue.Rule(f, queue.Word{Disposition: said, Document: queue.Passport}) // or any other
	out.WhyNot, out.SecondCalls = string(r.Refusal), r.Next == queue.NextTalk
	return nil
}

func viewSaid(d queue.Said) *gen.Said {
	return &gen.Said{Disposition: d.Disposition, Agent: d.Agent, Note: d.Note, At: d.At}
}

// viewCaseHold shows a payment to an agent, with the reasons in their words.
func (s *Server) viewCaseHold(ctx context.Context, h hold.Hold, asked []hold.Challenge) (gen.CaseHold, error) {
	h, err := s.unlinked(ctx, h)
	if err != nil {
		return gen.CaseHold{}, err
	}
	p, err := app.Pinned(ctx, s.Policies, s.Staff, h.Terms.PolicyVersion)
	if err != nil {
		return gen.CaseHold{}, err
	}
	q := h.Request
	out := gen.CaseHold{Id: h.ID, Revision: h.Revision, Status: h.Status, Kind: q.Kind, Amount: q.Amount, Payee: maskedPayee(h),
		RequestedAt: q.RequestedAt, Deadline: h.Deadline,
		OriginChannel: q.Origin.Channel, RiskScore: q.Risk.Score, Scam: h.Terms.Scam, Reasons: []gen.CaseReason{}, Challenges: []gen.Challenge{},
		Decision: h.Decision, CounterpartyId: h.PayeeID}
	if h.VerdictID != "" {
		out.Reasons = append(out.Reasons, gen.CaseReason{Code: string(hold.ReasonPayeeMule), Text: messages.PayeeMule(callerOf(ctx).locale),
			Script: []string{}})
	}
	if h.LockAction == hold.LockAsks {
		out.Reasons = append(out.Reasons, gen.CaseReason{Code: "lock", Text: messages.CaseLock(h.Locks(), callerOf(ctx).locale),
			Script: []string{}})
	}
	for _, code := range q.Risk.Reasons {
		r := p.Reason(code)
		script := r.Script.In(callerOf(ctx).locale)
		if script == nil {
			script = []string{}
		}
		shown := gen.CaseReason{Code: r.Code, Text: r.Agent.In(callerOf(ctx).locale), Script: script, Scam: r.Scam}
		if r.Scam {
			locale, err := s.Staff.CustomerLocale(ctx, q.CustomerID)
			if err != nil {
				return out, err
			}
			shown.Warning = r.Warning.In(locale)
		}
		out.Reasons = append(out.Reasons, shown)
	}
	if out.Interview, err = s.viewInterview(ctx, h, asked); err != nil {
		return out, err
	}
	for _, c := range asked {
		if c.HoldID == h.ID {
			out.Challenges = append(out.Challenges, viewChallenge(c))
		}
	}
	return out, nil
}

// viewItem is a line of the queue: nothing in it names the customer or payee.
func (s *Server) viewItem(ctx context.Context, it store.QueueItem) (gen.QueueItem, error) {
	out := gen.QueueItem{Id: it.ID, Status: it.Status, Priority: it.Priority, Deadline: it.Deadline, DueAt: it.DueAt, Until: it.Until,
		Language: it.Language, Skill: cmp.Or(it.Skill, it.Expertise),
		Agent: it.Agent, Tasks: it.Tasks, Attempt: it.Attempt}
	seen := map[string]bool{}
	add := func(text string) {
		if !seen[text] {
			seen[text] = true
			out.Reasons = append(out.Reasons, text)
		}
	}
	for _, h := range it.Holds {
		out.Amounts = append(out.Amounts, h.Request.Amount)
		if h.VerdictID != "" {
			seen, err := s.unlinked(ctx, h)
			if err != nil {
				return out, err
			}
			h = seen
		}
		if h.VerdictID != "" {
			add(messages.PayeeMule(callerOf(ctx).locale))
		}
		p, err := app.Pinned(ctx, s.Policies, s.Staff, h.Terms.PolicyVersion)
		if err != nil {
			return out, err
		}
		for _, code := range h.Request.Risk.Reasons {
			add(p.Reason(code).Agent.In(callerOf(ctx).locale))
		}
	}
	return out, nil
}

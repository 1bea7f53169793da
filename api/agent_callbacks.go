package api

import (
	"context"
	"errors"
	"regexp"

	"holdfast/api/gen"
	"holdfast/channels"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) ListQueue(ctx context.Context, r gen.ListQueueRequestObject) (gen.ListQueueResponseObject, error) {
	limit := orDefault(r.Params.Limit)
	items, err := s.Staff.Queue(ctx, callerOf(ctx).agent, store.QueuePage{Status: r.Params.Status,
		After: string(r.Params.After), Limit: limit})
	if err != nil {
		return nil, err
	}
	now, err := s.Staff.Now(ctx)
	if err != nil {
		return nil, err
	}
	page := gen.ListQueue200JSONResponse{Cases: []gen.QueueItem{}, Now: now}
	for _, it := range items {
		v, err := s.viewItem(ctx, it)
		if err != nil {
			return nil, err
		}
		page.Cases = append(page.Cases, v)
	}
	if len(items) == limit {
		page.Next = gen.Cursor(items[limit-1].ID)
	}
	return page, nil
}

func (s *Server) GetQueueStats(ctx context.Context, _ gen.GetQueueStatsRequestObject) (gen.GetQueueStatsResponseObject, error) {
	q, err := s.stats(ctx)
	return gen.GetQueueStats200JSONResponse(q), err
}

func (s *Server) NextCase(ctx context.Context, _ gen.NextCaseRequestObject) (gen.NextCaseResponseObject, error) {
	id, err := s.Staff.NextCase(ctx, callerOf(ctx).agent)
	if err != nil {
		return nil, err
	}
	if id == "" {
		return gen.NextCase204Response{}, nil
	}
	v, err := s.caseOf(ctx, id)
	return gen.NextCase200JSONResponse(v), err
}

func (s *Server) GetCase(ctx context.Context, r gen.GetCaseRequestObject) (gen.GetCaseResponseObject, error) {
	v, err := s.caseOf(ctx, string(r.CaseId))
	return gen.GetCase200JSONResponse(v), s.lost(ctx, string(r.CaseId), err)
}

// lost tells who has lost a case what was decided meanwhile.
func (s *Server) lost(ctx context.Context, caseID string, err error) error {
	var f *fault
	if !errors.As(err, &f) || f.Code != string(hold.LeaseLost) {
		return err
	}
	d, decidedErr := s.Staff.DecidedMeanwhile(ctx, callerOf(ctx).agent, caseID)
	if decidedErr != nil || d == nil {
		return errors.Join(err, decidedErr)
	}
	return refuse("lease_lost").with(gen.Stands{HoldId: d.HoldID, Decision: d})
}

func (s *Server) OpenInbound(ctx context.Context, r gen.OpenInboundRequestObject) (gen.OpenInboundResponseObject, error) {
	id, why, err := s.Staff.OpenInbound(ctx, store.Inbound{By: callerOf(ctx).agent, CustomerID: r.Body.CustomerId,
		HoldID: r.Body.HoldId, Reason: r.Body.Reason, Rules: s.Agents.Rules})
	if err := told(why, err); err != nil {
		return nil, err
	}
	v, err := s.caseOf(ctx, id)
	return gen.OpenInbound200JSONResponse(v), err
}

func (s *Server) OpenAtCounter(ctx context.Context, r gen.OpenAtCounterRequestObject) (gen.OpenAtCounterResponseObject, error) {
	id, why, err := s.Staff.OpenInbound(ctx, store.Inbound{By: callerOf(ctx).agent, Counter: true, CustomerID: r.Body.CustomerId,
		Reason: r.Body.Reason, Rules: s.Agents.Rules})
	if err := told(why, err); err != nil {
		return nil, err
	}
	v, err := s.caseOf(ctx, id)
	return gen.OpenAtCounter200JSONResponse(v), err
}

func (s *Server) RenewLease(ctx context.Context, r gen.RenewLeaseRequestObject) (gen.RenewLeaseResponseObject, error) {
	until, why, err := s.Staff.RenewLease(ctx, callerOf(ctx).agent, string(r.CaseId))
	return gen.RenewLease200JSONResponse{LeaseUntil: until}, s.lost(ctx, string(r.CaseId), told(why, err))
}

func (s *Server) ReturnCase(ctx context.Context, r gen.ReturnCaseRequestObject) (gen.ReturnCaseResponseObject, error) {
	return gen.ReturnCase204Response{}, told(s.Staff.ReturnCase(ctx, callerOf(ctx).agent, string(r.CaseId)))
}

func (s *Server) UnmaskField(ctx context.Context, r gen.UnmaskFieldRequestObject) (gen.UnmaskFieldResponseObject, error) {
	value, why, err := s.Staff.Unmask(ctx, store.Unmask{By: callerOf(ctx).agent, CaseID: string(r.CaseId),
		Field: r.Body.Field, Of: r.Body.Of, Reason: r.Body.Reason})
	if err := told(why, err); err != nil {
		return nil, err
	}
	now, err := s.Staff.Now(ctx)
	return gen.UnmaskField200JSONResponse{Value: messages.Safe(value), Until: now.Add(unmaskedFor)}, err
}

func (s *Server) PlaceCall(ctx context.Context, r gen.PlaceCallRequestObject) (gen.PlaceCallResponseObject, error) {
	if !s.Agents.Calls {
		return nil, refuse("calls_not_configured")
	}
	id, cause, why, err := s.Staff.PlaceCall(ctx, callerOf(ctx).agent, string(r.CaseId), string(r.Body.ContactId),
		s.Policies.Current().ContactRules())
	if why == hold.ContactNotEligible {
		return nil, refuse(string(why)).because(cause)
	} else if err = told(why, err); err != nil {
		return nil, err
	}
	return gen.PlaceCall202JSONResponse{Id: id}, nil
}

func (s *Server) IdentifyCustomer(ctx context.Context, r gen.IdentifyCustomerRequestObject) (gen.IdentifyCustomerResponseObject, error) {
	ok, left, why, err := s.Staff.Identify(ctx, callerOf(ctx).agent, string(r.CaseId), r.Body.Number)
	if err = told(why, err); err != nil {
		return nil, err
	}
	if !ok {
		f := refuse("number_incorrect")
		f.TriesLeft = &left
		return nil, f
	}
	return gen.IdentifyCustomer204Response{}, nil
}

// cardLike finds what looks like a card number, however it is grouped.
var cardLike = regexp.MustCompile(`(?:\d[ -]?){13,19}`)

func (s *Server) DisposeTask(ctx context.Context, r gen.DisposeTaskRequestObject) (gen.DisposeTaskResponseObject, error) {
	b := r.Body
	switch {
	case b.Disposition == hold.OtherLanguage && b.Language == "":
		return nil, field("/language", "is missing; name the one that the customer speaks")
	case b.Disposition == hold.DocumentChecked && b.Document == "":
		return nil, field("/document", "is missing; name the kind that you looked at")
	case b.Disposition != hold.DocumentChecked && b.Document != "":
		return nil, field("/document", "is of document_checked alone")
	}
	live, err := s.liveCall(ctx, b.Disposition, string(r.CaseId))
	if err != nil {
		return nil, err
	}
	note := messages.Plain(b.Note)
	res, err := s.Staff.Dispose(ctx, store.Dispose{By: callerOf(ctx).agent, CaseID: string(r.CaseId), TaskID: string(b.TaskId),
		Disposition: b.Disposition, Revision: b.Revision,
		Note: note, Live: live, At: b.At, Language: string(b.Language), Document: b.Document, Judge: s.judgeCall(b.Disposition)})
	if err != nil {
		return nil, err
	}
	switch res.Outcome {
	case store.DisposeRefused:
		return nil, told(res.Refusal, nil)
	case store.DisposedAlready:
		return nil, refuse("already_disposed").with(gen.Stands{HoldId: res.HoldID, Disposition: viewSaid(*res.Stands), Decision: res.Decision})
	case store.DisposeDecided:
		return nil, refuse("hold_decided").with(gen.Stands{HoldId: res.HoldID, Decision: res.Decision})
	case store.DisposeStale:
		f := refuse("revision_stale")
		f.Revision = res.Revision
		return nil, f
	}
	out := gen.DisposeTask200JSONResponse{TaskId: b.TaskId, Outcome: string(res.Outcome), ApprovalId: res.ApprovalID, SecondCalls: res.Talk,
		NextAt: res.NextAt, PlanSpent: res.Spent}
	if cardLike.MatchString(note) {
		out.Warning = "The note looks as if it had a card number in it. Tell a supervisor."
	}
	if b.Disposition == hold.NotTheirs || b.Disposition == hold.SuspectedScam || b.Disposition == hold.Scammed {
		v, why, err := s.Staff.ViewCase(ctx, callerOf(ctx).agent, string(r.CaseId))
		if err == nil && why == "" { // the lease may have ended with this
			for _, k := range v.Tasks {
				if k.Status == queue.TaskOpen && k.HoldID != "" && k.ID != string(b.TaskId) {
					out.Also = append(out.Also, gen.TaskID(k.ID))
				}
			}
		}
	}
	return out, nil
}

// liveCall is the case's call that goes on, by the provider's word: what it lasts
// counts though it has not ended.
func (s *Server) liveCall(ctx context.Context, d hold.Disposition, caseID string) (live queue.Live, err error) {
	if d != hold.Confirmed || s.Agents.UnderWay == nil {
		return live, nil
	}
	id, sid, err := s.Staff.LiveCall(ctx, callerOf(ctx).agent, caseID)
	if err == nil && id != "" && s.Agents.UnderWay(ctx, sid) {
		live.Call = id
	}
	return live, err
}

// judgeCall holds a disposition against what the call proves.
func (s *Server) judgeCall(d hold.Disposition) func(hold.Hold, hold.Challenge, hold.Leg, hold.Instant) (hold.Verdict, error) {
	return func(h hold.Hold, c hold.Challenge, leg hold.Leg, now hold.Instant) (hold.Verdict, error) {
		channel := s.Agents.Callback
		if c.Channel == hold.FaceLink {
			channel = s.Faces.Channel
		}
		return channel.Judge(c, channels.Answer{Hold: h, Proof: string(d), Leg: leg, Now: now})
	}
}

func (s *Server) ListCaseAudit(ctx context.Context, r gen.ListCaseAuditRequestObject) (gen.ListCaseAuditResponseObject, error) {
	if err := told(s.Staff.MayReadTrail(ctx, callerOf(ctx).agent, string(r.CaseId))); err != nil {
		return nil, err
	}
	page, err := entries(ctx, s.Staff, string(r.CaseId), r.Params.After, orDefault(r.Params.Limit))
	return gen.ListCaseAudit200JSONResponse(page), err
}

package api

import (
	"bytes"
	"context"
	"strings"

	"holdfast/api/gen"
	"holdfast/audit"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) AskReferral(ctx context.Context, r gen.AskReferralRequestObject) (gen.AskReferralResponseObject, error) {
	a, why, err := s.Staff.AskReferral(ctx, store.AskReferral{By: callerOf(ctx).agent, HoldID: r.HoldId, To: r.Body.To,
		Shows: s.Policies.Current().Shown(r.Body.To), Reason: messages.Plain(r.Body.Reason)})
	return gen.AskReferral202JSONResponse(viewReferral(a)), told(why, err)
}

func (s *Server) ListReferrals(ctx context.Context, r gen.ListReferralsRequestObject) (gen.ListReferralsResponseObject, error) {
	rs, err := s.Staff.Referrals(ctx, callerOf(ctx).agent, store.ReferralPage{HoldID: r.Params.HoldId,
		Asked: r.Params.Status == string(queue.ReferralAsked), Limit: orDefault(r.Params.Limit)})
	page := gen.ListReferrals200JSONResponse{Referrals: []gen.Referral{}}
	for _, one := range rs {
		page.Referrals = append(page.Referrals, viewReferral(one))
	}
	return page, err
}

func (s *Server) DecideReferral(ctx context.Context, r gen.DecideReferralRequestObject) (gen.DecideReferralResponseObject, error) {
	a, why, err := s.Staff.SecondReferral(ctx, store.Second{By: callerOf(ctx).agent, ID: string(r.ReferralId),
		Approve: r.Body.Decision == "approve", Reason: messages.Plain(r.Body.Reason)})
	if err == nil && why == "" && a.Status == queue.ReferralVoid {
		err = refuse("approval_void")
	}
	return gen.DecideReferral200JSONResponse(viewReferral(a)), told(why, err)
}

func (s *Server) GetReferral(ctx context.Context, r gen.GetReferralRequestObject) (gen.GetReferralResponseObject, error) {
	c, why, err := s.readReferral(ctx, string(r.ReferralId), false)
	if err := told(why, err); err != nil {
		return nil, err
	}
	out := viewReferral(c.Referral)
	if len(c.Chain) > 0 {
		if out.Case, err = viewReferralCase(c); err != nil {
			return nil, err
		}
	}
	return gen.GetReferral200JSONResponse(out), nil
}

func (s *Server) PrintReferral(ctx context.Context, r gen.PrintReferralRequestObject) (gen.PrintReferralResponseObject, error) {
	_, why, err := s.readReferral(ctx, string(r.ReferralId), true)
	return gen.PrintReferral204Response{}, told(why, err)
}

func (s *Server) readReferral(ctx context.Context, id string, printed bool) (store.ReferralCase, hold.Refusal, error) {
	return s.Staff.ReadReferral(ctx, store.ReadReferral{By: callerOf(ctx).agent, ID: id, Today: s.Policies.Current().Shown, Printed: printed})
}

func viewReferral(r queue.Referral) gen.Referral {
	return gen.Referral{Id: gen.ReferralID(r.ID), HoldId: r.HoldID, To: r.To, Status: r.Status, Shows: r.Shows.Parts(), First: r.First,
		Reason: r.Reason, Second: r.Second, Answer: r.Answer, Cause: r.Cause, AskedAt: r.AskedAt, ClosedAt: r.ClosedAt, Until: r.UntilAt,
		Readings: r.Reads}
}

// viewReferralCase is what is handed over: whole where the referral shows it, or masked.
// What the risk engine said of the payment is not for others.
func viewReferralCase(c store.ReferralCase) (*gen.ReferralCase, error) {
	q, p := c.Hold.Request, c.Hold.Request.Payee
	out := &gen.ReferralCase{ReadAt: c.Now, Kind: q.Kind, Amount: q.Amount, TransactionId: q.TransactionID, Status: c.Hold.Status,
		RequestedAt: q.RequestedAt, AcceptedAt: c.Hold.AcceptedAt, Settled: c.Hold.Status.Settled(), Asked: []gen.ReferralAsked{}}
	out.Customer.Name = whole(c.Shows, hold.CustomerName, c.Customer.Name, initials)
	out.Customer.Numbers = []string{}
	for _, n := range c.Customer.Phones {
		out.Customer.Numbers = append(out.Customer.Numbers, whole(c.Shows, hold.CustomerNumbers, n.Number, messages.Number))
	}
	if c.Shows.Has(hold.CustomerAccount) {
		out.Customer.Id = q.CustomerID
	}
	out.Payee.Name, out.Payee.Bank, out.Payee.Country = whole(c.Shows, hold.PayeeName, p.Name, initials), messages.Safe(p.Bank), p.Country
	out.Payee.Account = whole(c.Shows, hold.PayeeAccount, p.Account, messages.Masked)
	if d := c.Hold.Decision; d != nil {
		out.Outcome, out.DecidedAt = d.Outcome, d.DecidedAt
	}
	for _, a := range c.Asked {
		out.Asked = append(out.Asked, gen.ReferralAsked{Channel: a.Channel, Status: a.Status, Answer: a.Answer, OpenedAt: a.OpenedAt,
			ClosedAt: a.ClosedAt})
	}
	out.Trail = gen.ReferralTrail{Sequence: c.Head.Seq, Hash: hold.Digest(c.Head.Hash)}
	if !c.Shows.Has(hold.WholeTrail) {
		return out, nil
	}
	var file bytes.Buffer
	err := audit.Write(&file, string(c.HoldID), c.Chain, c.Head)
	out.Trail.File = strings.TrimSuffix(file.String(), "\n") // whoever takes it out of the JSON writes the last one
	return out, err
}

func whole(shows hold.Shown, part hold.ReferralPart, text string, mask func(string) string) string {
	if shows.Has(part) {
		return messages.Safe(text)
	}
	return mask(text)
}

package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/app"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
)

func (s *Server) AmendHold(ctx context.Context, r gen.AmendHoldRequestObject) (gen.AmendHoldResponseObject, error) {
	if r.Body.Amount != nil {
		if err := inCurrency(*r.Body.Amount); err != nil {
			return nil, err
		}
	}
	h, err := s.Bank.Hold(ctx, r.HoldId)
	if err != nil {
		return nil, err
	}
	pinned, err := app.Pinned(ctx, s.Policies, s.Bank, h.Terms.PolicyVersion)
	if err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	owner := who.client
	if who.may("holds:amend") {
		owner = "" // anybody's
	}
	h, out, err := s.Bank.AmendHold(ctx, store.Amend{
		ID: r.HoldId, Revision: revisionOf(r.Params.IfMatch), Client: owner, Actor: who.actor(),
		Change: func(req hold.Request) hold.Request { return amended(req, *r.Body, pinned) },
		Payee:  s.payee, Home: s.Country,
		Terms: func(h hold.Hold, c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			terms, _, _, err := pinned.Terms(h.Request, asked(c, p, now), now)
			return terms, h.Deadline, err
		},
	})
	if err = changed(h, out, err); err != nil {
		return nil, err
	}
	v, err := s.view(ctx, h)
	return gen.AmendHold200JSONResponse(v), err
}

// amended is what is held from now on.
func amended(req hold.Request, by gen.Amendment, p *policy.Policy) hold.Request {
	if by.Amount != nil {
		req.Amount = *by.Amount
	}
	if by.Payee != nil {
		req.Payee = *by.Payee
	}
	if by.Risk != nil {
		said := req.Risk.Reasons
		req.Risk = *by.Risk
		req.Risk.Reasons = p.Amended(said, by.Risk.Reasons)
	}
	return req
}

func changed(h hold.Hold, out store.ChangeOutcome, err error) error {
	switch {
	case err != nil:
		return err
	case out == store.RevisionStale:
		f := refuse("revision_stale")
		f.Revision = h.Revision
		return f
	case out == store.HoldDecided:
		return refuse("hold_decided").with(gen.Stands{HoldId: h.ID, Decision: h.Decision})
	case out == store.HoldOver:
		return refuse("deadline_passed")
	}
	return nil
}

func (s *Server) DecideHold(ctx context.Context, r gen.DecideHoldRequestObject) (gen.DecideHoldResponseObject, error) {
	if r.Body.Outcome != hold.Reverse {
		return nil, refuse("four_eyes_required")
	}
	h, out, err := s.Bank.Override(ctx, r.HoldId, revisionOf(r.Params.IfMatch), callerOf(ctx).actor(), r.Body.Reason)
	if err = changed(h, out, err); err != nil {
		return nil, err
	}
	v, err := s.view(ctx, h)
	return gen.DecideHold200JSONResponse(v), err
}

func (s *Server) SettleHold(ctx context.Context, r gen.SettleHoldRequestObject) (gen.SettleHoldResponseObject, error) {
	out, err := s.Bank.Unpark(ctx, r.HoldId, callerOf(ctx).actor())
	if err != nil {
		return nil, err
	}
	h, err := s.Bank.Hold(ctx, r.HoldId)
	if err != nil {
		return nil, err
	}
	if out != store.Unparked {
		return nil, refuse("settlement_not_parked").with(gen.Stands{HoldId: h.ID, Decision: h.Decision})
	}
	v, err := s.view(ctx, h)
	return gen.SettleHold202JSONResponse(v), err
}

package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
)

// recallNow shows a recall as it stands, also where a wish about it was refused.
func recallNow(ctx context.Context, of interface {
	Hold(ctx context.Context, id hold.ID) (hold.Hold, error)
}, r hold.Recall, why hold.Refusal, err error) (gen.Recall, error) {
	if err != nil {
		return gen.Recall{}, err
	}
	stands := why == hold.RecallStands || why == hold.RecallTooMuch
	if why != "" && !stands {
		return gen.Recall{}, told(why, nil)
	}
	h, err := of.Hold(ctx, r.HoldID)
	v := viewRecall(r, h)
	if err == nil && stands {
		err = refuse(string(why)).with(gen.Stands{HoldId: r.HoldID, Recall: &v})
	}
	return v, err
}

func viewRecall(r hold.Recall, h hold.Hold) gen.Recall {
	v := gen.Recall{Id: r.ID, HoldId: r.HoldID, Source: r.Source, Status: r.Status, Amount: r.Amount(), Payee: maskedPayee(h),
		VerdictId: r.VerdictID, ProposedAt: r.ProposedAt, ProposedBy: r.ProposedBy, DecidedAt: r.DecidedAt, DecidedBy: r.DecidedBy,
		Reason: r.Reason, RequestedAt: r.RequestedAt, ParkedAt: r.ParkedAt, ParkedCode: r.ParkedCode, Reference: r.Reference,
		ReasonCode: r.ReasonCode, UpdatedAt: r.UpdatedAt}
	v.Returned = returnedOf(r)
	return v
}

func returnedOf(r hold.Recall) *hold.Money {
	if r.Returned == 0 {
		return nil
	}
	return &hold.Money{Minor: r.Returned, Currency: r.Currency}
}

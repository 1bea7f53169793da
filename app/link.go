package app

import (
	"context"
	"errors"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
)

// LinkShows is what the page of a face check's link shows before the camera; nil:
// nothing is asked. Of what was said in the app it shows nothing: the link may be in
// other hands.
func (d *Desk) LinkShows(ctx context.Context, c hold.FaceCheck) (*Interview, error) {
	h, code := c.Hold, c.Hold.Interviews(c.Challenge)
	if h.LinkInterviewedAt != 0 {
		k, err := d.kept(ctx, h, interview.ViaLink)
		if err != nil || k == nil {
			return nil, err
		}
		return d.stands(ctx, *k, h.LinkWarningAt != 0 && h.LinkWarningPassedAt == 0, c.Locale)
	}
	if code == "" || h.AppPassed() {
		return nil, nil
	}
	p, err := d.policy(ctx, h.Terms.PolicyVersion)
	if err != nil {
		return nil, err
	}
	return asks(p, code, c.Locale)
}

// AnswerLink takes answers that were given on such a page to the record: by is the
// link's digest, or the cookie's of the check that it began. Whoever holds it may have
// given them, and so they are held against what the customer's devices said of
// themselves of late; the bank's own call is no reason for anything.
func (d *Desk) AnswerLink(ctx context.Context, by hold.Digest, said []hold.Said) (hold.Refusal, error) {
	customer, err := d.Store.LinkCustomer(ctx, by)
	if errors.Is(err, store.ErrNotFound) {
		return hold.LinkDead, nil
	} else if err != nil {
		return "", err
	}
	calls, err := d.Store.AppCalls(ctx, []hold.CustomerID{customer.ID})
	onOurCall := err == nil && len(calls) > 0
	return linkRefuses(d.Store.TakeInterview(ctx, store.Interview{Link: by, Via: interview.ViaLink, Author: store.AuthorLink,
		Judge: func(h hold.Hold, c hold.Challenge, _ *hold.Device, now hold.Instant) (store.Interviewed, hold.Refusal, error) {
			sig := customer.Signals(now)
			if onOurCall {
				sig.OnCall = hold.Unknown
			}
			out, why, err := d.judged(ctx, h, c, said, sig)
			out.Signals = hold.Signals{} // a page knows nothing of its device
			return out, why, err
		}}))
}

// WarnLink takes what became of a warning on such a page to the record.
func (d *Desk) WarnLink(ctx context.Context, by hold.Digest, w channels.Warned) (hold.Refusal, error) {
	customer, err := d.Store.LinkCustomer(ctx, by)
	if errors.Is(err, store.ErrNotFound) {
		return hold.LinkDead, nil
	} else if err != nil {
		return "", err
	}
	w.Locale = customer.Locale // which the page is in
	return linkRefuses(d.Store.TakeWarning(ctx, store.Warning{Link: by,
		Judge: func(_ hold.Hold, _ hold.Challenge, _ *hold.Device, k store.KeptInterview, _ hold.Instant) (store.Warned, hold.Refusal, error) {
			return d.warned(ctx, k, w)
		}}))
}

// linkRefuses says why what was said does not count; "" means that it stands.
func linkRefuses(res store.InterviewResult, err error) (hold.Refusal, error) {
	switch {
	case InterviewInvalid(err):
		return hold.InterviewInvalid, nil
	case err != nil:
		return "", err
	case res.Outcome == store.InterviewStands:
		return hold.InterviewAnswered, nil
	case res.Outcome == store.InterviewLate:
		return hold.HoldDecided, nil
	}
	return res.Refusal, nil
}

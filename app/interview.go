package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/messages"
	"holdfast/policy"
	"holdfast/store"
)

// Interview is what is asked before any way to pay is shown.
type Interview = interview.Shown

// Wait is a payment that waits, for a time or for a call. It is refused by its challenge, which was taken back.
type Wait struct {
	HoldID    hold.ID      `json:"hold_id"`
	NotBefore hold.Instant `json:"not_before,omitempty"` // zero: a call is what it waits for
	Deadline  hold.Instant `json:"deadline"`
	Text      string       `json:"text"`
	Challenge *Challenge   `json:"challenge,omitempty"`
}

// interviewOf is what an app shows of the interview of a question; nil: nothing is
// asked. What is enforced is hold.MayPay, which it goes by.
func (d *Desk) interviewOf(ctx context.Context, p *policy.Policy, h hold.Hold, c hold.Challenge, locale string) (*Interview, error) {
	code := h.Interviews(c)
	if h.InterviewedAt == 0 {
		if code == "" || c.Channel == hold.Callback {
			return nil, nil
		}
		return asks(p, code, locale)
	}
	k, err := d.kept(ctx, h, interview.ViaCustomer)
	if err != nil || k == nil {
		return nil, err
	}
	return d.stands(ctx, *k, h.WarningAt != 0 && h.WarningPassedAt == 0, locale)
}

// asks shows a scenario's questions.
func asks(p *policy.Policy, code, locale string) (*Interview, error) {
	s, err := scenarioOf(p, code)
	if err != nil {
		return nil, err
	}
	return s.Ask(locale), nil
}

func scenarioOf(p *policy.Policy, code string) (interview.Scenario, error) {
	s, ok := p.Scenario(code)
	if !ok {
		return s, fmt.Errorf("policy %s has no scenario %s", p.Version(), code)
	}
	return s, nil
}

// kept is what was said of the hold's document in the app, or on a link's page.
func (d *Desk) kept(ctx context.Context, h hold.Hold, via interview.Via) (*store.KeptInterview, error) {
	ks, err := d.Store.Interviews(ctx, h.ID)
	for _, k := range ks {
		if k.Via == via && k.TxDigest == h.TxDigest {
			return &k, err
		}
	}
	return nil, err
}

// stands shows an interview that is answered.
func (d *Desk) stands(ctx context.Context, k store.KeptInterview, warned bool, locale string) (*Interview, error) {
	p, err := d.policy(ctx, k.PolicyVersion)
	if err != nil {
		return nil, err
	}
	s, _ := p.Scenario(k.Scenario)
	unread := ""
	if warned {
		unread = k.Warning
	}
	return s.Recall(k.Said(), unread, locale), nil
}

// errInvalid says that answers are not those of the interview.
var errInvalid = errors.New("not the answers of the interview")

// InterviewInvalid tells whether err says that.
func InterviewInvalid(err error) bool { return errors.Is(err, errInvalid) }

// Answered is what became of answers, or of a warning, as the app shows it.
type Answered struct {
	store.InterviewResult
	Interview *Interview
	Wait      *Wait
	// CallbackOnly says that a call is the only way left to approve; empty: it is not.
	CallbackOnly string
}

// AnswerInterview takes signed answers to the record. onOurCall: the bank's own call
// with the customer goes on, which is no reason for anything.
func (d *Desk) AnswerInterview(ctx context.Context, customer hold.Customer, id hold.ChallengeID, proof string, onOurCall bool) (Answered,
	error) {
	device := d.Device(proof)
	res, err := d.Store.TakeInterview(ctx, store.Interview{CustomerID: customer.ID, ChallengeID: id, Via: interview.ViaCustomer,
		Author: "device:" + string(device), DeviceID: device,
		Judge: func(h hold.Hold, c hold.Challenge, dev *hold.Device, now hold.Instant) (store.Interviewed, hold.Refusal, error) {
			if dev == nil {
				return store.Interviewed{}, hold.DeviceUnknown, nil
			}
			said, sig, err := d.Talk.Interview(*dev, c, d.Audience, proof, now)
			if why, err := channels.Refused(err); err != nil || why != "" {
				return store.Interviewed{}, why, err
			}
			all := sig.Worse(dev.LateSignals(now))
			if onOurCall {
				sig.OnCall, all.OnCall = hold.Unknown, hold.Unknown
			}
			out, why, err := d.judged(ctx, h, c, said, all)
			out.Signals = sig // what this proof says is what is kept
			return out, why, err
		}})
	if err != nil {
		return Answered{}, err
	}
	return d.answered(ctx, customer, res)
}

// judged rules on answers by the policy that the hold is pinned to.
func (d *Desk) judged(ctx context.Context, h hold.Hold, c hold.Challenge, said []hold.Said, sig hold.Signals) (out store.Interviewed,
	why hold.Refusal, err error) {
	code := h.Interviews(c)
	if code == "" {
		return out, hold.ChannelMismatch, nil
	}
	p, err := d.policy(ctx, h.Terms.PolicyVersion)
	if err != nil {
		return out, "", err
	}
	s, err := scenarioOf(p, code)
	if err != nil {
		return out, "", err
	}
	r, err := s.Rule(said, sig)
	if err != nil {
		return out, "", errors.Join(errInvalid, err)
	}
	return store.Interviewed{Ruling: r, Scenario: code, Version: p.Version(), Said: said, Signals: sig, Wait: s.Wait}, "", nil
}

// JudgeSaid is judged for who asked aloud.
func (d *Desk) JudgeSaid(ctx context.Context, said []hold.Said) func(hold.Hold, hold.Challenge, *hold.Device,
	hold.Instant) (store.Interviewed, hold.Refusal, error) {
	return func(h hold.Hold, c hold.Challenge, _ *hold.Device, _ hold.Instant) (store.Interviewed, hold.Refusal, error) {
		return d.judged(ctx, h, c, said, hold.Signals{})
	}
}

// AnswerWarning takes what became of a warning to the record.
func (d *Desk) AnswerWarning(ctx context.Context, customer hold.Customer, id hold.ChallengeID, proof string) (Answered, error) {
	res, err := d.Store.TakeWarning(ctx, store.Warning{CustomerID: customer.ID, ChallengeID: id, DeviceID: d.Device(proof),
		Judge: func(_ hold.Hold, c hold.Challenge, dev *hold.Device, k store.KeptInterview, now hold.Instant) (store.Warned, hold.Refusal,
			error) {
			if dev == nil {
				return store.Warned{}, hold.DeviceUnknown, nil
			}
			w, err := d.Talk.Warning(*dev, c, d.Audience, proof, now)
			if why, err := channels.Refused(err); err != nil || why != "" {
				return store.Warned{}, why, err
			}
			return d.warned(ctx, k, w)
		}})
	if err != nil {
		return Answered{}, err
	}
	return d.answered(ctx, customer, res)
}

// warned holds what a device says of a warning against the one that was to be shown.
func (d *Desk) warned(ctx context.Context, k store.KeptInterview, said channels.Warned) (out store.Warned, why hold.Refusal, err error) {
	p, err := d.policy(ctx, k.PolicyVersion)
	if err != nil {
		return out, "", err
	}
	s, _ := p.Scenario(k.Scenario)
	w, found := s.Warning(k.Warning)
	switch choice := interview.Choice(said.Choice); {
	case !found:
		return out, hold.InterviewMissing, nil
	case choice != interview.WentOn && choice != interview.Told && choice != interview.Stopped:
		return out, "", errInvalid
	case said.Digest != w.Digest(said.Locale):
		return out, hold.DigestMismatch, nil
	}
	return store.Warned{Choice: interview.Choice(said.Choice), Locale: said.Locale, Digest: said.Digest, Seconds: min(said.Seconds, 3600),
		Least: time.Duration(w.Seconds) * time.Second, Wait: s.Wait}, "", nil
}

func (d *Desk) answered(ctx context.Context, customer hold.Customer, res store.InterviewResult) (out Answered, err error) {
	out.InterviewResult = res
	if res.Kept.HoldID == "" {
		return out, nil
	}
	if out.Interview, err = d.stands(ctx, res.Kept, !res.Hold.AppPassed(), customer.Locale); err != nil {
		return out, err
	}
	if out.Wait, err = d.waitOf(ctx, res.Hold, customer, res.Now); err != nil {
		return out, err
	}
	if res.Hold.TalkAt != 0 || res.Hold.SuspectedAt != 0 {
		out.CallbackOnly = messages.CallbackOnly(customer.Locale)
	}
	return out, nil
}

// Wait shows a payment that waits, for a time or for a call, with the latest of what was
// asked of the app about it, by which it is refused; nil: it does not wait, or they have
// stopped it.
func (d *Desk) Wait(ctx context.Context, h hold.Hold, asked []hold.Challenge, customer hold.Customer, now hold.Instant) (*Wait, error) {
	if !waits(h, now) {
		return nil, nil
	}
	w := &Wait{HoldID: h.ID, Deadline: h.Deadline, Text: messages.CallbackOnly(customer.Locale)}
	if h.Waits(now) {
		w.NotBefore, w.Text = h.NotBefore, messages.Waits(customer.Locale)
	}
	var latest *hold.Challenge
	for i, c := range asked {
		switch {
		case c.Answer == hold.Deny, c.Answer == hold.NotMe:
			return nil, nil
		case c.Channel == hold.Push:
			latest = &asked[i]
		}
	}
	if latest == nil {
		return w, nil
	}
	shown, err := d.Show(ctx, h, *latest, customer, nil)
	w.Challenge = &shown
	return w, err
}

func waits(h hold.Hold, now hold.Instant) bool {
	return !h.Status.Decided() && (h.Waits(now) || h.TalkAt != 0)
}

// waitOf is the wait of a hold whose question was just answered.
func (d *Desk) waitOf(ctx context.Context, h hold.Hold, customer hold.Customer, now hold.Instant) (*Wait, error) {
	if !waits(h, now) {
		return nil, nil
	}
	asked, err := d.Store.Challenges(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	return d.Wait(ctx, h, asked, customer, now)
}

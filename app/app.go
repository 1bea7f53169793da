// Package app is what the customer's app sees and says, whichever way it
// speaks: over the gateway's socket or over the API. It shows challenges and
// outcomes, and takes answers to the store. It knows no HTTP.
package app

import (
	"context"
	"errors"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/policy"
	"holdfast/store"
)

// Store is what the desk needs of the record.
type Store interface {
	Answer(ctx context.Context, a store.Attempt) (store.AnswerResult, error)
	AnswerCode(ctx context.Context, a store.CodeAttempt) (store.AnswerResult, error)
	PolicySource(ctx context.Context, version string) ([]byte, error)
	Protections(ctx context.Context, ids []hold.CustomerID, loose hold.ContactRules) (map[hold.CustomerID]store.Protection, error)
	AppCalls(ctx context.Context, ids []hold.CustomerID) ([]store.AppCall, error)
	TakeInterview(ctx context.Context, i store.Interview) (store.InterviewResult, error)
	TakeWarning(ctx context.Context, w store.Warning) (store.InterviewResult, error)
	Interviews(ctx context.Context, id hold.ID) ([]store.KeptInterview, error)
	Challenges(ctx context.Context, id hold.ID) ([]hold.Challenge, error)
	LinkCustomer(ctx context.Context, by hold.Digest) (hold.Customer, error)
}

// Talk verifies what devices sign of an interview.
type Talk struct {
	Interview func(d hold.Device, c hold.Challenge, aud, jws string, now hold.Instant) ([]hold.Said, hold.Signals, error)
	Warning   func(d hold.Device, c hold.Challenge, aud, jws string, now hold.Instant) (channels.Warned, error)
}

// Desk serves customers.
type Desk struct {
	Store    Store
	Push     channels.Channel
	SMS      channels.Channel // nil: texts are not configured
	Talk     Talk
	Device   func(proof string) hold.DeviceID // which device a proof says it is from
	Policies *policy.Set
	Audience string // what proofs must be made for: the API's public name
	Calls    bool   // agents can call
	Phone    string // on which customers reach the bank; empty: the number on their card
}

// Document is the transaction document as the app gets it: the app computes
// tx_digest from exactly these values.
type Document struct {
	ID          string       `json:"id"`
	Kind        hold.Kind    `json:"kind"`
	Amount      hold.Money   `json:"amount"`
	Payee       Payee        `json:"payee"`
	RequestedAt hold.Instant `json:"time"`
}

// Payee is the payee in the transaction document.
type Payee struct {
	Name    string `json:"name"`
	Account string `json:"account"`
}

// Challenge is one question as a device shows it.
type Challenge struct {
	ID              hold.ChallengeID      `json:"id"`
	Channel         hold.Channel          `json:"channel"`
	Code            *CodeEntry            `json:"code,omitempty"` // for SMS
	HoldID          hold.ID               `json:"hold_id"`
	Document        Document              `json:"document"`
	PayeeShown      string                `json:"payee_shown"`       // the payee's name, safe to show
	Warning         string                `json:"warning,omitempty"` // a scam's: shown before anything else
	Reasons         []string              `json:"reasons"`           // why the bank asks, in the customer's words
	Phrase          string                `json:"phrase"`
	Nonce           string                `json:"nonce"`
	Audience        string                `json:"audience"`
	MinUV           hold.UserVerification `json:"min_uv"`
	OpenedAt        hold.Instant          `json:"opened_at"`
	AnswerableUntil hold.Instant          `json:"answerable_until"`
	CanApprove      bool                  `json:"can_approve"`
	WhyNot          string                `json:"why_not,omitempty"`
	CallbackOnly    string                `json:"callback_only,omitempty"` // a scam: approving here does not release
	Interview       *Interview            `json:"interview,omitempty"`     // what comes before any way to pay; nil: nothing does
}

// CodeEntry is what the app shows beside the field for a code.
type CodeEntry struct {
	Digits    int          `json:"digits"`
	SentTo    string       `json:"sent_to"` // the number's last two digits
	TriesLeft int          `json:"tries_left"`
	ResendAt  hold.Instant `json:"resend_at,omitempty"` // zero: no more texts
	Sent      bool         `json:"sent"`                // the text has gone out
}

// Outcome is a decision as it is told to the customer.
type Outcome struct {
	HoldID     hold.ID      `json:"hold_id"`
	PayeeShown string       `json:"payee_shown"`
	Amount     hold.Money   `json:"amount"`
	Outcome    hold.Outcome `json:"outcome"`
	Reason     hold.Reason  `json:"reason"`
	Text       string       `json:"text"`
	DecidedAt  hold.Instant `json:"decided_at"`
}

// Show makes what a device shows for an open challenge. A nil device is
// a session that has not said which device it is on.
func (d *Desk) Show(ctx context.Context, h hold.Hold, c hold.Challenge, cust hold.Customer, dev *hold.Device) (Challenge, error) {
	p, err := d.policy(ctx, h.Terms.PolicyVersion)
	if err != nil {
		return Challenge{}, err
	}
	doc := h.Request.Document()
	out := Challenge{ID: c.ID, Channel: c.Channel, HoldID: h.ID, PayeeShown: messages.Safe(doc.PayeeName), Reasons: []string{},
		Phrase: cust.Phrase,
		Document: Document{ID: doc.TransactionID, Kind: doc.Kind, Amount: doc.Amount, RequestedAt: doc.RequestedAt,
			Payee: Payee{Name: doc.PayeeName, Account: doc.PayeeAccount}},
		Nonce: c.Nonce, Audience: d.Audience, MinUV: c.MinUV, OpenedAt: c.OpenedAt, AnswerableUntil: h.Deadline, CanApprove: true}
	if c.ExpiresAt != 0 {
		out.AnswerableUntil = min(c.ExpiresAt, h.Deadline)
	}
	for _, code := range h.Request.Risk.Reasons {
		r := p.Reason(code)
		if r.Scam && out.Warning == "" {
			out.Warning = r.Warning.In(cust.Locale)
		}
		if r.TellCustomer {
			out.Reasons = append(out.Reasons, r.Customer.In(cust.Locale))
		}
	}
	if h.LockAction == hold.LockAsks {
		out.Reasons = append(out.Reasons, messages.MeetsLock(h.Locks(), cust.Locale))
	}
	if h.Terms.Scam || h.TalkAt != 0 {
		out.CallbackOnly = messages.CallbackOnly(cust.Locale)
	}
	if out.Interview, err = d.interviewOf(ctx, p, h, c, cust.Locale); err != nil {
		return Challenge{}, err
	}
	if dev != nil {
		if why := hold.MayApprove(h, *dev); why != "" {
			out.CanApprove, out.WhyNot = false, messages.CannotApprove(why, cust.Locale)
		}
	}
	return out, nil
}

// Tell makes what the customer is told of a decided hold.
func (d *Desk) Tell(h hold.Hold, locale string) Outcome {
	told := h.Decision.Told()
	text := messages.Outcome(*told, locale)
	if told.Reason == hold.ReasonLocked {
		text = messages.Locked(h.Locks(), locale)
	}
	return Outcome{HoldID: h.ID, PayeeShown: messages.Safe(h.Request.Payee.Name), Amount: h.Request.Amount,
		Outcome: told.Outcome, Reason: told.Reason, DecidedAt: told.DecidedAt, Text: text}
}

// Answer takes a proof to the store, which counts it, has it judged and
// records what it is worth.
func (d *Desk) Answer(ctx context.Context, customer hold.CustomerID, challenge hold.ChallengeID, proof string) (store.AnswerResult, error) {
	return d.Store.Answer(ctx, store.Attempt{
		CustomerID: customer, ChallengeID: challenge, DeviceID: d.Device(proof), ProofDigest: hold.DigestOf([]byte(proof)),
		Judge: func(h hold.Hold, c hold.Challenge, dev *hold.Device, now hold.Instant) (hold.Verdict, error) {
			if c.Channel != d.Push.Kind() {
				return hold.Verdict{Refusal: hold.ChannelMismatch}, nil
			}
			return d.Push.Judge(c, channels.Answer{Hold: h, Device: dev, Proof: proof, Audience: d.Audience, Now: now})
		},
	})
}

// AnswerCode takes a code to the store, which counts it, has it judged and
// records what it is worth. Nothing of it is kept, not even a digest.
func (d *Desk) AnswerCode(ctx context.Context, customer hold.CustomerID, challenge hold.ChallengeID, code string) (store.AnswerResult,
	error) {
	return d.Store.AnswerCode(ctx, store.CodeAttempt{CustomerID: customer, ChallengeID: challenge, Judge: d.JudgeCode(code)})
}

// JudgeCode compares a code with a challenge's.
func (d *Desk) JudgeCode(code string) func(hold.Hold, hold.Challenge, hold.Instant) (hold.Verdict, error) {
	return func(h hold.Hold, c hold.Challenge, now hold.Instant) (hold.Verdict, error) {
		if d.SMS == nil {
			return hold.Verdict{}, errors.New("there is an SMS challenge, and texts are not configured")
		}
		return d.SMS.Judge(c, channels.Answer{Hold: h, Proof: code, Audience: d.Audience, Now: now})
	}
}

// policy finds the version a hold is pinned to, in memory or on record.
func (d *Desk) policy(ctx context.Context, version string) (*policy.Policy, error) {
	return Pinned(ctx, d.Policies, d.Store, version)
}

// Pinned finds a version of the policy in memory, or on record, where another
// process or an older binary put it.
func Pinned(ctx context.Context, set *policy.Set, s interface {
	PolicySource(ctx context.Context, version string) ([]byte, error)
}, version string) (*policy.Policy, error) {
	if p, ok := set.Get(version); ok {
		return p, nil
	}
	source, err := s.PolicySource(ctx, version)
	if err != nil {
		return nil, errors.Join(errors.New("policy "+version+" is not on record"), err)
	}
	p, err := policy.Recall(source)
	if err != nil {
		return nil, errors.Join(errors.New("policy "+version+" cannot be loaded any more"), err)
	}
	set.Add(p)
	return p, nil
}

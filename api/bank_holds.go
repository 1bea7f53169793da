package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"holdfast/api/gen"
	"holdfast/counterparties"
	"holdfast/currencies"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
)

const defaultLimit = 50

var errDeadline = errors.New("the deadline has passed")

// inCurrency takes the currencies of today's list. It is asked of what is new, and not
// of a repeat: that finds its reply, whatever has been withdrawn since.
func inCurrency(m hold.Money) error {
	if !currencies.Listed(m.Currency) {
		return field("/amount/currency", "is no currency of ISO 4217's list of "+currencies.Published()+
			" that has a minor unit (withdrawn and made-up codes are refused)")
	}
	return nil
}

// accept takes one held transaction and gives the acknowledgement as it is stored.
func (s *Server) accept(ctx context.Context, client, key string, req hold.Request) ([]byte, error) {
	a, err := s.accepting(client, key, req)
	if err != nil {
		return nil, err
	}
	return acknowledged(s.Bank.AcceptHold(ctx, a))
}

// accepting is what the record is asked to take in.
func (s *Server) accepting(client, key string, req hold.Request) (store.Accept, error) {
	canonical, err := json.Marshal(req)
	running := s.Policies.Current()
	return store.Accept{
		ClientID: client, Key: key, BodyDigest: hold.DigestOf(canonical), Request: req,
		Payee: s.payee(req), Home: s.Country,
		Terms: func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			if err := inCurrency(req.Amount); err != nil {
				return hold.Terms{}, 0, err
			}
			terms, deadline, why, err := running.Terms(req, asked(c, p, now), now)
			if err == nil && deadline <= now {
				err = errDeadline
			}
			for range why.UnknownReasons {
				s.Count("reason_unknown")
			}
			return terms, deadline, err
		},
		Reply: func(h hold.Hold) []byte {
			b, _ := json.Marshal(viewHold(h, nil)) // strings, numbers and times: cannot fail
			return append(b, '\n')
		},
	}, err
}

// acknowledged is the reply to what became of it.
func acknowledged(res store.AcceptResult, err error) ([]byte, error) {
	if errors.Is(err, errDeadline) {
		return nil, field("/deadline", "has passed")
	} else if err != nil {
		return nil, err
	}
	switch res.Outcome {
	case store.Accepted, store.Replayed:
		return res.Reply, nil
	case store.KeyReused:
		return nil, refuse("idempotency_key_reused")
	case store.AlreadyHeld:
		return nil, refuse("transaction_already_held").with(gen.Stands{HoldId: res.HoldID})
	case store.CustomerUnknown:
		f := refuse("customer_unknown")
		f.Field = "/customer_id"
		return nil, f
	default:
		return nil, refuse("idempotency_in_flight")
	}
}

func asked(c hold.Customer, p counterparties.Known, now hold.Instant) policy.Customer {
	n := 0
	for _, d := range c.Devices {
		if d.RevokedAt == 0 {
			n++
		}
	}
	return policy.Customer{Devices: n, Phones: len(c.Phones), Frozen: c.FrozenAt != 0, Signals: c.Signals(now), Payee: p}
}

// stored is a reply that was written when the hold was accepted.
type stored []byte

func (b stored) VisitSubmitHoldResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, err := w.Write(b)
	return err
}

func (s *Server) SubmitHold(ctx context.Context, r gen.SubmitHoldRequestObject) (gen.SubmitHoldResponseObject, error) {
	reply, err := s.accept(ctx, callerOf(ctx).client, r.Params.IdempotencyKey, *r.Body)
	if err != nil {
		return nil, err
	}
	return stored(reply), nil
}

func (s *Server) GetHold(ctx context.Context, r gen.GetHoldRequestObject) (gen.GetHoldResponseObject, error) {
	var v gen.Hold
	err := s.await(ctx, string(r.HoldId), r.Params.Wait, func() (bool, error) {
		h, err := s.Bank.Hold(ctx, r.HoldId)
		if err != nil {
			return false, err
		}
		v, err = s.view(ctx, h)
		return h.Status.Decided(), err
	})
	return gen.GetHold200JSONResponse(v), err
}

// await looks, and looks again when something happens to topic, until look is
// content or wait ("30s") is over.
func (s *Server) await(ctx context.Context, topic, wait string, look func() (bool, error)) error {
	limit, _ := time.ParseDuration(wait) // checked; empty is none
	news, stop := s.Bus.Subscribe(topic)
	defer stop()
	over := time.NewTimer(limit)
	defer over.Stop()
	tick := time.NewTicker(time.Second) // news only shorten it
	defer tick.Stop()
	for {
		done, err := look()
		if done || err != nil || limit == 0 {
			return err
		}
		select {
		case <-news:
		case <-tick.C:
		case <-over.C:
			return nil
		case <-s.Stopping:
			return refuse("busy")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// view reads a hold's challenges and what became of it, and shows all of it.
func (s *Server) view(ctx context.Context, h hold.Hold) (gen.Hold, error) {
	vs, err := s.views(ctx, []hold.Hold{h})
	if err != nil {
		return gen.Hold{}, err
	}
	return vs[0], nil
}

func (s *Server) views(ctx context.Context, hs []hold.Hold) ([]gen.Hold, error) {
	ids := make([]hold.ID, len(hs))
	for i, h := range hs {
		ids[i] = h.ID
	}
	cs, err := s.Bank.ChallengesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	of := map[hold.ID][]hold.Challenge{}
	for _, c := range cs {
		of[c.HoldID] = append(of[c.HoldID], c)
	}
	out := make([]gen.Hold, len(hs))
	for i, h := range hs {
		out[i] = viewHold(h, of[h.ID])
	}
	ks, err := s.Bank.KnownOutcomes(ctx, ids)
	for _, k := range ks {
		out[slices.Index(ids, k.HoldID)].OutcomeKnown = &k
	}
	return out, err
}

func (s *Server) ListHolds(ctx context.Context, r gen.ListHoldsRequestObject) (gen.ListHoldsResponseObject, error) {
	limit := orDefault(r.Params.Limit)
	hs, err := s.Bank.ListHolds(ctx, store.HoldFilter{TransactionID: r.Params.TransactionId, Status: r.Params.Status,
		CustomerID: r.Params.CustomerId, Parked: r.Params.Parked, After: hold.ID(r.Params.After), Limit: limit})
	if err != nil {
		return nil, err
	}
	page := gen.HoldPage{}
	if page.Holds, err = s.views(ctx, hs); err != nil {
		return nil, err
	}
	if len(hs) == limit {
		page.Next = gen.Cursor(hs[limit-1].ID)
	}
	return gen.ListHolds200JSONResponse(page), nil
}

func orDefault(limit gen.Limit) int {
	if limit == 0 {
		return defaultLimit
	}
	return int(limit)
}

func (s *Server) ListHoldAudit(ctx context.Context, r gen.ListHoldAuditRequestObject) (gen.ListHoldAuditResponseObject, error) {
	page, err := entries(ctx, s.Bank, string(r.HoldId), r.Params.After, orDefault(r.Params.Limit))
	return gen.ListHoldAudit200JSONResponse(page), err
}

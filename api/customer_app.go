package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"holdfast/api/gen"
	"holdfast/app"
	"holdfast/channels"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"
)

func (s *Server) ListChallenges(ctx context.Context, _ gen.ListChallengesRequestObject) (gen.ListChallengesResponseObject, error) {
	me := callerOf(ctx).customer
	asked, err := s.Customers.Questions(ctx, me)
	if err != nil {
		return nil, err
	}
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return nil, err
	}
	byID, err := s.holdsOf(ctx, asked.Open, asked.Waiting)
	if err != nil {
		return nil, err
	}
	out := gen.ListChallenges200JSONResponse{Challenges: []gen.AppChallenge{}, Waits: s.waits(ctx, asked, byID, c), Now: asked.Now}
	if c.FrozenAt != 0 {
		if out.Protection, err = s.protection(ctx, me); err != nil {
			return nil, err
		}
	}
	for _, ch := range asked.Open {
		shown, err := s.Desk.Show(ctx, byID[ch.HoldID], ch, c, nil)
		if err != nil { // its policy does not load, say: what else there is, is shown
			s.Log.ErrorContext(ctx, "a question cannot be shown", "hold", ch.HoldID, "error", err)
			continue
		}
		if ch.Channel == hold.SMS {
			t, err := s.Customers.CodeTries(ctx, ch)
			if err != nil {
				return nil, err
			}
			shown.Code = &app.CodeEntry{Digits: ch.Digits, SentTo: messages.Number(t.Number), TriesLeft: t.Left, ResendAt: t.ResendAt, Sent: t.Sent}
		}
		out.Challenges = append(out.Challenges, shown)
	}
	return out, nil
}

// waits are a customer's payments that wait, in the order in which they were first asked
// about.
func (s *Server) waits(ctx context.Context, asked store.Questions, byID map[hold.ID]hold.Hold, c hold.Customer) (ws []app.Wait) {
	about, order := map[hold.ID][]hold.Challenge{}, []hold.ID{}
	for _, ch := range asked.Waiting {
		if about[ch.HoldID] == nil {
			order = append(order, ch.HoldID)
		}
		about[ch.HoldID] = append(about[ch.HoldID], ch)
	}
	for _, id := range order {
		w, err := s.Desk.Wait(ctx, byID[id], about[id], c, asked.Now)
		if err != nil { // as with a question that cannot be shown
			s.Log.ErrorContext(ctx, "a payment that waits cannot be shown", "hold", id, "error", err)
		} else if w != nil {
			ws = append(ws, *w)
		}
	}
	return ws
}

// holdsOf are the holds that challenges ask about, in one read.
func (s *Server) holdsOf(ctx context.Context, lists ...[]hold.Challenge) (map[hold.ID]hold.Hold, error) {
	byID := map[hold.ID]hold.Hold{}
	for _, cs := range lists {
		for _, c := range cs {
			byID[c.HoldID] = hold.Hold{}
		}
	}
	hs, err := s.Customers.HoldsByID(ctx, slices.Collect(maps.Keys(byID)))
	for _, h := range hs {
		byID[h.ID] = h
	}
	return byID, err
}

func (s *Server) AnswerChallenge(ctx context.Context, r gen.AnswerChallengeRequestObject) (gen.AnswerChallengeResponseObject, error) {
	var res store.AnswerResult
	var err error
	if r.Body.Code != "" {
		res, err = s.Desk.AnswerCode(ctx, callerOf(ctx).customer, r.ChallengeId, strings.NewReplacer(" ", "", "-", "").Replace(r.Body.Code))
	} else {
		res, err = s.Desk.Answer(ctx, callerOf(ctx).customer, r.ChallengeId, r.Body.Proof)
	}
	code := app.ResultCode(res, err)
	s.Count("answer_" + code)
	switch {
	case err != nil:
		return nil, err
	case code == "accepted":
		now, err := s.Customers.Now(ctx)
		return gen.AnswerChallenge200JSONResponse{ChallengeId: r.ChallengeId, HoldId: res.HoldID, Answer: res.Answer, AnsweredAt: now}, err
	}
	f := refuse(code)
	if code == "code_incorrect" {
		f.TriesLeft = &res.TriesLeft
	}
	if res.Standing != "" || res.Decision != nil || res.NotBefore != 0 {
		f = f.with(gen.Stands{HoldId: res.HoldID, Answer: res.Standing, Decision: res.Decision.Told(), NotBefore: res.NotBefore})
	}
	return nil, f
}

func (s *Server) ResendChallenge(ctx context.Context, r gen.ResendChallengeRequestObject) (gen.ResendChallengeResponseObject, error) {
	res, err := s.Customers.Resend(ctx, callerOf(ctx).customer, r.ChallengeId)
	if err != nil {
		return nil, err
	}
	s.Count("resend_" + string(res.Outcome))
	switch res.Outcome {
	case store.Resent:
		return gen.ResendChallenge202JSONResponse{ChallengeId: r.ChallengeId, ResendAt: res.Again}, nil
	case store.ResendLate:
		return nil, refuse(app.ResultCode(store.AnswerResult{Outcome: res.Late}, nil))
	}
	f := refuse(string(res.Outcome))
	f.wait = res.Again.Sub(res.Now)
	if res.Outcome == store.ResendSpent {
		f.wait = 10 * time.Minute
	}
	return nil, f
}

func (s *Server) ListDevices(ctx context.Context, _ gen.ListDevicesRequestObject) (gen.ListDevicesResponseObject, error) {
	c, err := s.Customers.Customer(ctx, callerOf(ctx).customer)
	return gen.ListDevices200JSONResponse{Devices: viewDevices(c.Devices)}, err
}

func (s *Server) RequestEnrolmentNonce(ctx context.Context,
	_ gen.RequestEnrolmentNonceRequestObject) (gen.RequestEnrolmentNonceResponseObject, error) {
	me := callerOf(ctx).customer
	nonce, why, err := s.Customers.EnrolmentNonce(ctx, me)
	if err := told(why, err); err != nil {
		return nil, err
	}
	now, err := s.Customers.Now(ctx)
	return gen.RequestEnrolmentNonce201JSONResponse{Nonce: nonce, Audience: s.Desk.Audience, CustomerId: me, Now: now,
		ExpiresAt: now.Add(store.EnrolmentLife)}, err
}

func (s *Server) EnrolDevice(ctx context.Context, r gen.EnrolDeviceRequestObject) (gen.EnrolDeviceResponseObject, error) {
	me := callerOf(ctx).customer
	key, err := s.Devices.ParseKey(r.Body.PublicKey)
	if err != nil {
		return nil, field("/public_key", "is no public key on P-256")
	}
	nonce := s.Devices.Nonce(r.Body.Proof)
	var texts *hold.ContactRules
	if s.Desk.SMS != nil {
		rules := s.Policies.Current().ContactRules()
		texts = &rules
	}
	verify := func(now hold.Instant) (hold.Refusal, error) {
		return channels.Refused(s.Devices.Enrol(key, nonce, s.Desk.Audience, me, r.Body.Proof, now))
	}
	d, why, err := s.Customers.EnrolDevice(ctx, hold.Device{CustomerID: me, Name: r.Body.Name, PublicKey: key}, nonce, texts, verify)
	return gen.EnrolDevice201JSONResponse(viewDevice(d)), told(why, err)
}

func (s *Server) RevokeDevice(ctx context.Context, r gen.RevokeDeviceRequestObject) (gen.RevokeDeviceResponseObject, error) {
	me, proof := callerOf(ctx).customer, string(r.Params.HoldfastProof)
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return nil, err
	}
	now, err := s.Customers.Now(ctx)
	if err != nil {
		return nil, err
	}
	by := s.Desk.Device(proof)
	for _, d := range c.Devices {
		if d.ID != by {
			continue
		}
		if err := s.Devices.Revoke(d, r.DeviceId, s.Desk.Audience, proof, now); err != nil {
			return nil, err
		}
		return gen.RevokeDevice204Response{}, told(s.Customers.RevokeDevice(ctx, me, by, r.DeviceId, s.Policies.Current().MinDeviceAge()))
	}
	return nil, refuse("device_unknown")
}

// logLife is how far back the log has decided payments.
const logLife = 90 * 24 * time.Hour

func (s *Server) ListLog(ctx context.Context, r gen.ListLogRequestObject) (gen.ListLogResponseObject, error) {
	me := callerOf(ctx).customer
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return nil, err
	}
	limit := orDefault(r.Params.Limit)
	kept, err := s.Customers.CustomerLog(ctx, me, limit)
	if err != nil {
		return nil, err
	}
	now, err := s.Customers.Now(ctx)
	if err != nil {
		return nil, err
	}
	decided, err := s.Customers.DecidedSince(ctx, me, now.Add(-logLife), limit)
	if err != nil {
		return nil, err
	}
	lines := []gen.LogLine{}
	for _, l := range kept {
		if text := messages.Notice(l.Kind, c.Locale); text != "" {
			lines = append(lines, gen.LogLine{Time: l.At, Event: l.Kind, Text: text})
		}
	}
	recalls, err := s.appRecalls(ctx, me, limit, c.Locale)
	if err != nil {
		return nil, err
	}
	for _, h := range decided {
		told := s.Desk.Tell(h, c.Locale)
		lines = append(lines, gen.LogLine{Time: told.DecidedAt, Event: "hold.decided", Text: told.Text, HoldId: told.HoldID, Amount: &told.Amount,
			PayeeShown: told.PayeeShown, Outcome: told.Outcome, Recall: recalls[h.ID]})
	}
	slices.SortStableFunc(lines, func(a, b gen.LogLine) int { return cmp.Compare(b.Time, a.Time) })
	return gen.ListLog200JSONResponse{Lines: lines[:min(limit, len(lines))]}, nil
}

func (s *Server) ReportNotMe(ctx context.Context, r gen.ReportNotMeRequestObject) (gen.ReportNotMeResponseObject, error) {
	me := callerOf(ctx).customer
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return nil, err
	}
	line := s.onTheLine(ctx, me)
	d, err := s.Customers.ReportNotMe(ctx, me, r.HoldId)
	if err != nil {
		return nil, err
	}
	waiting, err := s.stillHeld(ctx, me)
	if err != nil {
		return nil, err
	}
	p, err := s.protection(ctx, me)
	return gen.ReportNotMe202JSONResponse{Frozen: true, Text: messages.Reported(d, line, c.Locale), Decision: d.Told(), Waiting: waiting,
		Protection: p}, err
}

// stillHeld are a customer's payments that wait.
func (s *Server) stillHeld(ctx context.Context, id hold.CustomerID) (ids []hold.ID, err error) {
	hs, err := s.Customers.ListHolds(ctx, store.HoldFilter{CustomerID: id, Status: hold.Held, Limit: 50})
	for _, h := range hs {
		ids = append(ids, h.ID)
	}
	return ids, err
}

func (s *Server) AskForHelp(ctx context.Context, _ gen.AskForHelpRequestObject) (gen.AskForHelpResponseObject, error) {
	me := callerOf(ctx).customer
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return nil, err
	}
	line := s.onTheLine(ctx, me)
	if err := s.Customers.AskForHelp(ctx, me); err != nil {
		return nil, err
	}
	waiting, err := s.stillHeld(ctx, me)
	if err != nil {
		return nil, err
	}
	p, err := s.protection(ctx, me)
	return gen.AskForHelp202JSONResponse{Frozen: true, Text: messages.Protected(line, c.Locale), Waiting: waiting, Protection: p}, err
}

// onTheLine is what the bank has to do with a customer's telephone now. Whoever cannot
// tell says that it has nothing.
func (s *Server) onTheLine(ctx context.Context, id hold.CustomerID) messages.Line {
	call, err := s.Customers.AppCall(ctx, id)
	switch {
	case err != nil, call == nil:
		return messages.NoCall
	case call.Identified:
		return messages.BankOnLine
	}
	return messages.BankCalls
}

// protection is what stands for a frozen customer; nil: they are not.
func (s *Server) protection(ctx context.Context, id hold.CustomerID) (*app.Protection, error) {
	ps, err := s.Desk.Protections(ctx, []hold.CustomerID{id})
	if p, frozen := ps[id]; err == nil && frozen {
		return &p, nil
	}
	return nil, err
}

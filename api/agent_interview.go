package api

import (
	"context"
	"encoding/json"

	"holdfast/api/gen"
	"holdfast/app"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) TakeInterview(ctx context.Context, r gen.TakeInterviewRequestObject) (gen.TakeInterviewResponseObject, error) {
	by := callerOf(ctx).agent
	res, err := s.Staff.TakeAloud(ctx, store.AgentInterview{By: by, CaseID: string(r.CaseId), TaskID: string(r.TaskId),
		Judge: s.Desk.JudgeSaid(ctx, r.Body.Answers)})
	if err := s.interviewed(app.Answered{InterviewResult: res}, err); err != nil {
		return nil, err
	}
	asked, err := s.Staff.ChallengesOf(ctx, []hold.ID{res.Hold.ID})
	if err != nil {
		return nil, err
	}
	v, err := s.viewInterview(ctx, res.Hold, asked)
	if err != nil || v == nil {
		return nil, err
	}
	return gen.TakeInterview200JSONResponse(*v), nil
}

// viewInterview shows an agent the interview of a hold: what to ask aloud, and what
// was answered so far. Nil: nothing is asked.
func (s *Server) viewInterview(ctx context.Context, h hold.Hold, asked []hold.Challenge) (*gen.CaseInterview, error) {
	code := ""
	for _, c := range asked {
		if c.HoldID == h.ID && c.Channel == hold.Callback && c.Status == hold.Open {
			code = h.Interviews(c)
		}
	}
	if code == "" && h.InterviewedAt == 0 && h.AgentInterviewedAt == 0 && h.CounterInterviewedAt == 0 {
		return nil, nil
	}
	ks, err := s.Staff.Interviews(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	own := h.AgentInterviewedAt
	if callerOf(ctx).agent.Role == queue.RoleBranch { // what agents asked, a clerk asks again
		own = h.CounterInterviewedAt
	}
	ask := code != "" && own == 0
	for _, k := range ks { // what was asked is what is shown
		if k.TxDigest == h.TxDigest && !ask {
			code = k.Scenario
		}
	}
	p, err := app.Pinned(ctx, s.Policies, s.Staff, h.Terms.PolicyVersion)
	if err != nil {
		return nil, err
	}
	sc, _ := p.Scenario(code)
	locale, err := s.Staff.CustomerLocale(ctx, h.Request.CustomerID)
	if err != nil {
		return nil, err
	}
	out := &gen.CaseInterview{Scenario: code, Ask: ask, Taken: []gen.CaseTaken{}, Questions: aloud(sc, callerOf(ctx).locale, locale),
		NotBefore: h.NotBefore, CallbackOnly: h.TalkAt != 0}
	for _, k := range ks {
		if of, _ := p.Scenario(k.Scenario); k.TxDigest == h.TxDigest {
			out.Taken = append(out.Taken, viewTaken(k, of, callerOf(ctx).locale, locale))
		}
	}
	return out, nil
}

func aloud(sc interview.Scenario, agent, customer string) (qs []gen.CaseQuestion) {
	for _, q := range sc.Questions {
		shown := gen.CaseQuestion{Code: q.Code, Text: q.Text.In(agent), Aloud: q.Text.In(customer)}
		for _, o := range q.Options {
			shown.Answers = append(shown.Answers, gen.CaseOption{Code: o.Code, Text: o.Text.In(agent), Aloud: o.Text.In(customer)})
		}
		qs = append(qs, shown)
	}
	return qs
}

func viewTaken(k store.KeptInterview, sc interview.Scenario, agent, customer string) gen.CaseTaken {
	out := gen.CaseTaken{Via: k.Via, Answers: k.Said(), Level: k.Level, Choice: string(k.Choice), Contradicted: []string{}, At: k.AnsweredAt}
	_ = json.Unmarshal(k.Contradicted, &out.Contradicted) // what we wrote ourselves
	if w, ok := sc.Warning(k.Warning); ok {
		out.Warning, out.Aloud = w.Text.In(agent), w.Text.In(customer)
	}
	return out
}

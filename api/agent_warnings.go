package api

import (
	"context"
	"time"

	"holdfast/api/gen"
	"holdfast/interview"
	"holdfast/store"
)

const (
	warningsTime    = 30 * 24 * time.Hour // unless asked otherwise
	maxWarningsTime = 92 * 24 * time.Hour
)

func (s *Server) GetWarnings(ctx context.Context, r gen.GetWarningsRequestObject) (gen.GetWarningsResponseObject, error) {
	now, err := s.Staff.Now(ctx)
	if err != nil {
		return nil, err
	}
	from, to := r.Params.From, r.Params.To
	if to == 0 {
		to = now
	}
	if from == 0 {
		from = to.Add(-warningsTime)
	}
	switch {
	case from >= to:
		return nil, field("from", "is not before to")
	case to.Sub(from) > maxWarningsTime:
		return nil, field("from", "lies more than 92 days before to")
	}
	ws, err := s.Staff.Warnings(ctx, from, to, now)
	if err != nil {
		return nil, err
	}
	out := gen.GetWarnings200JSONResponse{From: from, To: to, More: ws.More, Groups: []gen.WarningGroup{}}
	for _, g := range ws.Groups {
		out.Groups = append(out.Groups, warningGroup(g))
	}
	return out, nil
}

func warningGroup(g store.WarnedGroup) gen.WarningGroup {
	out := gen.WarningGroup{Scenario: g.Scenario, PolicyVersion: g.PolicyVersion, Answered: g.Holds, Waits: g.Waits, DelayMinutes: g.Delay,
		Calls: g.Calls, Released: g.Released, Reversed: g.Reversed, Fraud: g.Fraud, Genuine: g.Genuine, Unknown: g.Unknown}
	if g.Waits > 0 {
		out.DelayMinutesMedian = &g.Median
	}
	for _, c := range g.ByChoice {
		if c.Choice != "" {
			out.Shown += c.Holds
		}
		out.ByChoice = append(out.ByChoice, gen.WarningChoice{Choice: choiceName(c.Choice), Payments: c.Holds, Released: c.Released,
			Reversed: c.Reversed, Fraud: c.Fraud, Genuine: c.Genuine, Unknown: c.Unknown})
	}
	return out
}

func choiceName(c interview.Choice) string {
	if c == "" {
		return "none"
	}
	return string(c)
}

package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/app"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"
)

func (s *Server) AnswerInterview(ctx context.Context, r gen.AnswerInterviewRequestObject) (gen.AnswerInterviewResponseObject, error) {
	me := callerOf(ctx).customer
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return nil, err
	}
	// The bank's own call is no reason for anything.
	onOurCall := s.onTheLine(ctx, me) != messages.NoCall
	a, err := s.Desk.AnswerInterview(ctx, c, r.ChallengeId, r.Body.Proof, onOurCall)
	if err := s.interviewed(a, err); err != nil {
		return nil, err
	}
	return gen.AnswerInterview200JSONResponse(interviewReceipt(a)), nil
}

func (s *Server) AnswerWarning(ctx context.Context, r gen.AnswerWarningRequestObject) (gen.AnswerWarningResponseObject, error) {
	c, err := s.Customers.Customer(ctx, callerOf(ctx).customer)
	if err != nil {
		return nil, err
	}
	a, err := s.Desk.AnswerWarning(ctx, c, r.ChallengeId, r.Body.Proof)
	if err := s.interviewed(a, err); err != nil {
		return nil, err
	}
	return gen.AnswerWarning200JSONResponse(interviewReceipt(a)), nil
}

// interviewed is why answers, or what became of a warning, are not taken; nil: they
// are.
func (s *Server) interviewed(a app.Answered, err error) error {
	if app.InterviewInvalid(err) {
		s.Count("interview_invalid")
		return refuse("interview_invalid")
	} else if err != nil {
		return err
	}
	switch a.Outcome {
	case store.InterviewRefused:
		f := refuse(string(a.Refusal))
		if a.Refusal == hold.WarningUnread {
			f.Detail = "keep the warning on the screen for its seconds"
		}
		return f
	case store.InterviewStands:
		return refuse("interview_answered").with(gen.Stands{HoldId: a.Hold.ID, Interview: a.Interview})
	case store.InterviewLate:
		return refuse("hold_decided").with(gen.Stands{HoldId: a.Hold.ID, Decision: a.Hold.Decision.Told()})
	}
	return nil
}

func interviewReceipt(a app.Answered) gen.InterviewReceipt {
	return gen.InterviewReceipt{HoldId: a.Hold.ID, Interview: *a.Interview, Wait: a.Wait, CallbackOnly: a.CallbackOnly}
}

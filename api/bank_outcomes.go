package api

import (
	"context"
	"net/http"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/store"
)

func (s *Server) RecordOutcome(ctx context.Context, r gen.RecordOutcomeRequestObject) (gen.RecordOutcomeResponseObject, error) {
	b := r.Body
	k, err := s.learn(ctx, store.Learnt{Client: callerOf(ctx).client,
		Word: hold.KnownOutcome{HoldID: r.HoldId, Outcome: b.Outcome, Kind: b.Kind, At: b.At, Source: b.Source}})
	return gen.RecordOutcome200JSONResponse(k), err
}

func (s *Server) learn(ctx context.Context, l store.Learnt) (hold.KnownOutcome, error) {
	if l.Word.Kind != "" && l.Word.Outcome != hold.AftermathFraud {
		return hold.KnownOutcome{}, field("/kind", "is of fraud alone")
	}
	k, why, err := s.Bank.LearnOutcome(ctx, l)
	if why == hold.OutcomeTimeInvalid {
		f := refuse(string(why))
		f.Field = "/at"
		return k, f
	}
	return k, told(why, err)
}

// outcomeBatch takes the outcomes of NDJSON, one after the other: of two about one hold
// the later is to stand.
func (s *Server) outcomeBatch(w http.ResponseWriter, r *http.Request) {
	answerBatch(s, w, r, batch[gen.OutcomeResult]{together: 1, workers: 1, take: s.outcomeLine})
}

func (s *Server) outcomeLine(ctx context.Context, client string, from int, lines [][]byte) []gen.OutcomeResult {
	res := gen.OutcomeResult{Line: from + 1}
	l, err := s.readOutcome(client, lines[0])
	if err == nil {
		var k hold.KnownOutcome
		k, err = s.learn(ctx, l)
		res.Status, res.OutcomeKnown = http.StatusOK, &k
	}
	if err != nil {
		p := s.lineProblem(ctx, res.Line, err)
		res.Status, res.OutcomeKnown, res.Problem = p.Status, nil, p
	}
	return []gen.OutcomeResult{res}
}

func (s *Server) readOutcome(client string, b []byte) (store.Learnt, error) {
	var l gen.OutcomeLine
	if err := s.spec.line(b, "OutcomeLine", &l); err != nil {
		return store.Learnt{}, err
	}
	if (l.HoldId == "") == (l.TransactionId == "") {
		return store.Learnt{}, field("/hold_id", "or /transaction_id has to be there, one of them")
	}
	return store.Learnt{Client: client, TransactionID: string(l.TransactionId),
		Word: hold.KnownOutcome{HoldID: l.HoldId, Outcome: l.Outcome, Kind: string(l.Kind), At: l.At, Source: l.Source}}, nil
}

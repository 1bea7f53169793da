package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/store"
)

const batchWorkers = 2 // commits at once: every place for batches together with those for outcomes leaves a third of the pool to others

// submitBatch takes in the holds of NDJSON.
func (s *Server) submitBatch(w http.ResponseWriter, r *http.Request) {
	answerBatch(s, w, r, batch[gen.BatchResult]{store.ChunkLines, batchWorkers, s.chunk})
}

// chunk takes in the lines that can be read, together, and gives each line's result.
func (s *Server) chunk(ctx context.Context, client string, from int, lines [][]byte) []gen.BatchResult {
	results := make([]gen.BatchResult, len(lines))
	var as []store.Accept
	var of []int // the line of each
	for i, b := range lines {
		var l gen.BatchLine
		a, err := s.readLine(client, b, &l)
		results[i] = gen.BatchResult{Line: from + i + 1, IdempotencyKey: l.IdempotencyKey}
		if err != nil {
			s.answerLine(ctx, &results[i], nil, err)
			continue
		}
		as, of = append(as, a), append(of, i)
	}
	for i, line := range s.takeIn(ctx, client, as) {
		said, err := acknowledged(line.AcceptResult, line.Err)
		if f := new(fault); errors.As(err, &f) && f.Field != "" {
			f.Field = "/hold" + f.Field // of the line
		}
		s.answerLine(ctx, &results[of[i]], said, err)
	}
	return results
}

func (s *Server) answerLine(ctx context.Context, res *gen.BatchResult, said []byte, err error) {
	if err == nil {
		res.Status, res.Hold = http.StatusAccepted, new(gen.Hold)
		err = json.Unmarshal(said, res.Hold)
	}
	if err != nil {
		p := s.lineProblem(ctx, res.Line, err)
		res.Hold, res.Status, res.Problem = nil, p.Status, p
	}
}

func (s *Server) readLine(client string, b []byte, l *gen.BatchLine) (a store.Accept, err error) {
	if err := s.spec.line(b, "BatchLine", l); err != nil {
		return a, err
	}
	return s.accepting(client, l.IdempotencyKey, hold.Request(l.Hold))
}

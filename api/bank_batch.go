package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/store"
)

const (
	maxBatchBody  = 8 << 20
	maxBatchLines = 10_000
	batchWorkers  = 2 // commits at once: every place for batches together leaves half of the pool to others
)

// submitBatch takes NDJSON and answers each line in order, as soon as it and
// those before it are known.
func (s *Server) submitBatch(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	err := contentType(r, "application/x-ndjson")
	var body []byte
	if err == nil {
		body, err = readAll(w, r, maxBatchBody)
	}
	lines := bytes.Split(bytes.TrimRight(body, "\r\n"), []byte("\n"))
	if err == nil && len(lines) > maxBatchLines {
		err = refuse("body_too_large").because("at most 10,000 lines")
	}
	if err != nil {
		s.answerFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out, ctl := json.NewEncoder(w), http.NewResponseController(w)
	for i, result := range s.inOrder(ctx, callerOf(ctx).client, lines) {
		res, ok := <-result
		if !ok || out.Encode(res) != nil {
			return // the client is gone: its repeat finds what was accepted
		}
		if i%100 == 99 {
			_ = ctl.Flush()
		}
	}
}

// inOrder starts on every line, a few commits at once, and gives a channel a line.
func (s *Server) inOrder(ctx context.Context, client string, lines [][]byte) []chan gen.BatchResult {
	results := make([]chan gen.BatchResult, len(lines))
	for i := range results {
		results[i] = make(chan gen.BatchResult, 1)
	}
	next := make(chan int)
	go func() {
		defer close(next)
		for i := 0; i < len(lines); i += store.ChunkLines {
			next <- i
		}
	}()
	for range batchWorkers {
		go func() {
			for from := range next {
				to := min(from+store.ChunkLines, len(lines))
				if ctx.Err() == nil {
					for i, res := range s.chunk(ctx, client, from, lines[from:to]) {
						results[from+i] <- res
					}
				}
				for i := from; i < to; i++ {
					close(results[i])
				}
			}
		}()
	}
	return results
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
	for i, line := range s.Bank.AcceptHolds(ctx, as) {
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
		f := asFault(err)
		if f.Code == "internal" {
			s.Log.ErrorContext(ctx, "a line of a batch failed", "line", res.Line, "error", err)
		}
		res.Hold, res.Status, res.Problem = nil, f.Status, &f.Problem
	}
}

func (s *Server) readLine(client string, b []byte, l *gen.BatchLine) (a store.Accept, err error) {
	if len(b) > maxBody {
		return a, refuse("body_too_large").because("at most 64 KiB a line")
	}
	v, err := parse(b)
	if err != nil {
		return a, err
	}
	if err := s.spec.check(s.spec.batch, v, ""); err != nil {
		return a, err
	}
	if err := json.Unmarshal(b, l); err != nil {
		return a, field("", "is not as described")
	}
	return s.accepting(client, l.IdempotencyKey, hold.Request(l.Hold))
}

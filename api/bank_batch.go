package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"holdfast/api/gen"
	"holdfast/hold"
)

const (
	maxBatchBody  = 8 << 20
	maxBatchLines = 10_000
	batchWorkers  = 8
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

// inOrder starts on every line, a few at once, and gives a channel a line.
func (s *Server) inOrder(ctx context.Context, client string, lines [][]byte) []chan gen.BatchResult {
	results := make([]chan gen.BatchResult, len(lines))
	for i := range results {
		results[i] = make(chan gen.BatchResult, 1)
	}
	next := make(chan int)
	go func() {
		defer close(next)
		for i := range lines {
			next <- i
		}
	}()
	for range batchWorkers {
		go func() {
			for i := range next {
				if ctx.Err() == nil {
					results[i] <- s.line(ctx, client, i+1, lines[i])
				}
				close(results[i])
			}
		}()
	}
	return results
}

func (s *Server) line(ctx context.Context, client string, n int, b []byte) gen.BatchResult {
	var l gen.BatchLine
	reply, err := s.acceptLine(ctx, client, b, &l)
	res := gen.BatchResult{Line: n, Status: http.StatusAccepted, IdempotencyKey: l.IdempotencyKey}
	if err == nil {
		res.Hold = new(gen.Hold)
		err = json.Unmarshal(reply, res.Hold)
	}
	if err != nil {
		f := asFault(err)
		if f.Code == "internal" {
			s.Log.ErrorContext(ctx, "a line of a batch failed", "line", n, "error", err)
		}
		res.Hold, res.Status, res.Problem = nil, f.Status, &f.Problem
	}
	return res
}

func (s *Server) acceptLine(ctx context.Context, client string, b []byte, l *gen.BatchLine) ([]byte, error) {
	if len(b) > maxBody {
		return nil, refuse("body_too_large").because("at most 64 KiB a line")
	}
	v, err := parse(b)
	if err != nil {
		return nil, err
	}
	if err := s.spec.check(s.spec.batch, v, ""); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, l); err != nil {
		return nil, field("", "is not as described")
	}
	reply, err := s.accept(ctx, client, l.IdempotencyKey, hold.Request(l.Hold))
	if f := new(fault); errors.As(err, &f) && f.Field != "" {
		f.Field = "/hold" + f.Field // of the line
	}
	return reply, err
}

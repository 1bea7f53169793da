package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"holdfast/api/gen"
)

const (
	maxBatchBody  = 8 << 20
	maxBatchLines = 10_000
)

// batch is how the lines of one NDJSON body are taken: so many together, by so many
// workers at once. take gives each line's result; from is the index of the first.
type batch[R any] struct {
	together, workers int
	take              func(ctx context.Context, client string, from int, lines [][]byte) []R
}

// answerBatch answers each line in order, as soon as it and those before it are known.
func answerBatch[R any](s *Server, w http.ResponseWriter, r *http.Request, b batch[R]) {
	ctx := r.Context()
	lines, err := batchLines(w, r)
	if err != nil {
		s.answerFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out, ctl := json.NewEncoder(w), http.NewResponseController(w)
	for i, result := range b.inOrder(ctx, callerOf(ctx).client, lines) {
		res, ok := <-result
		if !ok || out.Encode(res) != nil {
			return // the client is gone: its repeat finds what was taken
		}
		if i%100 == 99 {
			_ = ctl.Flush()
		}
	}
}

func batchLines(w http.ResponseWriter, r *http.Request) ([][]byte, error) {
	if err := contentType(r, "application/x-ndjson"); err != nil {
		return nil, err
	}
	body, err := readAll(w, r, maxBatchBody)
	if err != nil {
		return nil, err
	}
	lines := bytes.Split(bytes.TrimRight(body, "\r\n"), []byte("\n"))
	if len(lines) > maxBatchLines {
		return nil, refuse("body_too_large").because("at most 10,000 lines")
	}
	return lines, nil
}

// inOrder starts on every line, some at once, and gives a channel a line.
func (b batch[R]) inOrder(ctx context.Context, client string, lines [][]byte) []chan R {
	results := make([]chan R, len(lines))
	for i := range results {
		results[i] = make(chan R, 1)
	}
	next := make(chan int)
	go func() {
		defer close(next)
		for i := 0; i < len(lines); i += b.together {
			next <- i
		}
	}()
	for range b.workers {
		go func() {
			for from := range next {
				to := min(from+b.together, len(lines))
				if ctx.Err() == nil {
					for i, res := range b.take(ctx, client, from, lines[from:to]) {
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

// line reads one line, which is as the schema of that name says.
func (s *spec) line(b []byte, schema string, into any) error {
	if len(b) > maxBody {
		return refuse("body_too_large").because("at most 64 KiB a line")
	}
	v, err := parse(b)
	if err != nil {
		return err
	}
	if err := s.check(s.doc.Components.Schemas[schema].Value, v, ""); err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return field("", "is not as described")
	}
	return nil
}

// lineProblem is what a client is told of a line that was not taken.
func (s *Server) lineProblem(ctx context.Context, line int, err error) *gen.Problem {
	f := asFault(err)
	if f.Code == "internal" {
		s.Log.ErrorContext(ctx, "a line of a batch failed", "line", line, "error", err)
	}
	return &f.Problem
}

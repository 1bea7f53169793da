package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"holdfast/api/gen"
	"holdfast/counterparties"
	"holdfast/payees"
)

const (
	maxList       = 512 << 20 // bytes: some five million lines
	longestImport = 15 * time.Minute
)

func (s *Server) ListPayeeLists(ctx context.Context, _ gen.ListPayeeListsRequestObject) (gen.ListPayeeListsResponseObject, error) {
	ls, err := s.Bank.PayeeLists(ctx)
	out := gen.ListPayeeLists200JSONResponse{Lists: []gen.PayeeList{}}
	for _, l := range ls {
		out.Lists = append(out.Lists, gen.PayeeList{List: l.Name, Edition: l.Edition, Lines: l.Lines, Public: l.Public,
			InForce: instant(l.InForce), Author: l.Author, Importing: l.Filling != ""})
	}
	return out, err
}

// putPayeeList takes a list while it is sent, and puts it in force once it is there as a
// whole.
func (s *Server) putPayeeList(w http.ResponseWriter, r *http.Request) {
	// Of what is refused before it is read the rest has to come in time, too.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.Transfer)) // not every writer has one
	list, err := s.takePayeeList(w, r)
	if err != nil {
		s.answerFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list) // the client is gone: its repeat puts the same
}

func (s *Server) takePayeeList(w http.ResponseWriter, r *http.Request) (out gen.PayeeListTaken, err error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "text/csv" && kind != "application/x-ndjson" || r.Header.Get("Content-Encoding") != "" {
		return out, refuse("content_type_unsupported").because("send text/csv or application/x-ndjson in UTF-8, not compressed")
	}
	if !s.Payees.Any() {
		return out, refuse("payees_not_configured")
	}
	query := r.URL.Query() // it was checked
	i := payees.Import{Lists: s.Bank, Keys: s.Payees, List: r.PathValue("list"), Public: query.Get("public") == "true",
		Shrink: query.Get("shrink") == "true", Actor: callerOf(r.Context()).actor()}
	body := http.MaxBytesReader(w, r.Body, maxList)
	ends, _ := r.Context().Deadline()
	edition, lines, err := i.Run(r.Context(), &slow{body, http.NewResponseController(w), s.Transfer, ends})
	return gen.PayeeListTaken{List: i.List, Edition: edition, Lines: lines, Public: i.Public}, importFault(err)
}

// importFault is what a client is told of why a list was not taken.
func importFault(err error) error {
	var bad counterparties.BadLine
	var refused *payees.RefusedError
	var short *payees.ShortError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &bad):
		return refuse("list_line_invalid").because(bad.Error())
	case errors.As(err, &short):
		return refuse("list_too_short").because(short.Error() + "; if it is whole, send it with shrink=true")
	case errors.As(err, &refused):
		f := refuse(string(refused.Why))
		if refused.To > 0 && f.Code == "ref_twice" {
			f.Detail = fmt.Sprintf("for the second time among the entries %d to %d", refused.From, refused.To)
		}
		return f
	case errors.As(err, &large):
		return refuse("body_too_large").because("at most 512 MiB")
	case errors.Is(err, errUnsent):
		return refuse("json_invalid").because("the body could not be read to its end")
	}
	return err
}

// errUnsent is of a client that did not send its body to the end.
var errUnsent = errors.New("the body was not sent to its end")

// slow reads a body of which some comes within each span of time, until it all ends.
type slow struct {
	r    io.Reader
	ctl  *http.ResponseController
	span time.Duration
	ends time.Time
}

func (s *slow) Read(p []byte) (int, error) {
	by := time.Now().Add(s.span)
	if !s.ends.IsZero() && s.ends.Before(by) {
		by = s.ends
	}
	_ = s.ctl.SetReadDeadline(by) // not every writer has one
	n, err := s.r.Read(p)
	var large *http.MaxBytesError
	if err != nil && err != io.EOF && !errors.As(err, &large) {
		err = errUnsent
	}
	return n, err
}

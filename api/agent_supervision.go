package api

import (
	"bytes"
	"context"
	"net/url"
	"time"

	"holdfast/api/gen"
	"holdfast/audit"
	"holdfast/hold"
	"holdfast/store"
)

func (s *Server) ReassignCase(ctx context.Context, r gen.ReassignCaseRequestObject) (gen.ReassignCaseResponseObject, error) {
	return gen.ReassignCase204Response{}, told(s.Staff.Reassign(ctx, callerOf(ctx).agent, string(r.CaseId), r.Body.Agent))
}

func (s *Server) SearchHolds(ctx context.Context, r gen.SearchHoldsRequestObject) (gen.SearchHoldsResponseObject, error) {
	hs, err := s.Staff.SearchHolds(ctx, callerOf(ctx).agent, r.Params.Q)
	if err != nil {
		return nil, err
	}
	page := gen.SearchHolds200JSONResponse{}
	page.Holds, err = s.views(ctx, hs)
	return page, err
}

// maxEntries is how many of a chain's entries a story shows: the latest.
const maxEntries = 10_000

func (s *Server) GetStory(ctx context.Context, r gen.GetStoryRequestObject) (gen.GetStoryResponseObject, error) {
	st, why, err := s.Staff.Story(ctx, callerOf(ctx).agent, r.HoldId)
	if err = told(why, err); err != nil {
		return nil, err
	}
	out := gen.GetStory200JSONResponse{Entries: []gen.Entry{}, Trail: trail(st), CaseId: st.CaseID, Frozen: st.Frozen,
		Approvals: []gen.Approval{}, Now: st.Now}
	if out.Hold, err = s.view(ctx, st.Hold); err != nil {
		return nil, err
	}
	seen, err := s.unlinked(ctx, st.Hold)
	if err != nil {
		return nil, err
	}
	out.CounterpartyId = seen.PayeeID
	if out.PayeeKnown, err = s.payeeKnown(ctx, seen); err != nil {
		return nil, err
	}
	for _, kept := range st.Chain[max(0, len(st.Chain)-maxEntries):] {
		e, err := viewEntry(kept)
		if err != nil { // a broken trail is shown as far as it can be read
			e = gen.Entry{Subject: kept.Subject, Sequence: kept.Seq, Kind: "unreadable", Body: []byte("{}"), Hash: hold.Digest(kept.Hash)}
		}
		out.Entries = append(out.Entries, e)
	}
	for _, a := range st.Approvals {
		v, err := s.viewApproval(ctx, a)
		if err != nil {
			return nil, err
		}
		out.Approvals = append(out.Approvals, v)
	}
	rs, err := s.Staff.Recalls(ctx, callerOf(ctx).agent, store.RecallPage{HoldID: r.HoldId, Limit: 1})
	if err != nil {
		return nil, err
	}
	for _, kept := range rs {
		v := viewRecall(kept, st.Hold)
		out.Recall = &v
	}
	if s.Workflows != "" {
		out.WorkflowUrl = s.Workflows + url.PathEscape(string(st.Hold.ID))
	}
	return out, nil
}

// trail says whether a hold's chain verifies. There is none without entries.
func trail(st store.Story) string {
	if len(st.Chain) == 0 || len(audit.Verify(string(st.Hold.ID), st.Chain, st.Head)) > 0 {
		return "broken"
	}
	return "verified"
}

func (s *Server) ExportTrail(ctx context.Context, r gen.ExportTrailRequestObject) (gen.ExportTrailResponseObject, error) {
	st, why, err := s.Staff.Export(ctx, callerOf(ctx).agent, r.HoldId)
	if err := told(why, err); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := audit.Write(&file, string(st.Hold.ID), st.Chain, st.Head); err != nil {
		return nil, err
	}
	return gen.ExportTrail200ApplicationxNdjsonResponse{Body: &file, ContentLength: int64(file.Len()),
		Headers: gen.ExportTrail200ResponseHeaders{ContentDisposition: `attachment; filename="` + string(st.Hold.ID) + `.ndjson"`}}, nil
}

const outcomeHours = 12 // unless asked otherwise

func (s *Server) GetOutcomes(ctx context.Context, r gen.GetOutcomesRequestObject) (gen.GetOutcomesResponseObject, error) {
	hours := r.Params.Hours
	if hours == 0 {
		hours = outcomeHours
	}
	o, err := s.Staff.Outcomes(ctx, hours)
	if err != nil {
		return nil, err
	}
	out := gen.GetOutcomes200JSONResponse{Answers: o.Calls, Now: o.Now}
	for i := range hours + 1 {
		out.Hours = append(out.Hours, gen.OutcomeHour{At: o.From.Add(time.Duration(i) * time.Hour), ByChannel: []gen.ChannelOutcome{}})
	}
	for _, c := range o.Decided {
		by := &out.Hours[c.Hour].ByChannel
		*by = append(*by, gen.ChannelOutcome{Channel: c.Channel, Released: c.Released, Reversed: c.Reversed})
		out.Decided += c.Released + c.Reversed
		out.NotMe += c.NotMe
	}
	if o.Answer >= 0 {
		seconds := int(o.Answer / time.Second)
		out.AnswerSeconds = &seconds
	}
	return out, nil
}

package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/messages"
)

// GetCall tells a customer whether the bank is calling them now, and by whom.
func (s *Server) GetCall(ctx context.Context, _ gen.GetCallRequestObject) (gen.GetCallResponseObject, error) {
	me := callerOf(ctx).customer
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return nil, err
	}
	call, err := s.Customers.AppCall(ctx, me)
	if err != nil {
		return nil, err
	}
	if call == nil {
		return gen.GetCall200JSONResponse{Text: messages.NotCalling(c.Locale)}, nil
	}
	return gen.GetCall200JSONResponse{Calling: true, Agent: messages.Safe(call.GivenName), Number: call.Digits,
		RangIn: call.Inbound, Checked: call.Identified, Text: messages.Calling(call.Identified, c.Locale)}, nil
}

package app

import (
	"errors"

	"holdfast/hold"
	"holdfast/store"
)

// ResultCode is the stable code of what became of an answer, the same over the
// socket and over the API: accepted, or why not.
func ResultCode(res store.AnswerResult, err error) string {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "not_found"
	case errors.Is(err, store.ErrBusy):
		return "busy"
	case err != nil:
		return "internal"
	}
	switch res.Outcome {
	case hold.AnswerAccepted:
		return "accepted"
	case hold.AnswerRefused, hold.AnswerReplayed:
		return string(res.Refusal)
	case hold.LateAnswered:
		return "already_answered"
	case hold.LateDecided:
		return "hold_decided"
	case hold.LateCancelled:
		return "challenge_cancelled"
	default:
		return "challenge_expired"
	}
}

package channels

import "holdfast/hold"

// RefusedError is a proof that does not count, where the proof is not an
// answer: a hello, an enrolment, a revocation. Every other error of their
// verification is an internal fault.
type RefusedError struct{ Refusal hold.Refusal }

func (e *RefusedError) Error() string { return "proof refused: " + string(e.Refusal) }

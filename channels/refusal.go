package channels

import (
	"errors"

	"holdfast/hold"
)

// RefusedError is a proof that does not count, where the proof is not an
// answer: a hello, an enrolment, a revocation. Every other error of their
// verification is an internal fault.
type RefusedError struct{ Refusal hold.Refusal }

func (e *RefusedError) Error() string { return "proof refused: " + string(e.Refusal) }

// Refused takes the refusal of such a proof out of its error; what is left is a
// fault.
func Refused(err error) (hold.Refusal, error) {
	var r *RefusedError
	if errors.As(err, &r) {
		return r.Refusal, nil
	}
	return "", err
}

// Warned is what a device says of a warning: which text was on its screen, for how many
// seconds, and what its owner chose.
type Warned struct {
	Digest  hold.Digest
	Locale  string
	Seconds int
	Choice  string
}

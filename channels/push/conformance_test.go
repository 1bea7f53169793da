package push

import (
	"math/rand/v2"
	"testing"

	"holdfast/channels"
	"holdfast/channels/channeltest"
	"holdfast/hold"
)

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Bundle {
		b := setup(t)
		young := b.device
		young.Since = b.hold.AcceptedAt
		valid := b.attempt(b.sign(t, hold.Approve))

		moved := func(change func(*hold.Challenge)) hold.Challenge {
			c := b.challenge
			change(&c)
			return c
		}
		proofs := map[hold.Answer]string{}
		for _, a := range []hold.Answer{hold.Approve, hold.Deny, hold.NotMe} {
			proofs[a] = b.sign(t, a)
		}
		return channeltest.Bundle{
			Channel:   &Channel{},
			Challenge: b.challenge,
			Answers:   []hold.Answer{hold.Approve, hold.Deny, hold.NotMe},
			Answer:    func(a hold.Answer) channels.Answer { return b.attempt(proofs[a]) },
			Ineligible: func(a hold.Answer) channels.Answer {
				attempt := b.attempt(proofs[a])
				attempt.Device = &young
				return attempt
			},
			Wrong: []channeltest.Wrong{
				{Name: "another challenge", Answer: valid, Refusal: hold.NonceMismatch,
					Challenge: moved(func(c *hold.Challenge) { c.ID = "chal_2" })},
				{Name: "another nonce", Answer: valid, Refusal: hold.NonceMismatch,
					Challenge: moved(func(c *hold.Challenge) { c.Nonce = "AAAAAAAAAAAAAAAAAAAAAA" })},
				{Name: "another document", Answer: valid, Refusal: hold.DigestMismatch,
					Challenge: moved(func(c *hold.Challenge) { c.TxDigest = hold.DigestOf([]byte("another")) })},
			},
			Mutate: func(rng *rand.Rand, proof string) string { return mutate(rng, proof, b.device.PublicKey) },
			// The only change that keeps a proof valid, see the package comment.
			Same:     func(proof, mutated string) bool { return mutated == twin(t, proof) },
			Failing:  failing(t, b),
			Canaries: []string{wakeCanary, b.hold.Request.Payee.Account},
		}
	})
}

// The twin of a signature is the same word by the same device, neither more
// nor less. What is not to be had twice is the challenge.
func TestTwinSignatureSaysTheSame(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, a := range []hold.Answer{hold.Approve, hold.Deny, hold.NotMe} {
		jws := b.sign(t, a)
		first, err1 := (&Channel{}).Judge(b.challenge, b.attempt(jws))
		second, err2 := (&Channel{}).Judge(b.challenge, b.attempt(twin(t, jws)))
		if err1 != nil || err2 != nil || first != second || first.Answer != a {
			t.Errorf("%s: %+v (%v) and %+v (%v)", a, first, err1, second, err2)
		}
		elsewhere := b.challenge
		elsewhere.Nonce = "AAAAAAAAAAAAAAAAAAAAAA"
		if v, err := (&Channel{}).Judge(elsewhere, b.attempt(twin(t, jws))); err != nil || v.Refusal != hold.NonceMismatch {
			t.Errorf("%s: the twin counts for another challenge: %+v, %v", a, v, err)
		}
	}
}

package phone

import (
	"context"

	"holdfast/api/client"
	"holdfast/app"
	"holdfast/channels"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/interview"
)

// SayInterview signs and sends the answers to what is asked before paying, with what
// the device says of itself.
func (p *Phone) SayInterview(ctx context.Context, c app.Challenge, said []hold.Said, sig hold.Signals) (
	out client.InterviewReceipt, err error) {
	proof, err := p.signer.SignInterview(c.ID, c.Nonce, said, sig, hold.At(p.Now()))
	if err != nil {
		return out, err
	}
	res, err := p.api.AnswerInterview(ctx, c.ID, client.InterviewRequest{Proof: proof})
	return out, stack.Reply(res, err, &out)
}

// SayWarning signs and sends what became of a warning that was on the screen for
// seconds.
func (p *Phone) SayWarning(ctx context.Context, c app.Challenge, w interview.ToRead, seconds int, choice interview.Choice) (
	out client.InterviewReceipt, err error) {
	proof, err := p.signer.SignWarning(c.ID, c.Nonce, channels.Warned{Choice: string(choice), Digest: w.Digest, Locale: w.Locale,
		Seconds: seconds}, hold.At(p.Now()))
	if err != nil {
		return out, err
	}
	res, err := p.api.AnswerWarning(ctx, c.ID, client.InterviewRequest{Proof: proof})
	return out, stack.Reply(res, err, &out)
}

// Waits are the payments that wait.
func (p *Phone) Waits(ctx context.Context) ([]app.Wait, error) {
	var list client.AppChallengeList
	res, err := p.api.ListChallenges(ctx)
	return list.Waits, stack.Reply(res, err, &list)
}

package callback_test

import (
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/channels/callback"
	"holdfast/channels/channeltest"
	"holdfast/hold"
)

func TestConformance(t *testing.T) {
	channeltest.Run(t, bundle)
}

func bundle(*testing.T) channeltest.Bundle {
	h := hold.Hold{ID: "hold_1", TxDigest: "d"}
	c := hold.Challenge{ID: "chal_1", HoldID: h.ID, TxDigest: h.TxDigest, Channel: hold.Callback, Status: hold.Open}
	said := map[hold.Answer]hold.Disposition{hold.Approve: hold.Confirmed, hold.Deny: hold.Refused, hold.NotMe: hold.NotTheirs}
	answer := func(a hold.Answer) channels.Answer {
		return channels.Answer{Hold: h, Proof: string(said[a]), Leg: hold.Leg{Connected: hold.MinConnected, Identified: true}, Now: 1}
	}
	with := func(change func(*channels.Answer)) channels.Answer {
		a := answer(hold.Approve)
		change(&a)
		return a
	}
	return channeltest.Bundle{Channel: &callback.Channel{}, Challenge: c, Answer: answer, Answers: []hold.Answer{hold.Approve, hold.Deny, hold.NotMe},
		Wrong: []channeltest.Wrong{
			{Name: "no call", Challenge: c, Answer: with(func(a *channels.Answer) { a.Leg.Connected = 0 }), Refusal: channels.CallMissing},
			{Name: "connected for 29 s", Challenge: c, Answer: with(func(a *channels.Answer) { a.Leg.Connected = 29 * time.Second }), Refusal: channels.CallMissing},
			{Name: "nobody knows who it was", Challenge: c, Answer: with(func(a *channels.Answer) { a.Leg.Identified = false }), Refusal: channels.CallMissing},
			{Name: "of another hold", Challenge: c, Answer: with(func(a *channels.Answer) { a.Hold.ID = "hold_2" }), Refusal: channels.DigestMismatch},
			{Name: "of another document", Challenge: c, Answer: with(func(a *channels.Answer) { a.Hold.TxDigest = "e" }), Refusal: channels.DigestMismatch},
			{Name: "no answer", Challenge: c, Answer: with(func(a *channels.Answer) { a.Proof = string(hold.Voicemail) }), Refusal: channels.NoAnswer},
		}}
}

package gateway

import (
	"holdfast/app"
	"holdfast/hold"
)

// Subprotocol is what client and gateway speak. docs/app-protocol.md has every
// message.
const Subprotocol = "holdfast.v1"

// fromApp is a message from the app. Type says which fields count.
type fromApp struct {
	Type        string           `json:"type"` // auth, prove, receipt, answer
	Token       string           `json:"token,omitempty"`
	DeviceID    hold.DeviceID    `json:"device_id,omitempty"`
	JWS         string           `json:"jws,omitempty"`
	ChallengeID hold.ChallengeID `json:"challenge_id,omitempty"`
	Ref         string           `json:"ref,omitempty"` // echoed in the result; at most 64 letters
}

type helloMsg struct {
	Type     string       `json:"type"` // hello
	Nonce    string       `json:"nonce"`
	Audience string       `json:"audience"`
	Now      hold.Instant `json:"now"` // the server's clock: a device's own may be wrong
}

type readyMsg struct {
	Type     string        `json:"type"` // ready
	DeviceID hold.DeviceID `json:"device_id"`
	Name     string        `json:"name"`
	Phrase   string        `json:"phrase"`
	Locale   string        `json:"locale"`
	Now      hold.Instant  `json:"now"` // the server's clock, for proofs
}

type challengeMsg struct {
	Type      string        `json:"type"` // challenge
	Challenge app.Challenge `json:"challenge"`
}

type closedMsg struct {
	Type        string               `json:"type"` // closed
	ChallengeID hold.ChallengeID     `json:"challenge_id"`
	HoldID      hold.ID              `json:"hold_id"`
	Status      hold.ChallengeStatus `json:"status"`
	Cause       string               `json:"cause,omitempty"`
	Answer      hold.Answer          `json:"answer,omitempty"` // what stands
}

type outcomeMsg struct {
	Type    string      `json:"type"` // outcome
	Outcome app.Outcome `json:"outcome"`
}

type resultMsg struct {
	Type        string           `json:"type"` // result
	Ref         string           `json:"ref,omitempty"`
	ChallengeID hold.ChallengeID `json:"challenge_id"`
	Result      string           `json:"result"`             // accepted, or why not: as the API's code
	Answer      hold.Answer      `json:"answer,omitempty"`   // as judged
	Standing    hold.Answer      `json:"standing,omitempty"` // what stands
	Decision    *hold.Decision   `json:"decision,omitempty"` // what stands
}

type noticeMsg struct {
	Type string       `json:"type"` // notice
	Kind string       `json:"kind"`
	Text string       `json:"text"`
	At   hold.Instant `json:"at"`
}

type callMsg struct {
	Type    string `json:"type"` // call
	Calling bool   `json:"calling"`
	Agent   string `json:"agent,omitempty"`   // their first name
	Number  string `json:"number,omitempty"`  // what the customer reads out
	RangIn  bool   `json:"rang_in,omitempty"` // the customer called us
	Checked bool   `json:"checked,omitempty"` // the number was read out, and was right
	Text    string `json:"text"`
}

type protectionMsg struct {
	Type       string          `json:"type"`                 // protection
	Protection *app.Protection `json:"protection,omitempty"` // absent: they are not frozen any more
}

type endMsg struct {
	Type   string `json:"type"` // session_ended, error
	Reason string `json:"reason"`
}

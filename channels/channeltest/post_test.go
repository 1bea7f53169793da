package channeltest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/channels"
	"holdfast/hold"
)

// post is a channel that Holdfast does not have: a letter with three codes, one an
// answer. It stands for whatever comes next, and nothing of it is anywhere but in
// these tests.
type post struct {
	key   []byte
	press *press
}

const byPost hold.Channel = "post"

var _ channels.Channel = post{}

func (post) Kind() hold.Channel { return byPost }

// code is what the letter says for an answer.
func (p post) code(c hold.Challenge, a hold.Answer) string {
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(string(c.ID) + " " + string(c.TxDigest) + " " + string(a)))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// Deliver has a letter printed, under the delivery's id.
func (p post) Deliver(_ context.Context, d channels.Delivery) (channels.Receipt, error) {
	if d.Hold == nil || d.Customer == nil {
		return channels.Receipt{}, &channels.DeliveryError{Class: channels.Permanent, Code: "nothing_to_write"}
	}
	l := letter{id: d.ID, to: d.Customer.Name, about: d.Hold.Request.Payee.Account, repeated: d.Repeated, codes: map[hold.Answer]string{}}
	for _, a := range answers {
		l.codes[a] = p.code(d.Challenge, a)
	}
	switch status := p.press.print(l); status {
	case http.StatusOK:
		return channels.Receipt{ProviderID: d.ID}, nil
	case http.StatusTooManyRequests:
		return channels.Receipt{}, &channels.DeliveryError{Class: channels.Throttled, Code: "press_busy", RetryAfter: time.Second}
	case http.StatusServiceUnavailable:
		return channels.Receipt{}, &channels.DeliveryError{Class: channels.Retryable, Code: "press_away"}
	}
	return channels.Receipt{}, &channels.DeliveryError{Class: channels.Permanent, Code: "no_such_address"}
}

var answers = []hold.Answer{hold.Approve, hold.Deny, hold.NotMe}

// Judge takes a code of the letter for the answer that it stands for.
func (p post) Judge(c hold.Challenge, a channels.Answer) (hold.Verdict, error) {
	if c.Channel == byPost && c.HoldID == a.Hold.ID && c.TxDigest == a.Hold.TxDigest {
		for _, said := range answers {
			if hmac.Equal([]byte(p.code(c, said)), []byte(a.Proof)) {
				return hold.Verdict{Answer: said, UV: hold.UVNone}, nil
			}
		}
	}
	return hold.Verdict{Refusal: hold.CodeIncorrect}, nil
}

// letter is what was printed.
type letter struct {
	id, to, about string
	repeated      bool
	codes         map[hold.Answer]string
}

// press is the print shop: it answers with what it is told to, in turn, and then
// takes everything.
type press struct {
	mu       sync.Mutex
	statuses []int
	letters  []letter
	asked    int
}

func (p *press) print(l letter) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if len(p.statuses) > 0 {
		status := p.statuses[0]
		p.statuses = p.statuses[1:]
		return status
	}
	p.letters = append(p.letters, l)
	return http.StatusOK
}

func (p *press) printed() []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.letters)
}

func newPost(statuses ...int) post {
	return post{key: []byte(strings.Repeat("k", 32)), press: &press{statuses: statuses}}
}

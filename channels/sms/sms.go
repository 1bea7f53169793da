// Package sms is the channel by text message: a challenge is answered by a code
// that was sent to a number of the bank's record (PSD2 RTS Art. 7: possession
// of the SIM; NIST SP 800-63B: a restricted authenticator), or refused by a
// word. Codes are derived and never stored. It knows nothing of SQL, Temporal
// or other channels.
package sms

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/locales"
	"holdfast/messages"
	"holdfast/twilio"
)

// Config is what the channel needs.
type Config struct {
	Account *twilio.Account
	Keys    Keys
	Sender  messages.Sender
	// Callback is where the provider tells the status of a text, without the
	// text's id at its end: https://…/status/
	Callback string
	Link     func(id hold.ChallengeID, n int) string // of a face check; nil: none
	Lookups  bool                                    // ask for SIM swap and line type before each text
	Digits   int                                     // of a code; 0: the most there are
	Amounts  []hold.Money                            // the largest that a text may ask about
	Now      func() time.Time                        // nil: the machine's
}

// Channel is SMS.
type Channel struct{ Config }

var _ channels.Channel = (*Channel)(nil)

// New makes the channel. It refuses a sender for whom the longest text would not fit:
// with the digits that codes have, and the largest amounts that texts ask about.
func New(c Config) (*Channel, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Digits == 0 {
		c.Digits = MaxDigits
	}
	ch := &Channel{c}
	return ch, ch.Fits(c.Amounts)
}

// Fits is nil when every text about the amounts can be written.
func (c *Channel) Fits(amounts []hold.Money) error {
	if c.Sender.Bank == "" || c.Sender.Host == "" {
		return errors.New("bank_name and sms_host: texts want both")
	}
	for _, amount := range append(amounts, hold.Money{Minor: 1, Currency: "EUR"}) {
		for _, locale := range append([]string{locales.Source}, locales.Current().Tags()...) {
			longest := hold.Text{Kind: hold.TextReminder, Locale: locale, Hold: hold.Hold{Request: hold.Request{Amount: amount,
				Payee: hold.Payee{Account: "DE000000"}}}}
			if _, err := messages.SMS(c.Sender, longest, strings.Repeat("0", c.Digits)); err != nil {
				return fmt.Errorf("bank_name and sms_host: want shorter ones: a text in %s about %s would not fit%s", locale, messages.Amount(amount),
					c.foreign())
			}
		}
	}
	return nil
}

// foreign names the letter that makes texts long.
func (c *Channel) foreign() string {
	name, advice := c.Sender.Bank, ", or set sms_latin, or a higher sms_segments"
	if c.Sender.Latin {
		name, advice = messages.Latin(name), ", or set a higher sms_segments"
	}
	if r := messages.Foreign(name); r != 0 {
		return fmt.Sprintf(", for “%c” (%U) of bank_name is no letter of GSM-7: write it without%s", r, r, advice)
	}
	return ""
}

// Kind is sms.
func (*Channel) Kind() hold.Channel { return hold.SMS }

// Judge tells whether a code is the challenge's. It says code_incorrect for
// anything else and nothing more. Counting comes before it.
func (c *Channel) Judge(ch hold.Challenge, a channels.Answer) (hold.Verdict, error) {
	if ch.Channel != hold.SMS || ch.HoldID != a.Hold.ID {
		return hold.Verdict{}, errors.New("judge sms: challenge of another channel or hold")
	}
	code, err := c.Keys.Code(ch)
	if err != nil {
		return hold.Verdict{}, err
	}
	if !hmac.Equal([]byte(code), []byte(a.Proof)) {
		return hold.Verdict{Refusal: hold.CodeIncorrect}, nil
	}
	return hold.Verdict{Answer: hold.Approve, UV: hold.UVNone}, nil
}

// Agrees tells whether a code is that of a contact's question. Counting comes before it.
// Whose key is gone, nobody can agree to any more: they are named anew.
func (c *Channel) Agrees(q hold.ContactQuestion, code string) bool {
	want, err := c.Keys.ContactCode(q)
	return err == nil && hmac.Equal([]byte(want), []byte(code))
}

// body writes the text with its code.
func (c *Channel) body(t hold.Text) (string, error) {
	code := ""
	if t.Kind == hold.TextContactAsked {
		var err error
		if code, err = c.Keys.ContactCode(t.Asked); err != nil {
			return "", err
		}
	} else if t.Kind.Asks() && t.Challenge.Channel == hold.FaceLink {
		if c.Link == nil || t.Link == 0 {
			return "", errors.New("a text with a link, and links are not configured")
		}
		code = c.Link(t.Challenge.ID, t.Link)
	} else if t.Kind.Asks() {
		var err error
		if code, err = c.Keys.Code(t.Challenge); err != nil {
			return "", err
		}
	}
	return messages.SMS(c.Sender, t, code)
}

// Deliver sends a text once.
func (c *Channel) Deliver(ctx context.Context, d channels.Delivery) (channels.Receipt, error) {
	if d.Text == nil {
		return channels.Receipt{}, permanent("no_text")
	}
	body, err := c.body(*d.Text)
	if err != nil {
		return channels.Receipt{}, permanent("unwritable")
	}
	sid, err := c.Account.Send(ctx, twilio.Message{To: d.Text.Number, Body: body, Callback: c.Callback + d.Text.ID, Valid: d.Text.Left})
	if err != nil {
		return channels.Receipt{}, classify(err)
	}
	return channels.Receipt{ProviderID: sid}, nil
}

// Find looks whether the provider has a text that a try before may have sent.
// An empty receipt: it has none.
func (c *Channel) Find(ctx context.Context, t hold.Text) (channels.Receipt, error) {
	body, err := c.body(t)
	if err != nil {
		return channels.Receipt{}, permanent("unwritable")
	}
	sid, err := c.Account.Find(ctx, t.Number, body, t.CreatedAt.Time(), t.Known)
	if err != nil {
		fault := classify(err)
		if fault.Class == channels.Ambiguous { // asking changes nothing
			fault.Class = channels.Retryable
		}
		return channels.Receipt{}, fault
	}
	return channels.Receipt{ProviderID: sid}, nil
}

// Trust looks a number up: "" when a text may go there, else why not. A look-up
// that fails is tried once more and then says that it is unknown.
func (c *Channel) Trust(ctx context.Context, t hold.Text) hold.TextFault {
	if !c.Lookups {
		return ""
	}
	line, err := c.Account.Lookup(ctx, t.Number)
	if err != nil {
		line, err = c.Account.Lookup(ctx, t.Number)
	}
	swapped, known := line.SwappedWithin(time.Duration(t.Rules.SMS.SIMSwapAge), c.Now())
	switch {
	case err == nil && swapped:
		return hold.FailSIMSwapped
	case err == nil && line.Type != "" && !mobiles[line.Type]:
		return hold.FailLineType
	case (err != nil || !known || line.Type == "") && !t.Rules.SMS.AllowUnknown:
		return hold.FailTrustUnknown
	}
	return ""
}

func permanent(code string) error {
	return &channels.DeliveryError{Class: channels.Permanent, Code: code}
}

func classify(err error) *channels.DeliveryError {
	var t *twilio.Error
	if !errors.As(err, &t) {
		return &channels.DeliveryError{Class: channels.Ambiguous, Code: "unexpected"}
	}
	class, ok := map[twilio.Class]channels.DeliveryClass{twilio.NotSent: channels.Retryable, twilio.Ambiguous: channels.Ambiguous,
		twilio.Throttled: channels.Throttled, twilio.Refused: channels.Permanent}[t.Class]
	if !ok {
		panic(fmt.Sprintf("a new class of Twilio's errors: %s", t.Class))
	}
	return &channels.DeliveryError{Class: class, Code: fault(t.Code), RetryAfter: t.RetryAfter}
}

package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

const (
	maxPushesHold     = 3 // design: 3 pushes a hold
	maxPushesCustomer = 5 // and 5 an hour without an answer
	pushWindow        = time.Hour
)

// Why a challenge is undeliverable.
const (
	causeNotConfigured = "channel_not_configured"
	causeNoDevice      = "no_eligible_device"
	causePushLimit     = "push_limit"
	causeQuietHours    = "quiet_hours"
	causeFrozen        = "frozen"
	causeMule          = "payee_mule"
)

// OpenRung opens a rung of the ladder: one challenge a channel, unique by
// hold, revision, rung and channel. A rung that nobody can be reached on is
// left by its edge in the same transaction. Revision 0 is a first look: it
// opens what is due and resumes what is open. A rung that was opened before is
// not opened again. It is for the workflows that were open before there was Finish.
func (s *Store) OpenRung(ctx context.Context, id hold.ID, revision, rung int, r hold.Rules) (p hold.Progress, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, err := t.fetch(id)
		if err != nil {
			return err
		}
		p, err = t.openRung(&l, revision, rung, r)
		return err
	})
	return p, err
}

func (t *tx) openRung(l *hold.Standing, revision, rung int, r hold.Rules) (hold.Progress, error) {
	switch {
	case l.Status.Decided():
		return l.Over(), nil
	case revision != 0 && revision != l.Revision:
		return hold.Progress{State: hold.Stale, Revision: l.Revision, Rung: l.Rung}, nil
	}
	for {
		step, err := t.walk(l)
		switch {
		case err != nil:
			return hold.Progress{}, err
		case step.Do == hold.DoDecide:
			// Conclude decides: one function, one way.
			return hold.Progress{State: hold.Waiting, Revision: l.Revision, Rung: l.Rung}, nil
		case step.Do == hold.DoWait:
			t.rouse(*l, r)
			return t.wait(*l, step.Until)
		}
		if err := t.open(l, step.Rung, r); err != nil {
			return hold.Progress{}, err
		}
	}
}

// open opens one rung.
func (t *tx) open(l *hold.Standing, rung int, r hold.Rules) error {
	var seen []hold.DeviceID
	var pushes int
	if !l.Terms.Ladder.Rungs[rung].ByCall() { // a call goes to no device
		if err := t.together(seenOf(&seen, *l), unanswered(&pushes, *l)); err != nil {
			return err
		}
	}
	if err := t.pose(l, rung, seen, pushes, r, func(c asked) error { return t.ask(*l, c, r) }); err != nil {
		return err
	}
	t.setHold(l.ID, []string{"rung", "rung_opened_at", "rung_first_ends_at", "rung_ends_at", "look_at"},
		l.Rung, l.RungOpenedAt, l.RungFirstEndsAt, l.RungEndsAt, l.LookAt)
	return nil
}

// asked is a question of a rung that is being opened.
type asked struct {
	hold.Challenge
	ask   hold.Ask
	phone *hold.Phone // that it goes to, if it goes to one
}

// pose opens a rung for a customer of whom is known which devices have a socket, and
// how many pushes nobody answered. It writes nothing itself: each of its questions it
// gives to put, before it judges the next, which may go to the same number.
func (t *tx) pose(l *hold.Standing, rung int, seen []hold.DeviceID, pushes int, r hold.Rules, put func(asked) error) error {
	terms := l.Terms.Ladder.Rungs[rung]
	online, _ := connected(*l, seen)
	pushOnly := true
	for _, ask := range terms.Asks {
		phone, cause, err := t.undeliverable(*l, ask, pushes, r)
		if err != nil {
			return err
		}
		c := question(*l, rung, ask, phone, r)
		if cause != "" {
			c.Status, c.Cause, c.ClosedAt = hold.Undeliverable, cause, l.Now
		} else if ask.Way() != hold.WayApp {
			pushOnly = false
		}
		l.Challenges = append(l.Challenges, c)
		if err := put(asked{c, ask, phone}); err != nil {
			return err
		}
	}
	call := hold.Instant(0)
	if first := queue.FirstCall(*l).Ready; first > l.Now && slices.ContainsFunc(l.Challenges, func(c hold.Challenge) bool {
		return c.Rung == rung && c.Revision == l.Revision && c.Channel == hold.Callback && c.Status == hold.Open
	}) {
		call = first.Add(queue.Promised) // nobody is called before that
	}
	l.Rung, l.RungOpenedAt, l.RungFirstEndsAt = rung, l.Now, 0
	l.Received, l.Busy = false, 0
	if online == 0 && pushOnly && r.OfflineWait < time.Duration(terms.Timeout) {
		l.RungFirstEndsAt = l.Now.Add(r.OfflineWait)
	}
	l.RungEndsAt = l.RungOpens(rung, l.Now, call)
	l.LookAt = l.Now
	if step := l.Walk(); step.Do == hold.DoWait {
		l.LookAt = step.Until
	}
	t.publish(string(l.Request.CustomerID))
	return nil
}

// connected counts the customer's devices in use with and without a socket.
func connected(l hold.Standing, seen []hold.DeviceID) (online, offline int) {
	for _, d := range l.Customer.Devices {
		switch {
		case d.RevokedAt != 0:
		case slices.Contains(seen, d.ID):
			online++
		default:
			offline++
		}
	}
	return online, offline
}

// seenOf reads which of the customer's devices have a socket.
func seenOf(seen *[]hold.DeviceID, l hold.Standing) statement {
	return some(seen, connectedDevices, l.Now.Add(-freshFor), l.Now.Add(-freshFor), l.Customer.ID)
}

// inVain are the pushes since then that nobody answered.
const inVain = `channel = 'push' AND status <> 'undeliverable' AND answer = '' AND opened_at > ?`

// unanswered counts the customer's pushes of the last hour that nobody answered.
func unanswered(n *int, l hold.Standing) statement {
	return one(n, `SELECT COUNT(*) FROM challenges WHERE customer_id = ? AND `+inVain, l.Customer.ID, l.Now.Add(-pushWindow))
}

// ask puts a question on record, open or undeliverable. The hold's row is there.
func (t *tx) ask(l hold.Standing, c asked, r hold.Rules) error {
	t.later(`INSERT INTO challenges (id, hold_id, customer_id, revision, rung, channel, status, cause, nonce,
		tx_digest, min_uv, opened_at, expires_at, closed_at, number_id, key_id, digits)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.HoldID, c.CustomerID, c.Revision, c.Rung, c.Channel, c.Status, c.Cause, c.Nonce,
		c.TxDigest, c.MinUV, c.OpenedAt, c.ExpiresAt, c.ClosedAt, c.NumberID, c.KeyID, c.Digits)
	if c.phone != nil && c.Channel == hold.FaceLink {
		_, _, why, err := t.newLink(l, c.Challenge, true, r.Link)
		if err == nil && why != "" {
			err = fmt.Errorf("the link of a new question: %s", why)
		}
		if err != nil {
			return err
		}
	}
	if c.phone != nil {
		if err := t.addText(hold.TextChallenge, l.Customer.ID, *c.phone, l.ID, c.ID, l.Terms.ContactRules(), l.Now,
			min(c.ExpiresAt, l.Deadline)); err != nil {
			return err
		}
	}
	if c.Channel == hold.Callback && c.Status == hold.Open {
		if err := t.openTask(l, c.Challenge, c.ask); err != nil {
			return err
		}
	}
	kind := "challenge.opened"
	body := map[string]any{"challenge_id": c.ID, "channel": c.Channel, "revision": c.Revision, "rung": c.Rung, "tx_digest": c.TxDigest}
	if c.Status == hold.Undeliverable {
		kind, body["cause"] = "challenge.undeliverable", c.Cause
		t.count("undeliverable_" + string(c.Channel) + "_" + c.Cause)
	}
	if c.phone != nil {
		body["number_id"] = c.phone.ID
	}
	return t.entry(string(l.ID), kind, ActorSystem, l.Now, body)
}

// question is what is asked, as it is put on record. Phone is where it goes, if it
// goes to one.
func question(l hold.Standing, rung int, ask hold.Ask, phone *hold.Phone, r hold.Rules) hold.Challenge {
	c := hold.Challenge{ID: hold.ChallengeID(NewID("chal")), HoldID: l.ID, CustomerID: l.Request.CustomerID,
		Revision: l.Revision, Rung: rung, Channel: ask.Channel, Status: hold.Open, Nonce: NewNonce(),
		TxDigest: l.TxDigest, MinUV: cmp.Or(ask.MinUV, hold.UVNone), OpenedAt: l.Now}
	if life := ask.QuestionLife(); life > 0 {
		c.ExpiresAt = l.Now.Add(time.Duration(life))
	}
	if phone != nil {
		c.NumberID = phone.ID
	}
	if phone != nil && c.Channel == hold.SMS {
		c.KeyID, c.Digits = r.SMS.KeyID, r.SMS.Digits
	}
	return c
}

// undeliverable says why the customer cannot be asked on a channel now. Empty
// means that it can be tried; for SMS, on the phone.
func (t *tx) undeliverable(l hold.Standing, ask hold.Ask, pushes int, r hold.Rules) (phone *hold.Phone, cause string, err error) {
	switch {
	case !slices.Contains(r.Channels, ask.Channel):
		return nil, causeNotConfigured, nil
	case l.Customer.FrozenAt != 0 && ask.Channel != hold.Callback:
		return nil, causeFrozen, nil
	case l.Mule() && ask.Channel != hold.Callback:
		return nil, causeMule, nil
	case l.Now < l.NotBefore && ask.Channel != hold.Callback:
		return nil, causeWait, nil
	case ask.NotBetween != nil && ask.NotBetween.Contains(l.Now.MinuteOfDay(l.Customer.Zone())):
		return nil, causeQuietHours, nil
	case ask.Channel == hold.Push:
		return nil, pushUndeliverable(l, pushes), nil
	case ask.Channel == hold.SMS:
		return t.smsUndeliverable(l, r)
	case ask.Channel == hold.Callback:
		return nil, callbackUndeliverable(l), nil
	case ask.Channel == hold.FaceLink:
		return t.faceUndeliverable(l, ask, pushes, r)
	}
	return nil, "", nil
}

func pushUndeliverable(l hold.Standing, pushes int) string {
	eligible := slices.ContainsFunc(l.Customer.Devices, func(d hold.Device) bool { return hold.MayApprove(l.Hold, d) == "" })
	if !eligible {
		return causeNoDevice
	}
	ofHold := 0
	for _, c := range l.Challenges {
		if c.Channel == hold.Push && c.Status != hold.Undeliverable {
			ofHold++
		}
	}
	if ofHold >= maxPushesHold || pushes >= maxPushesCustomer {
		return causePushLimit
	}
	return ""
}

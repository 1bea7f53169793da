package store

import (
	"context"
	"slices"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
)

// ReplySaid is what a text from a customer means.
type ReplySaid string

const (
	ReplyCode    ReplySaid = "code"
	ReplyNo      ReplySaid = "no"
	ReplyFreeze  ReplySaid = "freeze"
	ReplyStop    ReplySaid = "stop"
	ReplyStart   ReplySaid = "start"
	ReplyUnclear ReplySaid = "unclear"
)

// Reply is a text from a number, signed by the provider. That its sender is
// true nobody can say: it may refuse, and with a code approve, and never
// freezes. Rules are for the text that answers it.
type Reply struct {
	SID   string
	Forms []string // the number it came from, in each way that networks write it (E.164)
	Said  ReplySaid
	Judge func(h hold.Hold, c hold.Challenge, now hold.Instant) (hold.Verdict, error)
	Rules hold.ContactRules
	// Contact tells whether its code is a contact's; nil: there are no codes.
	Contact func(q hold.ContactQuestion) bool
}

// callUsEvery is how often a number gets "please call us" at most.
const callUsEvery = 24 * time.Hour

// replyPriority is that of somebody to call because of a reply, which anybody
// can forge.
const replyPriority = 300

// Reply takes a reply, once: the provider's id of the text tells repeats.
func (s *Store) Reply(ctx context.Context, r Reply) (out hold.Taken, err error) {
	err = s.update(ctx, func(t *tx) error { out, err = t.reply(r); return err })
	return out, err
}

func (t *tx) reply(r Reply) (hold.Taken, error) {
	ids, err := t.numbersOf(r.Forms)
	if err != nil || len(ids) == 0 {
		return hold.TakenUnknown, err
	}
	asked, owners, named, now, err := t.fetchNumbers(ids)
	if err != nil {
		return "", err
	}
	id := ids[0]
	for _, c := range owners { // where an old record has two rows, by the one that is somebody's
		if i := slices.IndexFunc(ids, func(id string) bool { return c.Phone(id) != nil }); i > 0 {
			id = ids[i]
		}
	}
	if len(owners)+len(named) == 0 && r.Said != ReplyStop && r.Said != ReplyStart {
		return hold.TakenUnknown, nil // a number that was somebody's once
	}
	n, err := t.exec(`INSERT INTO replies (sid, number_id, said, at) VALUES (?, ?, ?, ?) ON CONFLICT (sid) DO NOTHING`, r.SID, id, r.Said, now)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return hold.TakenBefore, nil
	}
	t.count("reply_" + string(r.Said))
	switch {
	case r.Said == ReplyStop, r.Said == ReplyStart:
		return hold.TakenUp, t.optOut(id, owners, asked, r.Said == ReplyStop, now)
	case r.Said == ReplyFreeze:
		return hold.TakenUp, t.saysFreeze(id, line{ids, owners, asked, named}, r, now)
	case r.Said == ReplyNo:
		if meant, err := t.saysNo(ids, owners, asked, named, now); err != nil || meant {
			return hold.TakenUp, err
		}
	case r.Said == ReplyCode:
		if right, err := t.agrees(named, r, now); err != nil || right {
			return hold.TakenUp, err
		}
	}
	if len(owners) == 0 { // no customer's number: nobody is called, and nothing is sent
		return hold.TakenUp, nil
	}
	asked = slices.DeleteFunc(asked, func(a askedBy) bool { return a.Late(*a.challenge) != hold.AnswerAccepted })
	if r.Said == ReplyUnclear || len(asked) == 0 {
		return hold.TakenUp, t.callUs(id, owners, asked, r, now)
	}
	compared := false
	for i := range asked {
		looked, err := t.replyTo(&asked[i], r)
		if err != nil {
			return "", err
		}
		compared = compared || looked
	}
	if !compared { // too many were tried: whoever it is, we cannot use it
		return hold.TakenUp, t.callUs(id, owners, asked, r, now)
	}
	return hold.TakenUp, nil
}

// replyNo refuses every hold that a text to the number asked about and that
// waits, whatever has become of the question since.
func (t *tx) replyNo(asked []askedBy) error {
	said := map[hold.ID]bool{}
	for i := len(asked) - 1; i >= 0; i-- { // by what was asked last
		a := &asked[i]
		if said[a.ID] || a.Takes(*a.challenge, hold.Deny) != hold.AnswerAccepted {
			continue
		}
		said[a.ID] = true
		if err := t.stands(&a.Standing, a.challenge, Attempt{Via: "reply"}, hold.Verdict{Answer: hold.Deny, UV: hold.UVNone}); err != nil {
			return err
		}
	}
	return nil
}

// askedBy is a challenge on a number with its hold, which waits, locked.
type askedBy struct {
	hold.Standing
	challenge *hold.Challenge
}

// numbersOf finds the rows of a line, by its forms.
func (t *tx) numbersOf(forms []string) (ids []string, err error) {
	return ids, t.in(&ids, `SELECT id FROM numbers WHERE number IN (?) ORDER BY id`, forms)
}

// fetchNumbers locks every waiting hold that a line was asked about, then its
// customers, those who named somebody by it, and its rows, each in order, and reads
// them.
func (t *tx) fetchNumbers(ids []string) (asked []askedBy, owners []hold.Customer, named []contacts.Contact, now hold.Instant, err error) {
	var held []hold.ID
	if err = t.in(&held, `SELECT DISTINCT c.hold_id FROM challenges c JOIN holds h ON h.id = c.hold_id WHERE h.status = 'held'
		AND c.status <> 'undeliverable' AND c.number_id IN (?) ORDER BY c.hold_id`, ids); err != nil {
		return nil, nil, nil, 0, err
	}
	var who []hold.CustomerID
	if err = t.in(&who, `SELECT DISTINCT customer_id FROM phones WHERE number_id IN (?) ORDER BY customer_id`, ids); err != nil {
		return nil, nil, nil, 0, err
	}
	if now, err = t.now(); err != nil {
		return nil, nil, nil, 0, err
	}
	var askers []hold.CustomerID
	if err = t.in(&askers, `SELECT DISTINCT customer_id FROM contacts WHERE accepted_at = 0 AND removed_at = 0 AND number_id IN (?)
		AND named_at > ? ORDER BY customer_id`, ids, now.Add(-contacts.AskLife)); err != nil {
		return nil, nil, nil, 0, err
	}
	all, err := t.lockAll(held, append(askers, who...))
	if err != nil {
		return nil, nil, nil, 0, err
	}
	for _, c := range who {
		owners = append(owners, all.customers[c])
	}
	if err = t.lockNumbers(ids); err != nil {
		return nil, nil, nil, 0, err
	}
	if now, err = t.now(); err != nil {
		return nil, nil, nil, 0, err
	}
	if named, err = t.questionsTo(ids, all.customers, now); err != nil {
		return nil, nil, nil, 0, err
	}
	for _, l := range all.holds {
		if l.Status.Decided() {
			continue
		}
		l.Now = now
		if err = t.read(&l); err != nil {
			return nil, nil, nil, 0, err
		}
		for j := range l.Challenges {
			// A number that is not theirs any more answers nothing.
			if c := &l.Challenges[j]; slices.Contains(ids, c.NumberID) && l.Customer.Phone(c.NumberID) != nil && c.Channel != hold.Callback &&
				c.Status != hold.Undeliverable {
				asked = append(asked, askedBy{l, c})
			}
		}
	}
	return asked, owners, named, now, nil
}

// replyTo holds a reply against one open challenge, and tells whether it was
// looked at: a code is not when too many were tried.
func (t *tx) replyTo(a *askedBy, r Reply) (bool, error) {
	by := Attempt{Via: "reply"}
	if a.challenge.Status != hold.Open {
		return true, nil // closed by this very reply
	}
	if a.challenge.Channel != hold.SMS { // a link has no code
		return false, nil
	}
	var missed int
	if err := t.get(&missed, `SELECT COUNT(*) FROM misses WHERE number_id = ? AND source = 'reply'
		AND at > ?`, a.challenge.NumberID, a.Now.Add(-hold.MissWindow)); err != nil {
		return false, err
	}
	if !a.Status.Decided() && a.MayPay(*a.challenge, a.Now) != "" { // spends no try
		return false, nil
	}
	if a.challenge.ReplyTries >= hold.MaxReplyTries || missed >= hold.MaxReplyMisses {
		t.count("reply_tries_spent")
		return false, nil
	}
	if _, err := t.exec(`UPDATE challenges SET attempts = attempts + 1, reply_tries = reply_tries + 1
		WHERE id = ?`, a.challenge.ID); err != nil {
		return false, err
	}
	a.challenge.Attempts, a.challenge.ReplyTries = a.challenge.Attempts+1, a.challenge.ReplyTries+1
	j, err := r.Judge(a.Hold, *a.challenge, a.Now)
	switch {
	case err != nil:
		return false, err
	case j.Refusal != "":
		if err := t.miss(&a.Standing, a.challenge, "reply"); err != nil {
			return false, err
		}
		return true, t.refused(a.Standing, *a.challenge, by, j.Refusal)
	}
	return true, t.stands(&a.Standing, a.challenge, by, j)
}

// optOut marks a number that wants no more texts, or wants them again. It is
// never an answer.
func (t *tx) optOut(id string, owners []hold.Customer, asked []askedBy, out bool, now hold.Instant) error {
	at, kind := hold.Instant(0), "number.opted_in"
	if out {
		at, kind = now, "number.opted_out"
	}
	if _, err := t.exec(`UPDATE numbers SET opted_out_at = ? WHERE id = ?`, at, id); err != nil {
		return err
	}
	for _, c := range owners {
		if err := t.entry("customer:"+string(c.ID), kind, ActorCustomer, now, map[string]any{"number_id": id}); err != nil {
			return err
		}
	}
	if !out {
		return nil
	}
	for _, a := range asked {
		if err := t.giveUp([]hold.Challenge{*a.challenge}, causeOptedOut, now); err != nil {
			return err
		}
	}
	return nil
}

// callUs answers what nobody can use with "please call us", once a day, and
// puts it on record, once a question, for whoever calls the customer.
func (t *tx) callUs(id string, owners []hold.Customer, asked []askedBy, r Reply, now hold.Instant) error {
	for _, c := range owners { // whoever has the number is called
		if err := t.looseTask(c, "reply", replyPriority, now); err != nil {
			return err
		}
	}
	body := map[string]any{"number_id": id, "said": r.Said}
	for _, a := range asked {
		var before int
		if err := t.get(&before, `SELECT COUNT(*) FROM replies WHERE number_id = ? AND said = 'unclear'
			AND at >= ?`, id, a.challenge.OpenedAt); err != nil {
			return err
		}
		if before > 1 { // this one, and one before
			continue
		}
		if err := t.entry(string(a.ID), "reply.unclear", ActorCustomer, now, body); err != nil {
			return err
		}
	}
	var before int
	if err := t.get(&before, `SELECT COUNT(*) FROM texts WHERE number_id = ? AND kind = 'call_us'
		AND created_at > ?`, id, now.Add(-callUsEvery)); err != nil || before > 0 {
		return err
	}
	if len(asked) == 0 {
		for _, c := range owners {
			if err := t.entry("customer:"+string(c.ID), "reply.unclear", ActorCustomer, now, body); err != nil {
				return err
			}
		}
	}
	return t.addText(hold.TextCallUs, owners[0].ID, *owners[0].Phone(id), "", "", r.Rules, now, now.Add(noticeLife))
}

// WebhookRefused puts a forged or replayed webhook on record. Callers bound
// how often they tell.
func (s *Store) WebhookRefused(ctx context.Context, provider, route, why string) error {
	return s.webhook(ctx, "webhook.refused", provider, route, why)
}

// WebhookUnmatched puts a webhook on record that is signed, and about nothing
// that we know: a customer may have meant something by it. Bounded like those.
func (s *Store) WebhookUnmatched(ctx context.Context, provider, route, why string) error {
	return s.webhook(ctx, "webhook.unmatched", provider, route, why)
}

func (s *Store) webhook(ctx context.Context, kind, provider, route, why string) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		return t.entry("provider:"+provider, kind, ActorSystem, now, map[string]any{"route": route, "why": why})
	})
}

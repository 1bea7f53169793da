package store

import (
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// The limits of texts, each a row or a count of rows under a lock.
const (
	maxTextsHold   = 3 // with a code
	maxTextsNumber = 3 // with a code, in numberWindow
	numberWindow   = 10 * time.Minute
	resendAfter    = time.Minute
	// Toll fraud: of the last 50 texts to a prefix that had two minutes to be
	// answered, at least a fifth were, or the prefix gets no more for an hour.
	unansweredOf     = 50
	unansweredAtMost = 0.2
	unansweredGrace  = 2 * time.Minute
	unansweredWindow = time.Hour
)

// Why a number gets no text.
const (
	causeCeiling          = "amount_ceiling"
	causeNoNumber         = "no_number"
	causeNumberYoung      = "number_too_young"
	causeNumberGone       = "number_gone"
	causeUnusable         = "number_unusable"
	causeCountry          = "country_refused"
	causeLine             = string(hold.FailLineType)
	causeTrustUnknown     = string(hold.FailTrustUnknown)
	causeOptedOut         = string(hold.FailOptedOut)
	causeTextsHold        = "text_limit"
	causeTextsNumber      = "number_limit"
	causeMisses           = "miss_limit"
	causePrefixHourly     = "prefix_limit"
	causePrefixUnanswered = "prefix_unanswered"
)

// untrusted is the trust gate for one number at one time, as far as our own
// record tells: "" when something may be sent there. since is what the number's
// age is counted to.
func untrusted(c hold.Customer, p *hold.Phone, r hold.ContactRules, at hold.Instant, lookups bool) string {
	switch {
	case c.FrozenAt != 0:
		return causeFrozen
	case p == nil:
		return causeNumberGone
	case p.UnusableAt != 0:
		return causeUnusable
	case p.Since.Add(time.Duration(r.MinAge)) > at:
		return causeNumberYoung
	case !slices.Contains(r.SMS.Countries, p.Country):
		return causeCountry
	case p.OptedOutAt != 0:
		return causeOptedOut
	case p.Line == hold.LineUnknown:
		if !lookups && !r.SMS.AllowUnknown {
			return causeTrustUnknown
		}
	case p.Line != hold.LineMobile:
		return causeLine
	}
	return ""
}

// uncallable is the trust gate for a call: a freeze does not keep us from
// calling, nor does an opt-out of texts, and a fixed line rings as well.
func uncallable(p *hold.Phone, r hold.ContactRules, at hold.Instant) string {
	switch {
	case p == nil:
		return causeNumberGone
	case p.UnusableAt != 0:
		return causeUnusable
	case p.Since.Add(time.Duration(r.MinAge)) > at:
		return causeNumberYoung
	case p.Country == "":
		return causeCountry
	case p.Line == hold.LineVoIP, p.Line == hold.LineOther:
		return causeLine
	}
	return ""
}

// callbackUndeliverable says why nobody can call the customer about a hold.
func callbackUndeliverable(l hold.Standing) string {
	cause := noneCallable(l)
	if cause == "" && queue.FirstCall(l).Ready >= l.Deadline {
		return causeQuietHours
	}
	return cause
}

// noneCallable says why none of the customer's numbers may be called about a
// hold, by the first; "" means that one may.
func noneCallable(l hold.Standing) string {
	why := causeNoNumber
	for i := range l.Customer.Phones {
		cause := uncallable(&l.Customer.Phones[i], l.Terms.ContactRules(), l.AcceptedAt)
		if cause == "" {
			return ""
		}
		if i == 0 {
			why = cause
		}
	}
	return why
}

// smsUndeliverable chooses the number to ask on, or says why there is none.
// The customer's row is locked.
func (t *tx) smsUndeliverable(l hold.Standing, r hold.Rules) (*hold.Phone, string, error) {
	ceiling, ok := l.Terms.SMS.Ceilings[l.Request.Amount.Currency]
	if !ok || l.Request.Amount.Minor > ceiling {
		return nil, causeCeiling, nil
	}
	if missed, err := t.misses(l, hold.Challenge{}); err != nil || missed.Left() == 0 { // nobody could use the code
		return nil, causeMisses, err
	}
	return t.numberToAsk(l, r)
}

// numberToAsk chooses the number that a text with a code or a link goes to.
func (t *tx) numberToAsk(l hold.Standing, r hold.Rules) (*hold.Phone, string, error) {
	if texts, _, err := t.textsAsking(hold.Challenge{HoldID: l.ID}); err != nil || texts >= maxTextsHold {
		return nil, causeTextsHold, err
	}
	why := causeNoNumber
	for i := range l.Customer.Phones {
		p := &l.Customer.Phones[i]
		cause := untrusted(l.Customer, p, l.Terms.ContactRules(), l.AcceptedAt, r.SMS.Lookups)
		if cause == "" {
			var err error
			if cause, err = t.numberSpent(*p, l.Now, r.SMS.PrefixHourly); err != nil || cause == "" {
				return p, cause, err
			}
		}
		if i == 0 {
			why = cause
		}
	}
	return nil, why, nil
}

// numberSpent locks the number and counts: texts to it, then texts to its
// prefix. The last counts this one.
func (t *tx) numberSpent(p hold.Phone, now hold.Instant, hourly int) (string, error) {
	if limited, err := t.numberLimited(p.ID, now); err != nil || limited {
		return causeTextsNumber, err
	}
	if poor, err := t.prefixUnanswered(p.Prefix, now); err != nil || poor {
		return causePrefixUnanswered, err
	}
	counted, err := t.countPrefix(p.Prefix, now, hourly)
	if err != nil || !counted {
		return causePrefixHourly, err
	}
	return "", nil
}

func (t *tx) numberLimited(id string, now hold.Instant) (bool, error) {
	var one int
	if err := t.get(&one, `SELECT 1 FROM numbers WHERE id = ?`+t.lock("NO KEY UPDATE"), id); err != nil {
		return false, err
	}
	var n int
	err := t.get(&n, `SELECT COUNT(*) FROM texts WHERE number_id = ? AND created_at > ? AND kind IN ('challenge', 'reminder')
		AND status <> 'cancelled'`,
		id, now.Add(-numberWindow))
	return n >= maxTextsNumber, err
}

// prefixUnanswered is the breaker against toll fraud.
func (t *tx) prefixUnanswered(prefix string, now hold.Instant) (bool, error) {
	var n struct {
		All      int `db:"of_all"`
		Answered int `db:"answered"`
	}
	err := t.get(&n, `SELECT COUNT(*) AS of_all, COALESCE(SUM(answered), 0) AS answered FROM (
		SELECT CASE WHEN c.status = 'answered' THEN 1 ELSE 0 END AS answered FROM texts x JOIN challenges c ON c.id = x.challenge_id
		WHERE x.kind = 'challenge' AND x.prefix = ? AND x.created_at > ? AND x.sends > 0 AND (c.status = 'answered' OR x.created_at <= ?)
		ORDER BY x.created_at DESC LIMIT ?) AS latest`, prefix, now.Add(-unansweredWindow), now.Add(-unansweredGrace), unansweredOf)
	poor := n.All >= unansweredOf && float64(n.Answered) < unansweredAtMost*float64(n.All)
	if poor {
		t.count("toll_fraud_suspected")
	}
	return poor, err
}

// countPrefix counts a text to a prefix, unless the hour's bound is reached.
func (t *tx) countPrefix(prefix string, now hold.Instant, hourly int) (bool, error) {
	if hourly == 0 {
		return true, nil
	}
	if _, err := t.exec(`DELETE FROM prefix_hours WHERE prefix = ? AND hour < ?`, prefix, hours(now)); err != nil {
		return false, err
	}
	n, err := t.exec(`INSERT INTO prefix_hours (prefix, hour, texts) VALUES (?, ?, 1)
		ON CONFLICT (prefix, hour) DO UPDATE SET texts = prefix_hours.texts + 1 WHERE prefix_hours.texts < ?`, prefix, hours(now), hourly)
	if err == nil && n == 0 {
		t.count("prefix_limit_reached")
	}
	return n > 0, err
}

// Uncallable says why a number of the customer's gets no call about these
// holds; "" means that it may.
func Uncallable(p *hold.Phone, r hold.ContactRules, at hold.Instant) string {
	return uncallable(p, r, at)
}

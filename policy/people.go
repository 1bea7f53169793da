package policy

import (
	"regexp"
	"strconv"

	"holdfast/hold"

	"go.yaml.in/yaml/v3"
)

// maxAnswer is the longest time in which a complaint may be answered, in days.
const maxAnswer = 60

// defaultAnswer is how long the bank has to answer a complaint: PSD2 Article 101(2).
var defaultAnswer = hold.Days{N: 15, Business: true}

// howMuch is all, or nothing, of what a referral could tell whole.
type howMuch string

const (
	tellFull   howMuch = "full"
	tellMasked howMuch = "masked"
)

// referrals reads what is told whole, by whom it is told.
func (r *reader) referrals(p place) map[hold.Recipient]hold.Shown {
	out := map[hold.Recipient]hold.Shown{}
	fs := r.fields(p, string(hold.Police), string(hold.PayeeBank))
	for _, to := range hold.Recipients {
		if v, ok := fs[string(to)]; ok {
			out[to] = r.shown(v)
		}
	}
	return out
}

func (r *reader) shown(p place) hold.Shown {
	if p.node.Kind != yaml.SequenceNode {
		if all, _ := oneOf(r, p, tellFull, tellMasked); all == tellFull {
			return hold.ShownOf(hold.ReferralParts...)
		}
		return ""
	}
	var parts []hold.ReferralPart
	for _, at := range r.list(p) {
		part, _ := oneOf(r, at, hold.ReferralParts...)
		parts = append(parts, part)
	}
	return hold.ShownOf(parts...)
}

var daysPattern = regexp.MustCompile(`^([1-9][0-9]?) (business|calendar) days?$`)

// complaints reads within how long they are answered.
func (r *reader) complaints(p place) hold.Days {
	v, ok := r.need(p, r.fields(p, "answer_within"), "answer_within")
	if !ok {
		return defaultAnswer
	}
	text, ok := r.text(v, 32)
	if !ok {
		return defaultAnswer
	}
	m := daysPattern.FindStringSubmatch(text)
	if m == nil {
		r.fault(v, "must be a number of days such as 15 business days or 30 calendar days")
		return defaultAnswer
	}
	n, _ := strconv.Atoi(m[1])
	if n > maxAnswer {
		r.fault(v, "must be at most %d days", maxAnswer)
	}
	return hold.Days{N: n, Business: m[2] == "business"}
}

// Shown is what a referral tells whole; a recipient whom the policy does not name is
// told nothing whole.
func (p *Policy) Shown(to hold.Recipient) hold.Shown { return p.referrals[to] }

// AnswerWithin is how long the bank has to answer a complaint.
func (p *Policy) AnswerWithin() hold.Days { return p.answerWithin }

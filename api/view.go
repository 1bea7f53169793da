package api

import (
	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
)

// viewHold shows a hold to whoever may read it: the account masked, other
// people's text made safe.
func viewHold(h hold.Hold, asked []hold.Challenge) gen.Hold {
	q := h.Request
	v := gen.Hold{
		Id: h.ID, Status: h.Status, Revision: h.Revision, ClientId: h.ClientID, TransactionId: q.TransactionID, CustomerId: q.CustomerID,
		Kind: q.Kind, Amount: q.Amount, RequestedAt: q.RequestedAt, Risk: q.Risk, Metadata: q.Metadata,
		Deadline: h.Deadline, AcceptedAt: h.AcceptedAt, TxDigest: h.TxDigest, Decision: h.Decision,
		Challenges: []gen.Challenge{}, Settlement: settlement(h), Payee: maskedPayee(h),
		Locks: h.Locks(), LockAction: h.LockAction,
		Ladder: gen.LadderView{Name: h.Terms.Ladder.Name, Rule: h.Terms.Rule, PolicyVersion: h.Terms.PolicyVersion},
	}
	if !h.Status.Decided() && h.Rung >= 0 && h.Rung < len(h.Terms.Ladder.Rungs) {
		v.Rung = &gen.RungView{Index: h.Rung, Name: h.Terms.Ladder.Rungs[h.Rung].Name, OpenedAt: h.RungOpenedAt, EndsAt: h.RungEndsAt}
	}
	if !h.Status.Decided() {
		v.NotBefore, v.CallbackOnly = h.NotBefore, h.TalkAt != 0 || h.VerdictID != ""
	}
	for _, c := range asked {
		v.Challenges = append(v.Challenges, viewChallenge(c))
	}
	return v
}

func viewChallenge(c hold.Challenge) gen.Challenge {
	return gen.Challenge{Id: c.ID, Channel: c.Channel, Status: c.Status, Cause: c.Cause, Rung: c.Rung,
		Revision: c.Revision, OpenedAt: c.OpenedAt, ClosedAt: c.ClosedAt, Answer: c.Answer}
}

func maskedPayee(h hold.Hold) gen.MaskedPayee {
	p := h.Request.Payee
	return gen.MaskedPayee{Name: messages.Safe(p.Name), Account: messages.Masked(p.Account), Bank: messages.Safe(p.Bank), Country: p.Country,
		NameCheck: string(p.NameCheck)}
}

func settlement(h hold.Hold) gen.Settlement {
	switch {
	case h.Status.Settled():
		return gen.Settlement{State: "acknowledged"}
	case h.ParkedAt != 0:
		return gen.Settlement{State: "parked", ParkedAt: h.ParkedAt}
	case h.Status.Decided():
		return gen.Settlement{State: "pending"}
	}
	return gen.Settlement{State: "none"}
}

func viewCustomer(c hold.Customer) gen.Customer {
	v := gen.Customer{Id: c.ID, Name: c.Name, Locale: c.Locale, TimeZone: c.TimeZone, Frozen: c.FrozenAt != 0, Phones: []gen.Phone{},
		Devices: viewDevices(c.Devices)}
	for _, p := range c.Phones {
		v.Phones = append(v.Phones, gen.Phone{Number: messages.Number(p.Number), Since: p.Since})
	}
	return v
}

func viewDevices(ds []hold.Device) []gen.Device {
	out := []gen.Device{}
	for _, d := range ds {
		out = append(out, viewDevice(d))
	}
	return out
}

func viewDevice(d hold.Device) gen.Device {
	return gen.Device{Id: d.ID, Name: messages.Safe(d.Name), Since: d.Since, RevokedAt: d.RevokedAt}
}

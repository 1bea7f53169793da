package queue

import "holdfast/hold"

// RecallFacts are what bears on a word about a recall.
type RecallFacts struct {
	Agent Agent
	Role  Role
	Payee bool // they have, as a customer, paid or reported its payee
	Left  bool // the ledger has confirmed that the money went
	Ended bool // the verdict that proposed it is not in force any more
}

// DecideRecall says why an agent may not confirm or decline a recall. Asking for money
// back harms who received it where the word was wrong: so nobody confirms what they
// proposed themselves, and nobody decides about a payment of their own. Whatever
// proposed it, a verdict too, it takes an agent. What has not left is not asked for, nor
// is what nobody says any more.
func DecideRecall(r hold.Recall, f RecallFacts, confirm bool) hold.Refusal {
	next := hold.RecallDeclined
	if confirm {
		next = hold.RecallRequested
	}
	switch {
	case !f.Role.Queues():
		return hold.RoleMissing
	case f.Agent.Linked(r.CustomerID), f.Payee:
		return hold.AgentLinked
	case confirm && r.ProposedBy == f.Agent.Actor():
		return hold.SamePerson
	case !r.Status.CanBecome(next):
		return hold.RecallStands
	case confirm && f.Ended:
		return hold.VerdictEnded
	case confirm && !f.Left:
		return hold.RecallEarly
	}
	return ""
}

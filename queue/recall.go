package queue

import "holdfast/hold"

// DecideRecall says why an agent may not confirm or decline a recall. Asking for money
// back harms who received it where the word was wrong: so nobody confirms what they
// proposed themselves, and nobody decides about a payment of their own. Whatever
// proposed it, a verdict too, it takes an agent.
func DecideRecall(r hold.Recall, a Agent, role Role, confirm bool) hold.Refusal {
	next := hold.RecallDeclined
	if confirm {
		next = hold.RecallRequested
	}
	switch {
	case !role.Queues():
		return hold.RoleMissing
	case a.Linked(r.CustomerID):
		return hold.AgentLinked
	case confirm && r.ProposedBy == a.Actor():
		return hold.SamePerson
	case !r.Status.CanBecome(next):
		return hold.RecallStands
	}
	return ""
}

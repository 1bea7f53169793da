package queue_test

import (
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// asked are the facts of a lease of ana's in which a callback about a hold of
// 1,000.00 is asked, below the amount that takes two, by a customer with the
// app. What they prove is set by the case.
func asked(change ...func(*queue.Facts)) queue.Facts {
	c := hold.Challenge{ID: "chal_1", HoldID: "hold_1", Revision: 1, Channel: hold.Callback, Status: hold.Open}
	s := hold.Standing{Now: start, Challenges: []hold.Challenge{c}}
	s.Customer = hold.Customer{ID: "maria", TimeZone: "UTC", Phones: []hold.Phone{{ID: "num_1"}, {ID: "num_2"}},
		Devices: []hold.Device{{ID: "dev_1"}}}
	s.Hold = hold.Hold{ID: "hold_1", Status: hold.Held, Revision: 1, Deadline: start.Add(4 * time.Hour),
		Request: hold.Request{Amount: hold.Money{Minor: 100000, Currency: "EUR"}},
		Terms:   hold.Terms{Callback: hold.CallbackTerms{FourEyes: map[string]int64{"EUR": 500000}, Hours: &hold.Span{To: 24 * 60}}}}
	f := queue.Facts{Hold: s, Challenge: &c, Agent: queue.Agent{Sub: "ana"}, Role: queue.RoleAgent,
		Case: queue.Case{Status: queue.CaseLeased, Lease: 7, Agent: "ana", Until: start.Add(queue.LeaseLife)},
		Task: queue.Task{HoldID: "hold_1", ChallengeID: c.ID, Kind: queue.TaskCallback, Revision: 1, Status: queue.TaskOpen,
			Deadline: s.Deadline}}
	for _, do := range change {
		do(&f)
	}
	f.Verdict = verdict(f.Proof())
	return f
}

// verdict is what the channel says of an approval.
func verdict(leg hold.Leg) hold.Verdict {
	switch {
	case leg.Connected < hold.MinConnected:
		return hold.Verdict{Refusal: hold.CallMissing}
	case !leg.Identified && !leg.Vouched:
		return hold.Verdict{Refusal: hold.IdentityMissing}
	}
	return hold.Verdict{Answer: hold.Approve}
}

// ended is a call of ana's that has ended a moment ago.
func ended(lease int, number string, lasted time.Duration) queue.Call {
	return queue.Call{ID: "call_" + number, Lease: lease, NumberID: number, Agent: "ana", Status: queue.CallEnded, SID: "CA1",
		CreatedAt: start.Add(-2 * lasted), ConnectedAt: start.Add(-lasted), ConnectedUS: lasted.Microseconds(), EndedAt: start}
}

func rang(cs ...queue.Call) func(*queue.Facts) {
	return func(f *queue.Facts) { f.Calls = append(f.Calls, cs...) }
}

var (
	talk   = rang(ended(7, "num_1", 31*time.Second))
	goesOn = queue.Call{ID: "call_live", Lease: 7, NumberID: "num_1", Agent: "ana", Status: queue.CallConnected, SID: "CA2",
		CreatedAt: start.Add(-time.Minute), ConnectedAt: start.Add(-39 * time.Second)}
)

// machine is a call that a machine answered.
func machine(f *queue.Facts) {
	k := ended(7, "num_1", time.Minute)
	k.Machine = true
	f.Calls = append(f.Calls, k)
}

func digits(f *queue.Facts)  { f.Case.IdentifiedLease = f.Case.Lease }
func ringsIn(f *queue.Facts) { f.Case.InboundLease = f.Case.Lease }
func unasked(f *queue.Facts) {
	f.Challenge, f.Task.ChallengeID, f.Task.Kind = nil, "", queue.TaskInbound
}
func loose(f *queue.Facts) {
	unasked(f)
	f.Task.HoldID, f.Hold.Hold, f.Hold.Challenges = "", hold.Hold{}, nil
}
func help(f *queue.Facts)       { loose(f); f.Task.Kind = queue.TaskHelp }
func frozen(f *queue.Facts)     { loose(f); f.Task.Kind = queue.TaskFreeze }
func suspected(f *queue.Facts)  { f.Task.Scam = true }
func large(f *queue.Facts)      { f.Hold.Request.Amount.Minor = 500001 }
func small(f *queue.Facts)      { f.Hold.Request.Amount.Minor = 5000 }
func face(f *queue.Facts)       { f.Task.Kind = queue.TaskFace }
func noApp(f *queue.Facts)      { f.Hold.Customer.Devices = nil }
func ceiling(f *queue.Facts)    { f.Hold.Terms.Callback.OneTalk = map[string]int64{"EUR": 5000} }
func supervisor(f *queue.Facts) { f.Role = queue.RoleSupervisor }
func escalated(f *queue.Facts)  { f.Task.Skill = queue.SkillSupervisor }
func business(f *queue.Facts)   { f.Task.Skill = "business" }
func knows(f *queue.Facts)      { f.Agent.Skills = "fraud business" }
func scam(f *queue.Facts)       { f.Hold.Terms.Scam = true }

// doubts are why a hold is released by a call only, or has waited.
var doubts = map[string]func(*queue.Facts){
	"a scam by the policy":           scam,
	"an agent's suspicion":           suspected,
	"a suspicion of the hold":        func(f *queue.Facts) { f.Hold.SuspectedAt = 1 },
	"a suspicion of the customer":    func(f *queue.Facts) { f.Hold.Customer.SuspectedUntil = start.Add(time.Hour) },
	"what they said before paying":   func(f *queue.Facts) { f.Hold.TalkAt = 1 },
	"a wait, and it is over":         func(f *queue.Facts) { f.Hold.NotBefore = start.Add(-time.Hour) },
	"a freeze":                       func(f *queue.Facts) { f.Hold.Customer.FrozenAt = 1 },
	"a refusal, of another question": refusedBefore,
}

// refusedBefore has them refuse what an earlier revision asked.
func refusedBefore(f *queue.Facts) {
	f.Hold.Challenges = append(f.Hold.Challenges, hold.Challenge{ID: "chal_0", Channel: hold.SMS, Status: hold.Answered, Answer: hold.Deny})
}

// waits is what somebody confirmed some minutes ago.
func waits(first string) func(*queue.Facts) {
	return func(f *queue.Facts) {
		f.Waits = &queue.Approval{Kind: queue.ApproveConfirmed, Talk: true, First: first, Status: queue.ApprovalPending,
			CreatedAt: start.Add(-10 * time.Minute)}
	}
}

// elsewhere is an approval of another channel, so long ago.
func elsewhere(channel hold.Channel, ago time.Duration) func(*queue.Facts) {
	return func(f *queue.Facts) {
		f.Hold.Challenges = append(f.Hold.Challenges, hold.Challenge{ID: "chal_2", Revision: f.Hold.Revision, Channel: channel,
			Status: hold.Answered,
			Answer: hold.Approve, ClosedAt: start.Add(-ago)})
	}
}

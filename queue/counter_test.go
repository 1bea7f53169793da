package queue_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"

	"pgregory.net/rapid"
)

// clerk are the facts as a clerk has the case, at the counter.
func clerk(f *queue.Facts) {
	f.Role, f.Agent.Sub, f.Case.Agent = queue.RoleBranch, "cleo", "cleo"
}

func interviewed(f *queue.Facts) {
	f.Hold.Terms.Ladder.Rungs = []hold.Rung{{Asks: []hold.Ask{{Channel: hold.Callback, Interview: "safe_account"}}}}
}
func byAgent(f *queue.Facts)   { f.Hold.AgentInterviewedAt = start - 1 }
func byClerk(f *queue.Facts)   { f.Hold.CounterInterviewedAt = start - 1 }
func inApp(f *queue.Facts)     { f.Hold.InterviewedAt = start - 1 }
func inWait(f *queue.Facts)    { f.Hold.NotBefore = start + 1 }
func waited(f *queue.Facts)    { f.Hold.NotBefore = start }
func reviewed(f *queue.Facts)  { f.Reviewed = true }
func decided(f *queue.Facts)   { f.Hold.Status = hold.Reversing }
func doubted(f *queue.Facts)   { f.Hold.SuspectedAt = start }
func theirs(f *queue.Facts)    { f.Hold.Customer.SuspectedUntil = start + 1 }
func talked(f *queue.Facts)    { f.Hold.TalkAt = start }
func isFrozen(f *queue.Facts)  { f.Hold.Customer.FrozenAt = start }
func cancelled(f *queue.Facts) { f.Challenge.Status = hold.Cancelled }
func denied(f *queue.Facts) {
	f.Hold.Challenges = append(f.Hold.Challenges, hold.Challenge{ID: "chal_0", Channel: hold.Push, Answer: hold.Deny})
}

// sees is what a clerk says of a document.
func sees(d queue.Document) queue.Word {
	return queue.Word{Disposition: hold.DocumentChecked, Document: d}
}

// What a clerk says of an identity document is a claim: it waits for a second person
// who speaks with the customer, at every amount, and for nothing less than an agent's
// word does.
func TestDocumentIsAClaim(t *testing.T) {
	t.Parallel()
	talks := queue.Ruling{Next: queue.NextTalk}
	for name, c := range map[string]struct {
		facts queue.Facts
		word  queue.Word
		want  queue.Ruling
	}{
		"a small amount":                  {asked(clerk, small), sees(queue.Passport), talks},
		"a large one":                     {asked(clerk, large), sees(queue.IDCard), talks},
		"where one talk is enough":        {asked(clerk, small, noApp, ceiling), sees(queue.DrivingLicence), talks},
		"after an approval in the app":    {asked(clerk, elsewhere(hold.Push, time.Minute)), sees(queue.Passport), talks},
		"whatever calls there were":       {asked(clerk, talk, digits), sees(queue.Passport), talks},
		"of a supervisor's task":          {asked(clerk, escalated), sees(queue.Passport), talks},
		"of a frozen customer":            {asked(clerk, isFrozen), sees(queue.Passport), talks},
		"of no kind":                      {asked(clerk), sees(""), declined(hold.DocumentMissing)},
		"of a kind that is none":          {asked(clerk), sees("letter"), declined(hold.DocumentMissing)},
		"where nothing is asked":          {asked(clerk, unasked), sees(queue.Passport), declined(hold.NothingToConfirm)},
		"about no payment":                {asked(clerk, loose), sees(queue.Passport), declined(hold.NothingToConfirm)},
		"of a face":                       {asked(clerk, face), sees(queue.Passport), declined(hold.DispositionMismatch)},
		"of an urgent call":               {asked(clerk, help), sees(queue.Passport), declined(hold.RoleMissing)},
		"after the decision":              {asked(clerk, decided), sees(queue.Passport), queue.Ruling{Late: true}},
		"of what was taken back":          {asked(clerk, cancelled), sees(queue.Passport), queue.Ruling{Late: true}},
		"in the wait":                     {asked(clerk, inWait), sees(queue.Passport), declined(hold.TooEarly)},
		"after the wait":                  {asked(clerk, waited), sees(queue.Passport), talks},
		"without the interview":           {asked(clerk, interviewed), sees(queue.Passport), declined(hold.InterviewMissing)},
		"which an agent has asked":        {asked(clerk, interviewed, byAgent), sees(queue.Passport), declined(hold.InterviewMissing)},
		"which the app has asked":         {asked(clerk, interviewed, inApp), sees(queue.Passport), declined(hold.InterviewMissing)},
		"which they have asked":           {asked(clerk, interviewed, byClerk), sees(queue.Passport), talks},
		"said before":                     {asked(clerk, waits("agent:cleo")), sees(queue.Passport), declined(hold.SamePerson)},
		"while another's word waits":      {asked(clerk, waits("agent:ana")), sees(queue.Passport), declined(hold.ApprovalPending)},
		"while another task's word waits": {asked(clerk, reviewed), sees(queue.Passport), declined(hold.ApprovalPending)},
		"by an agent":                     {asked(talk, digits), sees(queue.Passport), declined(hold.RoleMissing)},
		"by a supervisor":                 {asked(supervisor, talk, digits), sees(queue.Passport), declined(hold.RoleMissing)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := queue.Rule(c.facts, c.word); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// A clerk stops and slows down as an agent does, and says nothing else.
func TestClerkSays(t *testing.T) {
	t.Parallel()
	for _, d := range hold.Dispositions {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			byAgent, byClerk := asked(), asked(clerk)
			byAgent.Verdict, byClerk.Verdict = hold.Verdict{Answer: d.Answer()}, hold.Verdict{Answer: d.Answer()}
			got, want := queue.Rule(byClerk, say(d)), queue.Ruling{Refusal: hold.RoleMissing}
			switch d {
			case hold.SuspectedScam, hold.Refused, hold.NotTheirs:
				want = queue.Rule(byAgent, say(d))
			case hold.DocumentChecked:
				want = declined(hold.DocumentMissing)
			}
			if got != want || want.Next == "" && want.Refusal == "" {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// A call that was promised to somebody who asked for help, or is frozen, is not a clerk's
// to close: nothing they say there was heard in it.
func TestClerkClosesNoCallForHelp(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]func(*queue.Facts){"help": help, "a freeze": frozen} {
		for _, d := range hold.Dispositions {
			t.Run(name+", "+string(d), func(t *testing.T) {
				t.Parallel()
				f := asked(clerk, kind)
				f.Verdict = hold.Verdict{Answer: d.Answer()}
				if got := queue.Rule(f, say(d)); got != (queue.Ruling{Refusal: hold.RoleMissing}) {
					t.Errorf("%+v", got)
				}
			})
		}
	}
}

// What a clerk is not: nobody of the queue, and nobody's second person.
func TestClerkIsNoAgent(t *testing.T) {
	t.Parallel()
	cleo := queue.Agent{Sub: "cleo"}
	waiting := queue.Case{Status: queue.CaseWaiting, CustomerID: "maria"}
	for _, kind := range []queue.ApprovalKind{queue.ApproveConfirmed, queue.ApproveOverride, queue.ApproveUnfreeze, queue.ApproveWait} {
		t.Run("no second person of "+string(kind), func(t *testing.T) {
			t.Parallel()
			a := queue.Approval{Kind: kind, CustomerID: "maria", First: "agent:ana", Status: queue.ApprovalPending}
			if why := queue.SecondMay(a, cleo, "agent:cleo", queue.RoleBranch); why != hold.RoleMissing {
				t.Errorf("%q", why)
			}
		})
	}
	t.Run("no next case", func(t *testing.T) {
		t.Parallel()
		if cleo.MayClaim(waiting, queue.RoleBranch) || !cleo.MayClaim(waiting, queue.RoleAgent) {
			t.Error("a clerk claims as an agent does")
		}
	})
	t.Run("what they open", func(t *testing.T) {
		t.Parallel()
		for role, want := range map[queue.Role][2]bool{queue.RoleBranch: {false, true}, queue.RoleAgent: {true, false},
			queue.RoleSupervisor: {true, false}, queue.RoleAuditor: {false, false}} {
			if got := [2]bool{role.Opens(false), role.Opens(true)}; got != want {
				t.Errorf("%s opens %v of who rings in, and of who stands before them; want %v", role, got, want)
			}
		}
	})
}

// Who may be the second person of a clerk's claim.
func TestSecondOfClerk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		facts queue.Facts
		role  queue.Role
		want  hold.Refusal
	}{
		"an agent":                               {asked(), queue.RoleAgent, ""},
		"a supervisor":                           {asked(), queue.RoleSupervisor, ""},
		"an auditor":                             {asked(), queue.RoleAuditor, hold.RoleMissing},
		"another clerk":                          {asked(), queue.RoleBranch, hold.RoleMissing},
		"an agent, of a suspected hold":          {asked(doubted), queue.RoleAgent, hold.RoleMissing},
		"an agent, of a suspected customer":      {asked(theirs), queue.RoleAgent, hold.RoleMissing},
		"an agent, of a scam":                    {asked(scam), queue.RoleAgent, hold.RoleMissing},
		"an agent, of a task with a suspicion":   {asked(suspected), queue.RoleAgent, hold.RoleMissing},
		"an agent, past talk":                    {asked(talked), queue.RoleAgent, hold.RoleMissing},
		"an agent, of a frozen customer":         {asked(isFrozen), queue.RoleAgent, hold.RoleMissing},
		"an agent, of what was refused":          {asked(denied), queue.RoleAgent, hold.RoleMissing},
		"a supervisor, of a suspected hold":      {asked(doubted), queue.RoleSupervisor, ""},
		"a supervisor, of a scam":                {asked(scam), queue.RoleSupervisor, ""},
		"a supervisor, past talk":                {asked(talked), queue.RoleSupervisor, ""},
		"an agent without the skill":             {asked(business), queue.RoleAgent, hold.SkillMissing},
		"an agent with it":                       {asked(business, knows), queue.RoleAgent, ""},
		"an agent, of what an agent has claimed": {asked(doubted, waits("agent:bo")), queue.RoleAgent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := queue.Approval{Kind: queue.ApproveConfirmed, First: "agent:cleo", Document: queue.Passport, Talk: true}
			if c.facts.Waits != nil {
				a.Document = c.facts.Waits.Document
			}
			if got := queue.SecondOfClerk(a, c.facts.Task, c.facts.Hold, c.facts.Agent, c.role); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// A clerk's claim stands when the second person has spoken with the customer in a
// call of their own, and has the authority; else that person's word is their own.
func TestSecondHearsForAClerk(t *testing.T) {
	t.Parallel()
	claimed := func(f *queue.Facts) {
		waits("agent:cleo")(f)
		f.Waits.Document = queue.Passport
	}
	before := rang(queue.Call{ID: "call_0", Lease: 7, NumberID: "num_1", Agent: "ana", Status: queue.CallEnded, SID: "CA9",
		CreatedAt: start.Add(-20 * time.Minute), ConnectedAt: start.Add(-19 * time.Minute), ConnectedUS: time.Minute.Microseconds(),
		EndedAt: start.Add(-18 * time.Minute)})
	for name, c := range map[string]struct {
		facts queue.Facts
		want  queue.Ruling
	}{
		"after a call of their own":         {asked(claimed, talk), queue.Ruling{Next: queue.NextSeconded, Final: true}},
		"without one":                       {asked(claimed), declined(hold.CallMissing)},
		"after one from before the claim":   {asked(claimed, before), queue.Ruling{Next: queue.NextTalk}},
		"an agent, of a scam":               {asked(claimed, scam, talk), queue.Ruling{Next: queue.NextTalk}},
		"a supervisor, of a scam":           {asked(claimed, scam, talk, supervisor), queue.Ruling{Next: queue.NextSeconded, Final: true}},
		"without their own interview":       {asked(claimed, talk, interviewed, byClerk), declined(hold.InterviewMissing)},
		"with their own interview":          {asked(claimed, talk, interviewed, byAgent), queue.Ruling{Next: queue.NextSeconded, Final: true}},
		"before the end of a wait":          {asked(claimed, talk, inWait), declined(hold.TooEarly)},
		"a supervisor's task, by an agent":  {asked(claimed, talk, escalated), declined(hold.RoleMissing)},
		"who refuses, without a call at it": {asked(claimed), queue.Ruling{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := hold.Confirmed
			if c.want == (queue.Ruling{}) {
				d, c.want = hold.Refused, queue.Ruling{Next: queue.NextStands, Final: true}
				c.facts.Verdict = hold.Verdict{Answer: hold.Deny}
			}
			got := queue.Rule(c.facts, say(d))
			got.Leg = hold.Leg{}
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// Whatever the facts, nothing that a clerk says makes an approval stand, and what
// stops is never refused for who heard it.
func TestAClerkApprovesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		do := []func(*queue.Facts){clerk}
		for _, maybe := range []func(*queue.Facts){digits, talk, unasked, loose, help, frozen, suspected, large, small, noApp, ceiling,
			waits("agent:ana"), waits("agent:cleo"), elsewhere(hold.Push, time.Minute), escalated, business, interviewed, byAgent, byClerk,
			scam, doubted, talked, reviewed, inWait} {
			if rapid.IntRange(0, 3).Draw(t, "fact") == 0 {
				do = append(do, maybe)
			}
		}
		f := asked(do...)
		w := queue.Word{Disposition: rapid.SampledFrom(hold.Dispositions).Draw(t, "disposition"),
			Document: rapid.SampledFrom(append([]queue.Document{""}, queue.Documents...)).Draw(t, "document")}
		f.Verdict = hold.Verdict{Answer: w.Disposition.Answer()}
		r, answer := queue.Rule(f, w), w.Disposition.Answer()
		stops := answer == hold.Deny || answer == hold.NotMe
		switch {
		case slices.Contains([]queue.Next{queue.NextSecond, queue.NextSeconded}, r.Next), r.Next == queue.NextStands && !stops:
			t.Fatalf("%+v comes to %+v", w, r)
		case r.Next == queue.NextTalk && (w.Disposition != hold.DocumentChecked || r.Final):
			t.Fatalf("%+v comes to %+v", w, r)
		case !f.Task.Kind.Urgent() && (w.Disposition == hold.NotTheirs || w.Disposition == hold.Refused) && r.Refusal != "":
			t.Fatalf("%s is refused: %s", w.Disposition, r.Refusal)
		}
	})
}

func declined(why hold.Refusal) queue.Ruling { return queue.Ruling{Refusal: why} }

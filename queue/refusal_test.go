package queue_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/queue"
)

func TestMayWork(t *testing.T) {
	t.Parallel()
	has := queue.Case{CustomerID: "maria", Status: queue.CaseLeased, Agent: "ana", Until: start + 1}
	for name, c := range map[string]struct {
		a    queue.Agent
		now  hold.Instant
		want hold.Refusal
	}{
		"who has it":                   {queue.Agent{Sub: "ana"}, start, ""},
		"once it lapsed":               {queue.Agent{Sub: "ana"}, start + 1, hold.LeaseLost},
		"another":                      {queue.Agent{Sub: "bo"}, start, hold.LeaseLost},
		"who is the customer":          {queue.Agent{Sub: "ana", CustomerID: "maria"}, start, hold.AgentLinked},
		"the customer, once it lapsed": {queue.Agent{Sub: "ana", CustomerID: "maria"}, start + 1, hold.AgentLinked},
	} {
		if got := c.a.MayWork(has, c.now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestMayBeGiven(t *testing.T) {
	t.Parallel()
	waits := queue.Case{CustomerID: "maria", Status: queue.CaseWaiting}
	review := queue.Case{CustomerID: "maria", Status: queue.CaseReview}
	maria := queue.Agent{Sub: "ana", CustomerID: "maria"}
	for name, c := range map[string]struct {
		a    queue.Agent
		cs   queue.Case
		busy bool
		want hold.Refusal
	}{
		"who is free":                {queue.Agent{Sub: "ana"}, waits, false, ""},
		"who has another":            {queue.Agent{Sub: "ana"}, waits, true, hold.CaseOpen},
		"what waits for a second":    {queue.Agent{Sub: "ana"}, review, true, hold.ApprovalPending},
		"to the customer":            {maria, waits, false, hold.AgentLinked},
		"to the customer, in review": {maria, review, true, hold.AgentLinked},
	} {
		if got := c.a.MayBeGiven(c.cs, c.busy); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestMayTakeIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a    queue.Agent
		busy bool
		want hold.Refusal
	}{
		"who is free":         {queue.Agent{Sub: "ana"}, false, ""},
		"who has another":     {queue.Agent{Sub: "ana"}, true, hold.CaseOpen},
		"who is the customer": {queue.Agent{Sub: "ana", CustomerID: "maria"}, true, hold.AgentLinked},
	} {
		if got := c.a.MayTakeIn("maria", c.busy); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSecondLacks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		talk bool
		own  queue.Own
		want hold.Refusal
	}{
		"nothing to do":            {false, queue.Own{}, ""},
		"a talk":                   {true, queue.Own{}, hold.CallMissing},
		"the talk was had":         {true, queue.Own{Heard: true}, ""},
		"pictures to look at":      {false, queue.Own{Unseen: hold.FaceUnseen}, hold.FaceUnseen},
		"a portrait of yesterday":  {false, queue.Own{Unseen: hold.PortraitTooYoung}, hold.PortraitTooYoung},
		"a talk, and the pictures": {true, queue.Own{Unseen: hold.FaceUnseen}, hold.CallMissing},
	} {
		if got := queue.SecondLacks(queue.Approval{Talk: c.talk}, c.own); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// One hold waits for one second person: while it does, no other confirmation of
// it is taken, and what ends without one is not touched by that.
func TestOneReviewAtATime(t *testing.T) {
	t.Parallel()
	reviewed := func(f *queue.Facts) { f.Reviewed = true }
	large := func(f *queue.Facts) { f.Hold.Request.Amount.Minor = 500001 }
	for name, c := range map[string]struct {
		facts queue.Facts
		d     hold.Disposition
		want  hold.Refusal
	}{
		"which a talk would follow": {asked(talk, reviewed), hold.Confirmed, hold.ApprovalPending},
		"which takes two":           {asked(talk, digits, large, reviewed), hold.Confirmed, hold.ApprovalPending},
		"which takes one":           {asked(talk, digits, reviewed), hold.Confirmed, ""},
		"a refusal":                 {asked(talk, digits, reviewed), hold.Refused, ""},
		"the first":                 {asked(talk), hold.Confirmed, ""},
	} {
		if got := queue.Rule(c.facts, queue.Word{Disposition: c.d}).Refusal; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

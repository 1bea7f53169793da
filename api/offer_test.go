package api_test

import (
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store/storetest"
)

// What an urgent case tells of its results is what is taken: nobody was not
// reached without a call of the lease, nobody is safe who was not spoken to, and
// the last attempt is known as such before it is recorded.
func TestUrgentOffer(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.AskForHelp(t.Context(), x.store.Customer.ID))
	ana := x.store.Agent("ana", "agent")
	var c client.Case
	read := func(r reply) { c = client.Case{}; x.read(r, 200, &c) }
	say := func(d hold.Disposition) reply {
		return x.as("ana", "agent", "POST", "/v1/callbacks/"+c.Id+"/dispositions", client.DispositionRequest{TaskId: c.Tasks[0].Id,
			Disposition: d})
	}
	for i, wait := range []time.Duration{16 * time.Minute, 121 * time.Minute, 0} {
		read(x.as("ana", "agent", "POST", "/v1/callbacks/next", nil))
		k := c.Tasks[0]
		if k.Kind != queue.TaskHelp || len(k.Script) == 0 || k.WhyNot != "call_missing" || c.Rang || k.LastAttempt != (i == 2) {
			t.Fatalf("attempt %d: %+v, rang %t", i+1, k, c.Rang)
		}
		for _, d := range []hold.Disposition{hold.NotReached, hold.SafeNow} {
			if r := say(d); r.code() != "call_missing" {
				t.Errorf("%s without a call: %s", d, r.body)
			}
		}
		if r := say(hold.Confirmed); r.code() != "disposition_mismatch" {
			t.Errorf("confirmed: %s", r.body)
		}
		v, why, err := x.store.ViewCase(t.Context(), ana, c.Id)
		x.store.Granted(why, err)
		call := x.store.Rang(ana, v, 31*time.Second)
		read(x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id, nil))
		if !c.Rang || c.Tasks[0].WhyNot != "" {
			t.Errorf("after a call: %+v, rang %t", c.Tasks[0], c.Rang)
		}
		_, err = x.store.CallHeard(t.Context(), call, "CB"+call, true)
		x.store.Must(err)
		x.store.Hung(call, 31*time.Second)
		read(x.as("ana", "agent", "GET", "/v1/callbacks/"+c.Id, nil))
		if !c.Calls[len(c.Calls)-1].Machine || c.Tasks[0].WhyNot != "call_missing" {
			t.Errorf("a machine answered: %+v, %+v", c.Tasks[0], c.Calls)
		}
		var done client.DispositionReceipt
		x.read(say(hold.NotReached), 200, &done)
		if done.PlanSpent != (i == 2) || (done.NextAt != 0) != (i < 2) {
			t.Errorf("attempt %d comes to %+v", i+1, done)
		}
		x.store.Clock.Forward(wait)
	}
}

// A second person's call is announced where nothing but the agent's word says
// who it is.
func TestConfirmOffer(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	x.store.Must(x.store.SavePolicy(t.Context(), "v1", []byte(defaultSource(t))))
	x.store.Called(storetest.CallLadder(), 100_00)
	ana := x.store.Agent("ana", "agent")
	v := x.store.Case(ana)
	task := func() client.CaseTask {
		var c client.Case
		x.read(x.as("ana", "agent", "GET", "/v1/callbacks/"+v.ID, nil), 200, &c)
		return c.Tasks[0]
	}
	if k := task(); k.WhyNot != "call_missing" || k.SecondCalls {
		t.Errorf("without a call: %+v", k)
	}
	x.store.Rang(ana, v, 31*time.Second)
	if k := task(); k.WhyNot != "" || !k.SecondCalls {
		t.Errorf("without the digits: %+v", k)
	}
	shown, err := x.store.AppCall(t.Context(), v.CustomerID)
	x.store.Must(err)
	x.read(x.as("ana", "agent", "POST", "/v1/callbacks/"+v.ID+"/identify", client.IdentifyRequest{Number: shown.Digits}), 204, nil)
	if k := task(); k.WhyNot != "" || k.SecondCalls {
		t.Errorf("with them: %+v", k)
	}
}

package queue_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"

	"pgregory.net/rapid"
)

// asked are the facts of a lease in which a callback about a hold of 1,000.00 is
// asked, below the amount that takes two, by a customer with the app. What they
// prove is set by the case.
func asked(change ...func(*queue.Facts)) queue.Facts {
	c := hold.Challenge{ID: "chal_1", HoldID: "hold_1", Revision: 1, Channel: hold.Callback, Status: hold.Open}
	s := hold.Standing{Now: start, Challenges: []hold.Challenge{c}, Customer: hold.Customer{ID: "maria", TimeZone: "UTC",
		Phones:  []hold.Phone{{ID: "num_1"}, {ID: "num_2"}},
		Devices: []hold.Device{{ID: "dev_1"}}}}
	s.Hold = hold.Hold{ID: "hold_1", Status: hold.Held, Revision: 1, Deadline: start.Add(4 * time.Hour),
		Request: hold.Request{Amount: hold.Money{Minor: 100000, Currency: "EUR"}},
		Terms:   hold.Terms{Callback: hold.CallbackTerms{FourEyes: map[string]int64{"EUR": 500000}, Hours: &hold.Span{To: 24 * 60}}}}
	f := queue.Facts{Hold: s, Challenge: &c, Case: queue.Case{Status: queue.CaseLeased, Lease: 7, Agent: "ana",
		Until: start.Add(queue.LeaseLife)},
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
	if leg.Connected < hold.MinConnected || !leg.Identified {
		return hold.Verdict{Refusal: hold.CallMissing}
	}
	return hold.Verdict{Answer: hold.Approve}
}

func ended(lease int, number string, lasted time.Duration) queue.Call {
	return queue.Call{ID: "call_" + number, Lease: lease, NumberID: number, Status: queue.CallEnded, SID: "CA1",
		CreatedAt:   start.Add(-2 * lasted),
		ConnectedAt: start.Add(-lasted), ConnectedUS: lasted.Microseconds(), EndedAt: start}
}

func rang(cs ...queue.Call) func(*queue.Facts) {
	return func(f *queue.Facts) { f.Calls = append(f.Calls, cs...) }
}
func digits(f *queue.Facts)  { f.Case.IdentifiedLease = f.Case.Lease }
func ringsIn(f *queue.Facts) { f.Case.InboundLease = f.Case.Lease }
func unasked(f *queue.Facts) {
	f.Challenge, f.Task.ChallengeID, f.Task.Kind = nil, "", queue.TaskInbound
}
func loose(f *queue.Facts)     { unasked(f); f.Task.HoldID, f.Hold.Hold = "", hold.Hold{} }
func suspected(f *queue.Facts) { f.Task.Scam = true }
func large(f *queue.Facts)     { f.Hold.Request.Amount.Minor = 500001 }
func face(f *queue.Facts)      { f.Task.Kind = queue.TaskFace }

var talk = rang(ended(7, "num_1", 31*time.Second))

func TestProof(t *testing.T) {
	t.Parallel()
	goesOn := queue.Call{ID: "call_live", Lease: 7, NumberID: "num_1", Status: queue.CallConnected, ConnectedAt: start.Add(-39 * time.Second)}
	unusable := func(f *queue.Facts) { f.Hold.Customer.Phones[0].UnusableAt = start }
	for name, c := range map[string]struct {
		facts      queue.Facts
		connected  time.Duration
		identified bool
	}{
		"no call":                     {asked(), 0, false},
		"a call":                      {asked(talk), 31 * time.Second, false},
		"and the digits":              {asked(talk, digits), 31 * time.Second, true},
		"digits alone":                {asked(digits), 0, true},
		"of another lease":            {asked(rang(ended(6, "num_1", time.Minute))), 0, false},
		"digits of another lease":     {asked(talk, func(f *queue.Facts) { f.Case.IdentifiedLease = 6 }), 31 * time.Second, false},
		"the longest":                 {asked(talk, rang(ended(7, "num_2", time.Minute))), time.Minute, false},
		"to a number that is gone":    {asked(rang(ended(7, "num_9", time.Minute))), 0, false},
		"to one that is not theirs":   {asked(talk, unusable), 0, false},
		"nobody says that it goes on": {asked(rang(goesOn)), 0, false},
		"it goes on":                  {asked(rang(goesOn), func(f *queue.Facts) { f.Live.Call = "call_live" }), 39 * time.Second, false},
		"as far as we know":           {asked(rang(goesOn), func(f *queue.Facts) { f.Live = queue.AsFarAsKnown }), 39 * time.Second, false},
		"never leased":                {asked(func(f *queue.Facts) { f.Case = queue.Case{} }), 0, false},
	} {
		if leg := c.facts.Proof(); leg.Connected != c.connected || leg.Identified != c.identified || (leg.Call != "") != (c.connected > 0) {
			t.Errorf("%s: %+v", name, leg)
		}
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		facts queue.Facts
		want  bool
	}{
		"we called":           {asked(), false},
		"they rang in":        {asked(ringsIn), true},
		"their number":        {asked(ringsIn, digits), false},
		"rung back":           {asked(ringsIn, talk), false},
		"rung back, too soon": {asked(ringsIn, rang(ended(7, "num_1", 29*time.Second))), true},
		"in another lease":    {asked(func(f *queue.Facts) { f.Case.InboundLease = 6 }), false},
	} {
		if got := queue.Hidden(c.facts.Case, c.facts.Proof()); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestRule(t *testing.T) {
	t.Parallel()
	closed := func(f *queue.Facts) { f.Challenge.Status = hold.Expired }
	seen := func(f *queue.Facts) { face(f); f.Case.IdentifiedLease = f.Case.Lease; talk(f) }
	say := func(d hold.Disposition) queue.Word { return queue.Word{Disposition: d} }
	later := func(d time.Duration) queue.Word {
		return queue.Word{Disposition: hold.CallLater, At: start.Add(d)}
	}
	for name, c := range map[string]struct {
		facts queue.Facts
		word  queue.Word
		want  queue.Ruling
	}{
		"confirmed without a call":     {asked(digits), say(hold.Confirmed), queue.Ruling{Refusal: hold.CallMissing}},
		"nobody knows by whom":         {asked(talk), say(hold.Confirmed), queue.Ruling{Refusal: hold.CallMissing}},
		"confirmed":                    {asked(talk, digits), say(hold.Confirmed), queue.Ruling{Next: queue.NextStands, Final: true}},
		"confirmed, a large amount":    {asked(talk, digits, large), say(hold.Confirmed), queue.Ruling{Next: queue.NextSecond, Final: true}},
		"confirmed, a scam":            {asked(talk, digits, suspected), say(hold.Confirmed), queue.Ruling{Next: queue.NextSecond, Final: true}},
		"confirmed too late":           {asked(talk, digits, closed), say(hold.Confirmed), queue.Ruling{Late: true}},
		"confirmed what nobody asks":   {asked(talk, digits, unasked), say(hold.Confirmed), queue.Ruling{Refusal: hold.NothingToConfirm}},
		"refused what nobody asks":     {asked(unasked), say(hold.Refused), queue.Ruling{Next: queue.NextReverse, Final: true}},
		"not me, of what nobody asks":  {asked(unasked), say(hold.NotTheirs), queue.Ruling{Next: queue.NextReverse, Final: true, Freeze: true}},
		"not me, about no hold":        {asked(loose), say(hold.NotTheirs), queue.Ruling{Next: queue.NextClose, Final: true, Freeze: true}},
		"dealt with":                   {asked(loose), say(hold.Confirmed), queue.Ruling{Next: queue.NextClose, Final: true}},
		"no answer":                    {asked(talk), say(hold.NoAnswer), queue.Ruling{Next: queue.NextAttempt}},
		"a wrong number, and no call":  {asked(), say(hold.WrongNumber), queue.Ruling{Refusal: hold.CallMissing}},
		"a wrong number":               {asked(talk), say(hold.WrongNumber), queue.Ruling{Next: queue.NextAttempt}},
		"a scam":                       {asked(), say(hold.SuspectedScam), queue.Ruling{Next: queue.NextHandOn, Suspect: true}},
		"vulnerable":                   {asked(), say(hold.Vulnerable), queue.Ruling{Next: queue.NextHandOn, Suspect: true}},
		"later":                        {asked(), later(time.Hour), queue.Ruling{Next: queue.NextHandOn}},
		"later, and past the deadline": {asked(), later(4 * time.Hour), queue.Ruling{Refusal: hold.TimeInvalid}},
		"later, and not ahead":         {asked(), later(0), queue.Ruling{Refusal: hold.TimeInvalid}},
		"another language": {asked(), queue.Word{Disposition: hold.OtherLanguage, Language: "zh"},
			queue.Ruling{Next: queue.NextHandOn}},
		"no language":          {asked(), say(hold.OtherLanguage), queue.Ruling{Refusal: hold.LanguageMissing}},
		"a face, on the phone": {asked(), say(hold.SameFace), queue.Ruling{Refusal: hold.DispositionMismatch}},
		"confirmed, of a face": {asked(seen), say(hold.Confirmed), queue.Ruling{Refusal: hold.DispositionMismatch}},
		"the same":             {asked(seen), say(hold.SameFace), queue.Ruling{Next: queue.NextStands, Final: true}},
		"the same, unseen": {asked(seen, func(f *queue.Facts) { f.Unseen = hold.FaceUnseen }), say(hold.SameFace),
			queue.Ruling{Refusal: hold.FaceUnseen}},
		"somebody else": {asked(seen), say(hold.OtherFace), queue.Ruling{Next: queue.NextFace, Final: true}},
		"unusable":      {asked(seen), say(hold.NoFace), queue.Ruling{Next: queue.NextFace}},
	} {
		got := queue.Rule(c.facts, c.word)
		got.Leg = hold.Leg{}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Whatever the facts, nothing but a talk of this lease with whom we know makes an
// approval stand, and no refusal is refused for what was proved.
func TestNothingButAProofApproves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var do []func(*queue.Facts)
		for _, maybe := range []func(*queue.Facts){digits, ringsIn, unasked, loose, suspected, large, talk, rang(ended(7, "num_1",
			12*time.Second)), rang(ended(6, "num_1", time.Minute)), rang(ended(7, "num_9", time.Minute))} {
			if rapid.Bool().Draw(t, "fact") {
				do = append(do, maybe)
			}
		}
		f := asked(do...)
		d := rapid.SampledFrom(hold.Dispositions).Draw(t, "disposition")
		if answer := d.Answer(); answer == hold.Deny || answer == hold.NotMe {
			f.Verdict = hold.Verdict{Answer: answer}
		}
		r, leg := queue.Rule(f, queue.Word{Disposition: d}), f.Proof()
		proved := leg.Connected >= hold.MinConnected && leg.Identified
		if approves := d.Answer() == hold.Approve && f.Task.HoldID != "" && r.Refusal == "" && !r.Late; approves && (!proved ||
			f.Challenge == nil) {
			t.Fatalf("%s is taken on %+v", d, leg)
		}
		if r.Next == queue.NextStands && d.Answer() == hold.Approve && queue.NeedsTwo(f.Task, f.Hold.Hold) {
			t.Fatalf("one person is enough for %+v", f.Task)
		}
		if slices.Contains([]hold.Disposition{hold.Refused, hold.NotTheirs}, d) && r.Refusal != "" {
			t.Fatalf("%s is refused: %s", d, r.Refusal)
		}
		if r.Refusal != "" && r.Next != "" {
			t.Fatalf("refused, and something follows: %+v", r)
		}
	})
}

package queue_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"

	"pgregory.net/rapid"
)

func TestProof(t *testing.T) {
	t.Parallel()
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
		"they rang in":                {asked(ringsIn), 0, false},
		"rung back":                   {asked(ringsIn, talk), 31 * time.Second, false},
		"a machine":                   {asked(machine), 0, false},
		"of another lease":            {asked(rang(ended(6, "num_1", time.Minute))), 0, false},
		"digits of another lease":     {asked(talk, func(f *queue.Facts) { f.Case.IdentifiedLease = 6 }), 31 * time.Second, false},
		"the longest":                 {asked(talk, rang(ended(7, "num_2", time.Minute))), time.Minute, false},
		"the longest, then another":   {asked(rang(ended(7, "num_2", time.Minute)), talk), time.Minute, false},
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

// Who else may say who it was: what an agent claims is none of them.
func TestVouched(t *testing.T) {
	t.Parallel()
	before := func(f *queue.Facts) { talk(f); f.Calls[len(f.Calls)-1].CreatedAt = start.Add(-20 * time.Minute) }
	bos := func(f *queue.Facts) { talk(f); f.Calls[len(f.Calls)-1].Agent = "bo" }
	for name, c := range map[string]struct {
		facts queue.Facts
		want  bool
	}{
		"nobody":                             {asked(talk), false},
		"they rang in":                       {asked(talk, ringsIn), false},
		"the app":                            {asked(talk, elsewhere(hold.Push, time.Minute)), false},
		"the pictures":                       {asked(talk, elsewhere(hold.FaceLink, time.Minute)), false},
		"a code":                             {asked(talk, elsewhere(hold.SMS, time.Minute)), false},
		"a second person, on the line":       {asked(talk, waits("agent:bo")), true},
		"a second person, to a machine":      {asked(machine, waits("agent:bo")), false},
		"a second person, before the first":  {asked(before, waits("agent:bo")), false},
		"a second person, by another's call": {asked(bos, waits("agent:cy")), false},
		"the same person":                    {asked(talk, waits("agent:ana")), false},
		"the policy, without the app":        {asked(talk, noApp, ceiling, small), true},
		"the policy, with the app":           {asked(talk, ceiling, small), false},
		"the policy, above its amount":       {asked(talk, noApp, ceiling), false},
		"no policy":                          {asked(talk, noApp, small), false},
	} {
		if got := c.facts.Proof().Vouched; got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// Where there is a doubt one agent's talk suffices by no policy. The number that the
// app shows is as good as ever, and so is a second person.
func TestVouchedInDoubt(t *testing.T) {
	t.Parallel()
	for name, doubt := range doubts {
		if asked(talk, noApp, ceiling, small, doubt).Proof().Vouched {
			t.Errorf("%s: the policy vouches", name)
		}
		if !asked(talk, waits("agent:bo"), doubt).Proof().Vouched {
			t.Errorf("%s: a second person does not vouch", name)
		}
		if got := queue.Rule(asked(talk, digits, doubt), say(hold.Confirmed)); got.Next != queue.NextStands && got.Next != queue.NextSecond {
			t.Errorf("%s, with the number: %+v", name, got)
		}
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		facts queue.Facts
		want  bool
	}{
		"we called":             {asked(), false},
		"they rang in":          {asked(ringsIn), true},
		"their number":          {asked(ringsIn, digits), false},
		"rung back":             {asked(ringsIn, talk), false},
		"rung back, a machine":  {asked(ringsIn, machine), true},
		"rung back, for a bit":  {asked(ringsIn, rang(ended(7, "num_1", 29*time.Second))), true},
		"of the lease before":   {asked(func(f *queue.Facts) { f.Case.InboundLease = 6 }), false},
		"not in the same lease": {asked(ringsIn, rang(ended(6, "num_1", time.Minute))), true},
	} {
		if got := queue.Hidden(c.facts.Case, c.facts.Proof()); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func say(d hold.Disposition) queue.Word { return queue.Word{Disposition: d} }

func TestRuleConfirmed(t *testing.T) {
	t.Parallel()
	closed := func(f *queue.Facts) { f.Challenge.Status = hold.Expired }
	stands := queue.Ruling{Next: queue.NextStands, Final: true}
	second := queue.Ruling{Next: queue.NextSecond, Final: true}
	seconded := queue.Ruling{Next: queue.NextSeconded, Final: true}
	talks := queue.Ruling{Next: queue.NextTalk}
	refused := func(why hold.Refusal) queue.Ruling { return queue.Ruling{Refusal: why} }
	for name, c := range map[string]struct {
		facts queue.Facts
		want  queue.Ruling
	}{
		"without a call":                 {asked(digits), refused(hold.CallMissing)},
		"to a machine":                   {asked(machine, digits), refused(hold.CallMissing)},
		"with the digits":                {asked(talk, digits), stands},
		"a large amount":                 {asked(talk, digits, large), second},
		"a suspicion":                    {asked(talk, digits, suspected), second},
		"the app approved, too":          {asked(talk, elsewhere(hold.Push, time.Minute)), talks},
		"nobody knows by whom":           {asked(talk), talks},
		"they rang in, and were called":  {asked(talk, ringsIn), talks},
		"a large amount, by whom":        {asked(talk, large), talks},
		"again, by the same person":      {asked(talk, waits("agent:ana")), refused(hold.SamePerson)},
		"and then with the digits":       {asked(talk, digits, waits("agent:ana")), stands},
		"by a second person":             {asked(talk, waits("agent:bo")), seconded},
		"a large amount, by a second":    {asked(talk, large, waits("agent:bo")), seconded},
		"by a second, who calls nobody":  {asked(waits("agent:bo")), refused(hold.CallMissing)},
		"without the app, a small one":   {asked(talk, noApp, ceiling, small), stands},
		"the provider is silent":         {asked(rang(goesOn), digits), refused(hold.ProviderSilent)},
		"too late":                       {asked(talk, digits, closed), queue.Ruling{Late: true}},
		"what nobody asks":               {asked(talk, digits, unasked), refused(hold.NothingToConfirm)},
		"about no hold":                  {asked(loose), queue.Ruling{Next: queue.NextClose, Final: true}},
		"a supervisor's":                 {asked(talk, digits, escalated), refused(hold.RoleMissing)},
		"by a supervisor":                {asked(talk, digits, escalated, supervisor), stands},
		"for who knows business":         {asked(talk, digits, business), refused(hold.SkillMissing)},
		"by who knows business":          {asked(talk, digits, business, knows), stands},
		"of a face":                      {asked(talk, digits, face), refused(hold.DispositionMismatch)},
		"on a call for help":             {asked(talk, digits, help), refused(hold.DispositionMismatch)},
		"on a call to who is frozen":     {asked(talk, digits, frozen), refused(hold.DispositionMismatch)},
		"by a supervisor, and who it is": {asked(talk, escalated, supervisor), talks},
	} {
		got := queue.Rule(c.facts, say(hold.Confirmed))
		got.Leg = hold.Leg{}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestRuleTheRest(t *testing.T) {
	t.Parallel()
	seen := func(f *queue.Facts) { face(f); digits(f); talk(f) }
	later := func(d time.Duration) queue.Word { return queue.Word{Disposition: hold.CallLater, At: start.Add(d)} }
	refused := func(why hold.Refusal) queue.Ruling { return queue.Ruling{Refusal: why} }
	attempt, handOn := queue.Ruling{Next: queue.NextAttempt}, queue.Ruling{Next: queue.NextHandOn}
	suspects := queue.Ruling{Next: queue.NextHandOn, Suspect: true}
	closes := queue.Ruling{Next: queue.NextClose, Final: true}
	freezes := queue.Ruling{Next: queue.NextClose, Final: true, Freeze: true}
	for name, c := range map[string]struct {
		facts queue.Facts
		word  queue.Word
		want  queue.Ruling
	}{
		"refused what nobody asks": {asked(unasked), say(hold.Refused), queue.Ruling{Next: queue.NextReverse, Final: true}},
		"not me, of what nobody asks": {asked(unasked), say(hold.NotTheirs), queue.Ruling{Next: queue.NextReverse, Final: true,
			Freeze: true}},
		"not me, about no hold":        {asked(loose), say(hold.NotTheirs), freezes},
		"a supervisor's no":            {asked(unasked, escalated), say(hold.Refused), queue.Ruling{Next: queue.NextReverse, Final: true}},
		"a supervisor's suspicion":     {asked(escalated), say(hold.SuspectedScam), suspects},
		"a supervisor's no answer":     {asked(talk, escalated), say(hold.NoAnswer), refused(hold.RoleMissing)},
		"no answer":                    {asked(talk), say(hold.NoAnswer), attempt},
		"no answer, and no call":       {asked(), say(hold.NoAnswer), refused(hold.CallMissing)},
		"a voicemail":                  {asked(machine), say(hold.Voicemail), attempt},
		"a voicemail, and no call":     {asked(rang(ended(6, "num_1", time.Minute))), say(hold.Voicemail), refused(hold.CallMissing)},
		"a third party, and no call":   {asked(ringsIn), say(hold.ThirdParty), refused(hold.CallMissing)},
		"a wrong number, and no call":  {asked(), say(hold.WrongNumber), refused(hold.CallMissing)},
		"a wrong number":               {asked(talk), say(hold.WrongNumber), attempt},
		"a scam":                       {asked(), say(hold.SuspectedScam), suspects},
		"vulnerable":                   {asked(), say(hold.Vulnerable), suspects},
		"later":                        {asked(), later(time.Hour), handOn},
		"later, and past the deadline": {asked(), later(4 * time.Hour), refused(hold.TimeInvalid)},
		"later, and not ahead":         {asked(), later(0), refused(hold.TimeInvalid)},
		"another language":             {asked(), queue.Word{Disposition: hold.OtherLanguage, Language: "zh"}, handOn},
		"no language":                  {asked(), say(hold.OtherLanguage), refused(hold.LanguageMissing)},
		"a face, on the phone":         {asked(), say(hold.SameFace), refused(hold.DispositionMismatch)},
		"the same":                     {asked(seen), say(hold.SameFace), queue.Ruling{Next: queue.NextStands, Final: true}},
		"the same, unseen": {asked(seen, func(f *queue.Facts) { f.Unseen = hold.FaceUnseen }), say(hold.SameFace),
			refused(hold.FaceUnseen)},
		"somebody else":                 {asked(seen), say(hold.OtherFace), queue.Ruling{Next: queue.NextFace, Final: true}},
		"unusable":                      {asked(seen), say(hold.NoFace), queue.Ruling{Next: queue.NextFace}},
		"help: safe":                    {asked(help, talk), say(hold.SafeNow), closes},
		"help: safe, and nobody was on": {asked(help, machine), say(hold.SafeNow), refused(hold.CallMissing)},
		"help: a scam":                  {asked(help, talk), say(hold.Scammed), suspects},
		"help: a scam, to a supervisor": {asked(help, talk, supervisor), say(hold.Scammed), queue.Ruling{Next: queue.NextClose, Final: true,
			Suspect: true}},
		"help: not me":                    {asked(help, talk), say(hold.NotTheirs), freezes},
		"help: not reached":               {asked(help, talk), say(hold.NotReached), attempt},
		"help: not reached, and no call":  {asked(help), say(hold.NotReached), refused(hold.CallMissing)},
		"help: no answer":                 {asked(help, talk), say(hold.NoAnswer), refused(hold.DispositionMismatch)},
		"help: refused":                   {asked(help, talk), say(hold.Refused), refused(hold.DispositionMismatch)},
		"a freeze: safe":                  {asked(frozen, talk), say(hold.SafeNow), closes},
		"safe, of a call about a payment": {asked(talk), say(hold.SafeNow), refused(hold.DispositionMismatch)},
		"a scam, of the same":             {asked(talk), say(hold.Scammed), refused(hold.DispositionMismatch)},
	} {
		got := queue.Rule(c.facts, c.word)
		got.Leg = hold.Leg{}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Whatever the facts, nothing but a talk of this lease with whom we know, or whom
// a second person knows, makes an approval stand; no refusal is refused for what
// was proved or for who heard it; an urgent call releases nothing.
func TestNothingButAProofApproves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var do []func(*queue.Facts)
		for _, maybe := range []func(*queue.Facts){digits, ringsIn, unasked, loose, help, suspected, large, small, noApp, ceiling, talk,
			machine, rang(goesOn), scam, refusedBefore,
			rang(ended(7, "num_1", 12*time.Second)), rang(ended(6, "num_1", time.Minute)), rang(ended(7, "num_9",
				time.Minute)), waits("agent:ana"), waits("agent:bo"),
			elsewhere(hold.SMS, time.Minute), elsewhere(hold.Push, time.Hour), elsewhere(hold.Push, time.Minute), supervisor, escalated, business} {
			if rapid.IntRange(0, 3).Draw(t, "fact") == 0 {
				do = append(do, maybe)
			}
		}
		f := asked(do...)
		d := rapid.SampledFrom(hold.Dispositions).Draw(t, "disposition")
		if answer := d.Answer(); answer == hold.Deny || answer == hold.NotMe {
			f.Verdict = hold.Verdict{Answer: answer}
		}
		r, leg := queue.Rule(f, say(d)), f.Proof()
		known := leg.Identified || leg.Vouched
		alone := f.Waits == nil || f.Waits.First == "agent:ana"
		releases := (r.Next == queue.NextStands || r.Next == queue.NextSeconded || r.Next == queue.NextSecond) && d.Answer() == hold.Approve
		switch {
		case releases && (leg.Connected < hold.MinConnected || !known || f.Challenge == nil || f.Task.Kind.Urgent()):
			t.Fatalf("%s is taken on %+v", d, leg)
		case releases && !leg.Identified && alone && (f.Hold.Customer.HasApp() || f.Task.Scam || f.Hold.Doubted()):
			t.Fatalf("%s is taken by one person's word on %+v", d, leg)
		case releases && f.Agent.Takes(f.Task, f.Role) != "":
			t.Fatalf("%s is taken from who may not", d)
		case r.Next == queue.NextStands && d.Answer() == hold.Approve && queue.NeedsTwo(f.Task, f.Hold):
			t.Fatalf("one person is enough for %+v", f.Task)
		case r.Next == queue.NextSeconded && (f.Waits == nil || f.Waits.First == "agent:ana"):
			t.Fatalf("nobody came first: %+v", f.Waits)
		case r.Next == queue.NextTalk && (r.Final || leg.Connected < hold.MinConnected):
			t.Fatalf("nobody talked: %+v", r)
		case (d == hold.Refused && !f.Task.Kind.Urgent() || d == hold.NotTheirs) && r.Refusal != "":
			t.Fatalf("%s is refused: %s", d, r.Refusal)
		case r.Refusal != "" && r.Next != "":
			t.Fatalf("refused, and something follows: %+v", r)
		}
	})
}

package policy

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/interview"
)

// A policy with an interview, without a fault. Each test changes a line of it.
const (
	interviewPart = `interview:
  device_warning: device
  questions:
    - code: company
      en: x
      zh-Hans: x
      answers:
        - {code: "no", en: x, zh-Hans: x, then: none, contradicts: [on_call], warning: company}
        - {code: "yes", en: x, zh-Hans: x, then: talk, warning: company}
    - code: told
      en: x
      zh-Hans: x
      answers:
        - {code: "no", en: x, zh-Hans: x, then: none}
        - {code: "yes", en: x, zh-Hans: x, then: wait, warning: company}
  warnings:
    company: {en: x, zh-Hans: x}
    device: {en: x, zh-Hans: x, seconds: 20}
`
	scenariosPart = `scenarios:
  - code: love
    signs: '"fraud" in hold.risk.reasons'
    wait: 24h
    questions:
      - code: met
        en: x
        zh-Hans: x
        answers:
          - {code: "yes", en: x, zh-Hans: x, then: none}
          - {code: "no", en: x, zh-Hans: x, then: stop, warning: unmet}
      - code: why
        en: x
        zh-Hans: x
        answers:
          - {code: a, en: x, zh-Hans: x, then: none}
          - {code: b, en: x, zh-Hans: x, then: warn, warning: device}
    warnings:
      unmet: {en: x, zh-Hans: x}
  - code: general
    wait: 12h
`
	interviewLadders = `ladders:
  main:
    rungs:
      - name: push
        ask: [{channel: push, interview: auto}]
        timeout: 1m
    exhausted: callback
`
	interviewRules = `rules:
  - {name: card, when: hold.kind == "card", ladder: card}
  - {name: all, ladder: main}
`
	cardLadder = `  card:
    rungs:
      - name: push
        ask: [{channel: push}]
        timeout: 1m
`
	talking = head + interviewPart + scenariosPart + interviewLadders + cardLadder + reasonsPart + interviewRules
)

// change replaces the first from, and what follows it, in a policy without a fault.
func change(t *testing.T, changes ...string) string {
	t.Helper()
	source := talking
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(source, changes[i]) {
			t.Fatalf("%q is not in the policy", changes[i])
		}
		source = strings.Replace(source, changes[i], changes[i+1], 1)
	}
	return source
}

func TestScenarioFaults(t *testing.T) {
	t.Parallel()
	mustLoad(t, talking)
	mustLoad(t, change(t, "        timeout: 1m\n", "        timeout: 1m\n        approved: next\n")) // a talk goes past a gate
	whole := `[{channel: push, interview: auto}]`
	mustLoad(t, change(t, whole, `[{channel: facelink, by_sms: true, interview: auto}]`, "rules:", // its page asks
		"sms: {ceilings: {EUR: 1}, countries: [DE]}\nrules:"))
	tests := map[string]struct {
		changes []string
		want    []at
	}{
		"interview on sms": {[]string{whole, `[{channel: sms, interview: general}]`, "rules:",
			"sms: {ceilings: {EUR: 1}, countries: [DE]}\nrules:"},
			[]at{{45, 41, "ladders.main.rungs[0].ask[0].interview", "only push, facelink and callback"}}},
		"unknown scenario": {[]string{"interview: auto", "interview: hate"},
			[]at{{45, 42, "ladders.main.rungs[0].ask[0].interview", "no scenario hate; name one of scenarios, or auto"}}},
		"no scenarios": {[]string{interviewPart, "", scenariosPart, ""},
			[]at{{6, 42, "ladders.main.rungs[0].ask[0].interview", "auto needs scenarios"}}},
		"scenarios alone": {[]string{interviewPart, "", "interview: auto", "interview: love"}, []at{{1, 1, "", "interview is missing"},
			{27, 42, "ladders.main.rungs[0].ask[0].interview", "no scenario love"}}},
		"interview alone": {[]string{scenariosPart, "", ", interview: auto", ""}, []at{{1, 1, "", "scenarios is missing"}}},
		"no general": {[]string{"  - code: general\n    wait: 12h\n", ""}, []at{{21, 3, "scenarios", "general is missing"},
			{43, 42, "ladders.main.rungs[0].ask[0].interview", "auto needs scenarios, and among them general"}}},
		"general with signs": {[]string{"general\n", "general\n    signs: hold.scam\n"},
			[]at{{40, 12, "scenarios[1].signs", "general has no signs"}}},
		"named auto": {[]string{"code: love", "code: auto"}, []at{{21, 11, "scenarios[0].code", "name it otherwise"}}},
		"twice": {[]string{"  - code: general", "  - {code: general, wait: 1h}\n  - code: general"},
			[]at{{40, 11, "scenarios[2].code", "duplicate scenario"}}},
		"no signs": {[]string{"    signs: '\"fraud\" in hold.risk.reasons'\n", ""}, []at{{21, 5, "scenarios[0]", "signs is missing"}}},
		"signs with a fault": {[]string{`"fraud" in hold`, `hold.scam && "frauds" in hold`},
			[]at{{22, 26, "scenarios[0].signs", "hold.risk.reasons never has this value"}}},
		"signal that is none": {[]string{`'"fraud" in hold.risk.reasons'`, `hold.scam && device.overlay == "maybe"`},
			[]at{{22, 43, "scenarios[0].signs", "device.overlay never has this value"}}},
		"integrity that is none": {[]string{`'"fraud" in hold.risk.reasons'`, `hold.scam && device.integrity in ["failed", "yes"]`},
			[]at{{22, 56, "scenarios[0].signs", "device.integrity never has this value"}}},
		"no callback": {[]string{"    exhausted: callback\n", ""},
			[]at{{45, 42, "ladders.main.rungs[0].ask[0].interview", "add a rung, or say exhausted: callback"}}},
		"callback that leads on": {[]string{"    exhausted: callback\n",
			"      - {name: call, ask: [{channel: callback}], timeout: 1h, approved: next, unanswered: reverse, undeliverable: reverse}\n" +
				"      - {name: last, ask: [{channel: push}], timeout: 1h}\n"},
			[]at{{45, 42, "ladders.main.rungs[0].ask[0].interview", "no callback whose approval releases"}}},

		"no then": {[]string{"then: none}", "}"},
			[]at{{15, 11, "interview.questions[1].answers[0]", "then is missing, so the answer leads nowhere; say one of none, warn"}}},
		"unknown then": {[]string{"then: none}", "then: end}"},
			[]at{{15, 49, "interview.questions[1].answers[0].then", "must be one of none"}}},
		"no warning": {[]string{"then: talk, warning: company", "then: talk"},
			[]at{{10, 11, "interview.questions[0].answers[1]", "warning is missing"}}},
		"none contradicts": {[]string{", warning: company", ""}, []at{{9, 11, "interview.questions[0].answers[0]", "warning is missing"}}},
		"warns of nothing": {[]string{"then: none}", "then: none, warning: company}"},
			[]at{{15, 64, "interview.questions[1].answers[0].warning", "say then: warn"}}},
		"unknown warning": {[]string{"warning: unmet", "warning: unmade"},
			[]at{{30, 66, "scenarios[0].questions[0].answers[1].warning", "no warning unmade; write it under warnings"}}},
		"a scenario's, first": {[]string{"then: talk, warning: company", "then: talk, warning: unmet"},
			[]at{{10, 65, "interview.questions[0].answers[1].warning", "no warning unmet"}}},
		"warning twice": {[]string{"unmet: {en", "device: {en", "warning: unmet", "warning: device"},
			[]at{{38, 7, "scenarios[0].warnings.device", "name it otherwise"}}},
		"device warning": {[]string{"device_warning: device", "device_warning: tool"},
			[]at{{3, 19, "interview.device_warning", "no warning tool"}}},
		"no contradiction": {[]string{"  device_w", "  contradiction: none\n  device_w"},
			[]at{{3, 18, "interview.contradiction", "must be one of warn, wait, talk, stop"}}},
		"unknown signal": {[]string{"[on_call]", "[integrity]"},
			[]at{{9, 69, "interview.questions[0].answers[0].contradicts[0]", "one of on_call, screen_shared"}}},
		"no Chinese": {[]string{"company: {en: x, zh-Hans: x}", "company: {en: x}"},
			[]at{{18, 14, "interview.warnings.company", "zh-Hans is missing"}}},
		"no Chinese asked": {[]string{"      zh-Hans: x\n", ""}, []at{{5, 7, "interview.questions[0]", "zh-Hans is missing"}}},
		"no English": {[]string{"en: x, zh-Hans: x, then: talk", "zh-Hans: x, then: talk"},
			[]at{{10, 11, "interview.questions[0].answers[1]", "en is missing"}}},
		"40 words": {[]string{"company: {en: x", "company: {en: x" + strings.Repeat(" y", 39)},
			[]at{{18, 19, "interview.warnings.company.en", "has 40 words; a warning has fewer than 40, and one idea"}}},
		"101 characters": {[]string{"company: {en: x, zh-Hans: x", "company: {en: x, zh-Hans: " + strings.Repeat("请", 101)},
			[]at{{18, 31, "interview.warnings.company.zh-Hans", "has 101 characters"}}},
		"4 seconds":  {[]string{"seconds: 20", "seconds: 4"}, []at{{19, 42, "interview.warnings.device.seconds", "from 5 to 20"}}},
		"21 seconds": {[]string{"seconds: 20", "seconds: 21"}, []at{{19, 42, "interview.warnings.device.seconds", "from 5 to 20"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, change(t, tt.changes...), tt.want)
		})
	}
}

// How many questions and answers there may be.
func TestQuestionCounts(t *testing.T) {
	t.Parallel()
	question := func(code string, answers int) string {
		q := "{code: " + code + ", en: x, zh-Hans: x, answers: ["
		for i := range answers {
			q += "{code: a" + string(rune('a'+i)) + ", en: x, zh-Hans: x, then: none}, "
		}
		return q + "]}"
	}
	ask := func(qs ...string) string { return "questions: [" + strings.Join(qs, ", ") + "]\n" }
	two := []string{question("a", 2), question("b", 5)}
	first, own := talking[strings.Index(talking, "questions:"):strings.Index(talking, "  warnings:")],
		talking[strings.LastIndex(talking, "questions:"):strings.LastIndex(talking, "    warnings:")]
	for name, tt := range map[string]struct{ from, to, says string }{
		"three first":    {first, ask(append(two, question("c", 2))...), "has 3 questions; it must have 2"},
		"one of its own": {own, ask(two[0]), "has 1 questions; it must have 2 to 4"},
		"five":           {own, ask(append(two, question("c", 2), question("d", 2), question("e", 2))...), "has 5 questions"},
		"four":           {own, ask(append(two, question("c", 2), question("d", 2))...), ""},
		"one answer":     {own, ask(two[0], question("b", 1)), "has 1 answers; it must have 2 to 5"},
		"six answers":    {own, ask(two[0], question("b", 6)), "has 6 answers"},
		"same question":  {own, ask(two[0], two[0]), "duplicate question"},
		"asked first":    {own, ask(two[0], question("told", 2)), "duplicate question"},
		"same answer":    {own, strings.Replace(ask(two...), "code: ab", "code: aa", 1), "duplicate answer"},
		"six dozen":      {scenariosPart, "scenarios:\n" + strings.Repeat("  - {}\n", 72), "has 72 scenarios, at most 50"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load([]byte(change(t, tt.from, tt.to)))
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

// A wait that a hold's deadline has no room for is a fault, for the kinds of holds
// that can come to it.
func TestWaitsFitTheDeadlines(t *testing.T) {
	t.Parallel()
	cardTalks := []string{`        ask: [{channel: push}]
        timeout: 1m
`, `        ask: [{channel: push, interview: auto}]
        timeout: 1m
    exhausted: callback
`}
	// signed changes what love's signs are, and has general wait for nothing.
	signed := func(signs string) []string {
		return []string{`'"fraud" in hold.risk.reasons'`, "'" + signs + "'", "general\n    wait: 12h", "general", "then: wait", "then: talk"}
	}
	tests := map[string]struct {
		changes []string
		want    []at
	}{
		"24 h of 24 h": {[]string{"wait: 12h", "wait: 24h"}, []at{{40, 11, "scenarios[1].wait",
			"waits 24h, but deadlines.transfer is 24h and 4h of it are for calls: wait at most 20h"}}},
		"20 h of 24 h":    {[]string{"wait: 12h", "wait: 20h"}, nil},
		"68 h of a scam":  {[]string{"wait: 24h", "wait: 68h"}, nil},
		"69 h of a scam":  {[]string{"wait: 24h", "wait: 69h"}, []at{{23, 11, "scenarios[0].wait", "deadlines.scam is 72h"}}},
		"longer deadline": {[]string{"wait: 12h", "wait: 24h", "rules:", "deadlines: {transfer: 48h, cash_out: 48h}\nrules:"}, nil},
		"one of two longer": {[]string{"wait: 12h", "wait: 24h", "rules:", "deadlines: {transfer: 48h}\nrules:"},
			[]at{{40, 11, "scenarios[1].wait", "deadlines.cash_out"}}},
		"shorter deadline": {[]string{"rules:", "deadlines: {transfer: 12h, cash_out: 4h}\nrules:"}, []at{{40, 11, "scenarios[1].wait",
			"deadlines.cash_out is 4h, which leaves no time to wait"}}},
		"cards": {cardTalks, []at{{40, 11, "scenarios[1].wait", "deadlines.card is 15m, which leaves no time"}}},
		"cards, by name": {[]string{cardTalks[0], strings.Replace(cardTalks[1], "auto", "love", 1)},
			[]at{{23, 11, "scenarios[0].wait", "deadlines.card is 15m"}}},
		"the next rule": {append([]string{`hold.kind == "card"`, `hold.kind == "card" && hold.kind != "card"`}, cardTalks...),
			[]at{{40, 11, "scenarios[1].wait", "deadlines.card is 15m"}}},
		"signs take them in": {append(signed(`hold.kind in ["card", "cash_out"]`), cardTalks...),
			[]at{{23, 11, "scenarios[0].wait", "deadlines.card is 15m"}}},
		"signs leave them out": {append(signed(`hold.kind == "transfer" && hold.scam || !(hold.kind == "transfer" || !hold.scam)`), cardTalks...),
			nil},
		"no ladder asks":                  {[]string{"wait: 12h", "wait: 600h", ", interview: auto", ""}, nil},
		"too short":                       {[]string{"wait: 12h", "wait: 59s"}, []at{{40, 11, "scenarios[1].wait", "at least 1m"}}},
		"none, and an answer leads to it": {[]string{"    wait: 12h\n", ""}, []at{{39, 5, "scenarios[1]", "wait is missing"}}},
		"none, and none leads to it":      {[]string{"    wait: 12h\n", "", "then: wait", "then: talk"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := change(t, tt.changes...)
			if tt.want == nil {
				mustLoad(t, source)
				return
			}
			checkFaults(t, source, tt.want)
		})
	}
}

// The first scenario whose signs are met is asked about, general when none is; an
// ask that names one has its own, and the call asks what the app does.
func TestAuto(t *testing.T) {
	t.Parallel()
	named := change(t, "ask: [{channel: push, interview: auto}]", "ask: [{channel: push, interview: general}, {channel: facelink}]")
	both := change(t, "  - code: general", `  - {code: other, signs: 'device.on_call == "yes"', wait: 1h, questions: [`+
		`{code: q1, en: x, zh-Hans: x, answers: [{code: a, en: x, zh-Hans: x, then: none}, {code: b, en: x, zh-Hans: x, then: none}]}, `+
		`{code: q2, en: x, zh-Hans: x, answers: [{code: a, en: x, zh-Hans: x, then: none}, {code: b, en: x, zh-Hans: x, then: none}]}]}
  - code: general`)
	tests := map[string]struct {
		source   string
		reason   string
		sig      hold.Signals
		want     string
		explains string
	}{
		"met":        {both, "fraud", hold.Signals{OnCall: hold.Yes}, "love", `scenario love (line 21): matched: the condition is true`},
		"the second": {both, "other", hold.Signals{OnCall: hold.Yes}, "other", `scenario love (line 21): not matched: the condition is false`},
		"none":       {both, "other", hold.Signals{OnCall: hold.No}, General, `scenario general (line 40): matched: no other's signs are met`},
		"unknown":    {both, "other", hold.Signals{}, General, `when device.on_call == "yes"`},
		"named":      {named, "fraud", hold.Signals{}, General, `push, interview general + facelink, valid 10m`},
		"unavailable": {change(t, `"fraud" in hold.risk.reasons`, `hold.scam && 1 / hold.risk.score > 0`), "fraud", hold.Signals{},
			General, `love (line 21): error: `},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mustLoad(t, tt.source)
			terms, _, x, err := p.Terms(transfer(tt.reason), Customer{Signals: tt.sig}, now)
			if err != nil {
				t.Fatal(err)
			}
			rungs := terms.Ladder.Rungs
			if rungs[0].Asks[0].Interview != tt.want || rungs[1].Asks[0].Interview != tt.want || !reflect.DeepEqual(terms.Ladder, x.Ladder) {
				t.Errorf("asks %+v, want %s", rungs, tt.want)
			}
			if !strings.Contains(x.String(), tt.explains) {
				t.Errorf("%s\nlacks %s", x, tt.explains)
			}
		})
	}
}

// A ladder without an interview tries no signs and says nothing of any.
func TestNoInterviewNoSigns(t *testing.T) {
	t.Parallel()
	card := transfer("fraud")
	card.Kind = hold.KindCard
	terms, _, x, err := mustLoad(t, talking).Terms(card, Customer{}, now)
	if err != nil || terms.Ladder.Rungs[0].Asks[0].Interview != "" || x.Scenario != "" || x.Scenarios != nil {
		t.Errorf("%+v, %+v, %v", terms.Ladder, x, err)
	}
}

// A scenario begins with what everybody is asked, and no caller changes it for others.
func TestScenario(t *testing.T) {
	t.Parallel()
	p := mustLoad(t, talking)
	s, ok := p.Scenario("love")
	if !ok || len(s.Questions) != 4 || s.Questions[0].Code != "company" || s.Wait != 24*time.Hour || s.Contradiction != interview.Talk ||
		s.DeviceWarning != "device" || len(s.Warnings) != 3 || s.Warnings[0].Seconds != 8 || s.Warnings[1].Seconds != 20 {
		t.Errorf("%+v", s)
	}
	if _, ok := p.Scenario("hate"); ok {
		t.Error("there is a scenario that is not written")
	}
	s.Questions[0].Options[0].Contradicts[0] = "changed"
	s.Questions[0].Options[0].Then, s.Questions[0].Code, s.Warnings[0].Seconds = interview.Stop, "changed", 1
	again, _ := p.Scenario("love")
	if o := again.Questions[0].Options[0]; o.Contradicts[0] != "on_call" || o.Then != interview.None || again.Questions[0].Code != "company" ||
		again.Warnings[0].Seconds != 8 {
		t.Errorf("a caller changed the policy: %+v", again)
	}
}

// Rules see what the device says, too.
func TestDeviceFacts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		when string
		sig  hold.Signals
		want bool
	}{
		{`device.on_call == "yes"`, hold.Signals{OnCall: hold.Yes}, true},
		{`device.screen_shared == "no"`, hold.Signals{ScreenShared: hold.No}, true},
		{`device.remote_tool == "unknown"`, hold.Signals{}, true},
		{`device.remote_tool == "yes"`, hold.Signals{}, false},
		{`device.overlay != "yes"`, hold.Signals{Overlay: hold.Yes}, false},
		{`device.integrity in ["failed", "none"]`, hold.Signals{Integrity: hold.IntegrityFailed}, true},
		{`device.integrity == "unknown"`, hold.Signals{}, true},
	} {
		p := mustLoad(t, head, reasonsPart, laddersPart, "rules:\n  - {name: met, when: '", tt.when,
			"', ladder: main}\n  - {name: all, ladder: main}\n")
		terms, _, _, err := p.Terms(transfer("other"), Customer{Signals: tt.sig}, now)
		if err != nil || (terms.Rule == "met") != tt.want {
			t.Errorf("%s of %+v: rule %s, %v", tt.when, tt.sig, terms.Rule, err)
		}
	}
}

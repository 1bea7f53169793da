package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/hold"
)

// The parts of a policy without a fault. Each test replaces one of them.
const (
	head = "policy: test\n"

	reasonsPart = `reasons:
  other: {customer: {en: x, zh-Hans: x}, agent: {en: x}}
  fraud:
    customer: {en: x, zh-Hans: x}
    agent: {en: x}
    scam: true
    warning: {en: x, zh-Hans: x}
`
	laddersPart = `ladders:
  main:
    rungs:
      - name: push
        ask: [{channel: push}]
        timeout: 1m
`
	rulesPart = `rules:
  - {name: all, ladder: main}
sms: {ceilings: {EUR: 50000}, countries: [DE, IT]}
`
)

func mustLoad(t *testing.T, parts ...string) *Policy {
	t.Helper()
	p, err := Load([]byte(strings.Join(parts, "")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at is where a fault is expected and what its message has in it.
type at struct {
	line, column int
	path, says   string
}

// Every fault is found in one go, each at the line and column of its node.
func TestLoadFaults(t *testing.T) {
	t.Parallel()
	rung := func(lines ...string) string {
		return head + "ladders:\n  main:\n    rungs:\n      - name: one\n        " + strings.Join(lines, "\n        ") + "\n" + reasonsPart +
			rulesPart
	}
	ladder := func(text string) string { return head + "ladders:\n  main:\n" + text + reasonsPart + rulesPart }
	rules := func(text string) string { return head + "rules:\n" + text + laddersPart + reasonsPart }
	reason := func(text string) string { return head + "reasons:\n" + text + laddersPart + rulesPart }
	top := func(text string) string { return head + text + reasonsPart + laddersPart + rulesPart }

	sixteen := "    rungs:\n"
	for i := range 16 {
		sixteen += "      - {name: r" + string(rune('a'+i)) + ", ask: [{channel: push}], timeout: 1m}\n"
	}

	tests := map[string]struct {
		source string
		want   []at
	}{
		"empty":         {"", []at{{1, 1, "", "empty"}}},
		"comment only":  {"# nothing\n", []at{{1, 1, "", "empty"}}},
		"not a mapping": {"- a\n", []at{{1, 1, "", "must be a mapping"}}},
		"not YAML":      {"policy: a\n  b: c\n", []at{{2, 1, "", "not YAML"}}},
		"not UTF-8":     {"policy: \xff\n", []at{{1, 1, "", "not UTF-8"}}},
		"two documents": {top("") + "---\na: b\n", []at{{18, 1, "", "more than one"}}},
		"too large":     {top("# " + strings.Repeat("x", MaxSize) + "\n"), []at{{1, 1, "", "256 KiB"}}},
		"nothing there": {"policy: x\n", []at{{1, 1, "", "reasons is missing"}, {1, 1, "", "ladders is missing"},
			{1, 1, "", "rules is missing"}}},
		"unknown key":   {top("polcy: x\n"), []at{{2, 1, "polcy", "unknown key"}}},
		"duplicate key": {top("policy: again\n"), []at{{2, 1, "policy", "duplicate key"}}},
		"alias":         {top("min_device_age: &a 1h\nmin_contact_age: *a\n"), []at{{3, 18, "", "aliases"}}},
		"alias bomb": {top("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), []at{{2, 1, "a", "unknown"}, {3, 1, "b", "unknown"},
			{3, 8, "", "aliases"}, {3, 12, "", "aliases"}, {4, 1, "c", "unknown"}, {4, 5, "", "aliases"}, {4, 9, "", "aliases"}}},
		"merge key":      {top("<<: {a: b}\n"), []at{{2, 1, "<<", "unknown key"}}},
		"not a duration": {top("min_device_age: 12 hours\n"), []at{{2, 17, "min_device_age", "duration"}}},
		"negative age":   {top("min_contact_age: -1s\n"), []at{{2, 18, "min_contact_age", "at least"}}},
		"recalls":        {top("recalls: {own_not_me: always}\n"), []at{{2, 23, "recalls.own_not_me", "ask"}}},
		"suspicion":      {top("suspicion: 1s\n"), []at{{2, 12, "suspicion", "at least 1m"}}},
		"verdict's time": {top("verdicts: {expire: 59m}\n"), []at{{2, 20, "verdicts.expire", "at least 1h"}}},
		"verdict's year": {top("verdicts: {expire: 8761h}\n"), []at{{2, 20, "verdicts.expire", "at most 8760h"}}},
		"recall too far": {top("verdicts: {recall: 2161h}\n"), []at{{2, 20, "verdicts.recall", "at most 2160h"}}},
		"of no verdict":  {top("verdicts: {until: 1h}\n"), []at{{2, 12, "verdicts.until", "unknown key"}}},
		"contacts": {top("contacts: {inform: shout}\n"), []at{{2, 11, "contacts", "enabled is missing"},
			{2, 20, "contacts.inform", "ask"}}},
		"contacts' veto":  {top("contacts: {enabled: true, veto: app}\n"), []at{{2, 33, "contacts.veto", "agent"}}},
		"portrait age":    {top("min_portrait_age: 0s\n"), []at{{2, 19, "min_portrait_age", "at least 1s"}}},
		"unknown kind":    {top("deadlines: {cheque: 1h}\n"), []at{{2, 13, "deadlines.cheque", "unknown key"}}},
		"deadline zero":   {top("deadlines:\n  card: 0s\n"), []at{{3, 9, "deadlines.card", "at least 1s"}}},
		"deadline length": {top("deadlines: {card: 721h}\n"), []at{{2, 19, "deadlines.card", "at most 720h"}}},

		"no other": {reason("  a: {customer: {en: x, zh-Hans: x}, agent: {en: x}}\n"), []at{{3, 3, "reasons", "other is missing"}}},
		"no translation": {reason("  other: {customer: {en: x}, agent: {en: x}}\n"),
			[]at{{3, 21, "reasons.other.customer", "zh-Hans is missing"}}},
		"unknown locale": {reason("  other: {customer: {en: x, zh-Hans: x, fr: x}, agent: {en: x}}\n"),
			[]at{{3, 41, "reasons.other.customer.fr", "unknown key"}}},
		"no warning": {reason("  other: {customer: {en: x, zh-Hans: x}, agent: {en: x}, scam: true}\n"),
			[]at{{3, 3, "reasons.other", "warning is missing"}}},
		"scam not a flag": {reason("  other: {customer: {en: x, zh-Hans: x}, agent: {en: x}, scam: 1}\n"),
			[]at{{3, 64, "reasons.other.scam", "true or false"}}},
		"empty text": {reason("  other: {customer: {en: '', zh-Hans: x}, agent: {en: x}}\n"),
			[]at{{3, 26, "reasons.other.customer.en", "empty"}}},
		"number as text": {reason("  other: {customer: {en: 1, zh-Hans: x}, agent: {en: x}}\n"),
			[]at{{3, 26, "reasons.other.customer.en", "quotes"}}},
		"bad code": {reason("  other: {customer: {en: x, zh-Hans: x}, agent: {en: x}}\n  Bad Code: {customer: {en: x, zh-Hans: x}, agent: " +
			"{en: x}}\n"), []at{{4, 3, "reasons.Bad Code", "a code must"}}},
		"after Chinese": {reason("  other: {customer: {zh-Hans: 您好, en: 1}, agent: {en: x}}\n"),
			[]at{{3, 39, "reasons.other.customer.en", "quotes"}}},

		"no ladders": {head + "ladders: {}\n" + reasonsPart + rulesPart, []at{{2, 10, "ladders", "names no ladder"},
			{11, 25, "rules[0].ladder", "no ladder main"}}},
		"no rungs":      {ladder("    rungs: []\n"), []at{{4, 12, "ladders.main.rungs", "has no rungs"}}},
		"rungs missing": {ladder("    exhausted: wait\n"), []at{{4, 5, "ladders.main", "rungs is missing"}}},
		"17 rungs": {ladder(sixteen + "      - {name: last, ask: [{channel: push}], timeout: 1m}\n"),
			[]at{{5, 7, "ladders.main.rungs", "17 rungs"}}},
		"16 and callback": {ladder(sixteen + "    exhausted: callback\n"), []at{{5, 7, "ladders.main.rungs", "17 rungs with the one"}}},
		"unknown exhausted": {ladder("    exhausted: release\n    rungs: [{name: a, ask: [{channel: push}], timeout: 1m}]\n"),
			[]at{{4, 16, "ladders.main.exhausted", "must be one of wait, reverse, callback"}}},
		"duplicate rung": {ladder("    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m}\n      - {name: a, ask: [{channel: " +
			"push}], timeout: 1m}\n"), []at{{6, 16, "ladders.main.rungs[1].name", "duplicate rung"}}},
		"rung named next": {ladder("    rungs:\n      - {name: next, ask: [{channel: push}], timeout: 1m}\n"),
			[]at{{5, 16, "ladders.main.rungs[0].name", "name of an edge"}}},
		"rung named as the appended one": {ladder("    exhausted: callback\n    rungs:\n      - {name: exhausted, ask: [{channel: push}], " +
			"timeout: 1m}\n"),
			[]at{{6, 16, "ladders.main.rungs[0].name", "appends"}}},

		"no timeout":   {rung("ask: [{channel: push}]"), []at{{5, 9, "ladders.main.rungs[0]", "timeout is missing"}}},
		"timeout zero": {rung("ask: [{channel: push}]", "timeout: 0s"), []at{{7, 18, "ladders.main.rungs[0].timeout", "at least"}}},
		"no channel":   {rung("ask: []", "timeout: 1m"), []at{{6, 14, "ladders.main.rungs[0].ask", "no channel"}}},
		"unknown channel": {rung("ask: [{channel: email}]", "timeout: 1m"), []at{{6, 25, "ladders.main.rungs[0].ask[0].channel",
			"push, sms, facelink, callback"}}},
		"channel twice": {rung("ask: [{channel: push}, {channel: push}]", "timeout: 1m"),
			[]at{{6, 42, "ladders.main.rungs[0].ask[1].channel", "twice"}}},
		"unknown quorum": {rung("ask: [{channel: push}]", "timeout: 1m", "quorum: most"), []at{{8, 17, "ladders.main.rungs[0].quorum",
			"any, all"}}},
		"sms too long": {rung("ask: [{channel: sms, lifetime: 11m}]", "timeout: 1m"),
			[]at{{6, 40, "ladders.main.rungs[0].ask[0].lifetime", "at most 10m"}}},
		"facelink too long": {rung("ask: [{channel: facelink, lifetime: 601s}]", "timeout: 1m"),
			[]at{{6, 45, "ladders.main.rungs[0].ask[0].lifetime", "at most 10m"}}},
		"outlives default sms": {rung("ask: [{channel: sms}]", "timeout: 6m"), []at{{7, 18, "ladders.main.rungs[0].timeout",
			"6m outlives the sms proof, which lives 5m"}}},
		"outlives facelink": {rung("timeout: 3m", "ask: [{channel: facelink, lifetime: 2m}]"), []at{{6, 18, "ladders.main.rungs[0].timeout",
			"outlives the facelink proof"}}},
		"push lifetime": {rung("ask: [{channel: push, lifetime: 1m}]", "timeout: 1m"),
			[]at{{6, 41, "ladders.main.rungs[0].ask[0].lifetime", "no lifetime"}}},
		"sms min_uv": {rung("ask: [{channel: sms, min_uv: pin}]", "timeout: 1m"), []at{{6, 38, "ladders.main.rungs[0].ask[0].min_uv",
			"only push"}}},
		"unknown min_uv": {rung("ask: [{channel: push, min_uv: face}]", "timeout: 1m"), []at{{6, 39, "ladders.main.rungs[0].ask[0].min_uv",
			"none, pin, biometric"}}},
		"bad time of day": {rung(`ask: [{channel: sms, not_between: {from: "24:00", to: 7:00}}]`, "timeout: 1m"),
			[]at{{6, 50, "ladders.main.rungs[0].ask[0].not_between.from", "22:00"}, {6, 63, "ladders.main.rungs[0].ask[0].not_between.to",
				"22:00"}}},
		"skill of a push": {rung("ask: [{channel: push, skill: business}]", "timeout: 1m"),
			[]at{{6, 38, "ladders.main.rungs[0].ask[0].skill", "only callback"}}},
		"skill of a role": {rung("ask: [{channel: callback, skill: supervisor}]", "timeout: 1m"),
			[]at{{6, 42, "ladders.main.rungs[0].ask[0].skill", "is a role"}}},
		"empty span": {rung(`ask: [{channel: sms, not_between: {from: "07:00", to: "07:00"}}]`, "timeout: 1m"),
			[]at{{6, 43, "ladders.main.rungs[0].ask[0].not_between", "empty"}}},

		"edge to nowhere": {rung("ask: [{channel: push}]", "timeout: 1m", "unanswered: call"),
			[]at{{8, 21, "ladders.main.rungs[0].unanswered", "name of a later rung"}}},
		"edge to itself": {rung("ask: [{channel: push}]", "timeout: 1m", "undeliverable: one"),
			[]at{{8, 24, "ladders.main.rungs[0].undeliverable", "not a later rung"}}},
		"unanswered releases": {rung("ask: [{channel: push}]", "timeout: 1m", "unanswered: release"),
			[]at{{8, 21, "ladders.main.rungs[0].unanswered", "must be one of reverse, next"}}},
		"undeliverable releases": {rung("ask: [{channel: push}]", "timeout: 1m", "undeliverable: release"),
			[]at{{8, 24, "ladders.main.rungs[0].undeliverable", "must be one of reverse, next"}}},
		"refused next": {rung("ask: [{channel: push}]", "timeout: 1m", "refused: next"),
			[]at{{8, 18, "ladders.main.rungs[0].refused", "must be one of reverse"}}},
		"refused without callback": {rung("ask: [{channel: push}]", "timeout: 1m", "refused: two", "approved: next"),
			[]at{{8, 18, "ladders.main.rungs[0].refused", "must be one of reverse"}, {9, 19, "ladders.main.rungs[0].approved",
				"no rung after the last"}}},
		"refused to a push": {ladder("    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m, refused: b}\n      - {name: b, ask: " +
			"[{channel: push}], timeout: 1m}\n"), []at{{5, 65, "ladders.main.rungs[0].refused", "has no callback"}}},
		"approved to a rung": {ladder("    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m, approved: b}\n      - {name: b, " +
			"ask: [{channel: push}], timeout: 1m}\n"), []at{{5, 66, "ladders.main.rungs[0].approved", "release, next"}}},
		"gate passed by waiting": {ladder("    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m, approved: next, undeliverable: " +
			"reverse}\n      - {name: b, ask: [{channel: push}], timeout: 1m}\n"),
			[]at{{5, 9, "ladders.main.rungs[0]",
				"unanswered would lead to rung b without its approval; let it lead to reverse or to a rung with a callback, or ask"}}},
		"gate passed as unreachable": {ladder("    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m, approved: next, unanswered: " +
			"reverse, undeliverable: c}\n" +
			"      - {name: b, ask: [{channel: callback}], timeout: 1m}\n      - {name: c, ask: [{channel: push}], timeout: 1m}\n"),
			[]at{{5, 108, "ladders.main.rungs[0].undeliverable", "undeliverable would lead to rung c"}}},
		"gate in the middle": {ladder("    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m, approved: next, unanswered: c, " +
			"undeliverable: reverse}\n" +
			"      - {name: b, ask: [{channel: sms}], timeout: 1m, approved: next, unanswered: next, undeliverable: next}\n      - {name: c, " +
			"ask: [{channel: callback}, {channel: push}], timeout: 1m, approved: next}\n      - {name: d, ask: [{channel: push}], timeout: 1m}\n"),
			[]at{{7, 9, "ladders.main.rungs[2]", "unanswered would lead to rung d"}, {7, 9, "ladders.main.rungs[2]",
				"undeliverable would lead to rung d"}}},
		"gate to nowhere": {ladder("    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m, approved: next, unanswered: x, " +
			"undeliverable: reverse}\n      - {name: b, ask: [{channel: push}], timeout: 1m}\n"),
			[]at{{5, 84, "ladders.main.rungs[0].unanswered", "name of a later rung"}}},
		"edge to an earlier rung": {ladder("    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m}\n      - {name: b, ask: " +
			"[{channel: push}], timeout: 1m, unanswered: a}\n"), []at{{6, 68, "ladders.main.rungs[1].unanswered", "not a later rung"}}},
		"several faults in a file": {rung("ask: [{channel: fax}]", "timeout: soon", "colour: red"),
			[]at{{6, 25, "ladders.main.rungs[0].ask[0].channel", "must be one of"}, {7, 18, "ladders.main.rungs[0].timeout", "duration"},
				{8, 9, "ladders.main.rungs[0].colour", "unknown key"}}},
		"no rules":                  {head + "rules: []\n" + laddersPart + reasonsPart, []at{{2, 8, "rules", "has no rules"}}},
		"unknown ladder":            {rules("  - {name: a, ladder: nain}\n"), []at{{3, 23, "rules[0].ladder", "no ladder nain"}}},
		"last rule has a condition": {rules("  - {name: a, when: hold.scam, ladder: main}\n"), []at{{3, 21, "rules[0].when", "last rule"}}},
		"rule hides the rest": {rules("  - {name: a, ladder: main}\n  - {name: b, ladder: main}\n"),
			[]at{{3, 5, "rules[0]", "always matches"}}},
		"duplicate rule": {rules("  - {name: a, when: hold.scam, ladder: main}\n  - {name: a, ladder: main}\n"),
			[]at{{4, 12, "rules[1].name", "duplicate rule"}}},
		"rule without a name": {rules("  - {ladder: main}\n"), []at{{3, 5, "rules[0]", "name is missing"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, tt.source, tt.want)
		})
	}
}

func checkFaults(t *testing.T, source string, want []at) {
	t.Helper()
	p, err := Load([]byte(source))
	var faults Faults
	if p != nil || !errors.As(err, &faults) {
		t.Fatalf("policy %v, error %v; want faults", p, err)
	}
	ok := slices.EqualFunc(faults, want, func(f Fault, w at) bool {
		return f.Line == w.line && f.Column == w.column && f.Path == w.path && strings.Contains(f.Message, w.says)
	})
	if !ok {
		t.Errorf("got %v\nwant %v", faults, want)
	}
}

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	source := head + reasonsPart + rulesPart + `ladders:
  main:
    exhausted: callback
    rungs:
      - name: text
        ask: [{channel: sms, not_between: {from: "22:00", to: 07:00}}, {channel: facelink}]
        timeout: 5m
        refused: exhausted
`
	p := mustLoad(t, source)

	if p.minDeviceAge != 12*time.Hour || p.minContactAge != 72*time.Hour || p.minPortrait != 72*time.Hour {
		t.Errorf("ages %s, %s and %s", p.minDeviceAge, p.minContactAge, p.minPortrait)
	}
	if p.Name() != "test" || len(p.Version()) != 16 || string(p.Source()) != source {
		t.Errorf("name %q, version %q", p.Name(), p.Version())
	}
	l := p.ladders["main"]
	text, last := l.Rungs[0], l.Rungs[1]
	if text.Quorum != hold.Any || text.Approved != hold.EdgeRelease || text.Unanswered != hold.EdgeNext ||
		text.Undeliverable != hold.EdgeNext {
		t.Errorf("edges of %+v", text)
	}
	if got := time.Duration(text.Asks[0].Lifetime); got != 5*time.Minute {
		t.Errorf("sms lives %s", got)
	}
	if got := time.Duration(text.Asks[1].Lifetime); got != 10*time.Minute {
		t.Errorf("facelink lives %s", got)
	}
	if last.Name != "exhausted" || !last.Has(hold.Callback) || time.Duration(last.Timeout) != 72*time.Hour ||
		l.Exhausted != hold.ExhaustedWait {
		t.Errorf("exhausted: callback became %+v, then %s", last, l.Exhausted)
	}
}

// A policy that ran before gates were gates is refused as a file, and found
// again for the holds that are pinned to it.
func TestRecall(t *testing.T) {
	t.Parallel()
	old := head + reasonsPart + rulesPart +
		"ladders:\n  main:\n    rungs:\n      - {name: a, ask: [{channel: push}], timeout: 1m, approved: next}\n" +
		"      - {name: b, ask: [{channel: sms}], timeout: 1m}\n"
	if _, err := Load([]byte(old)); err == nil {
		t.Fatal("the file is loaded")
	}
	p, err := Recall([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	if rungs := p.ladders["main"].Rungs; len(rungs) != 2 || rungs[0].Approved != hold.EdgeNext {
		t.Errorf("recalled as %+v", rungs)
	}
	if _, err := Recall([]byte(old + "colour: red\n")); err == nil {
		t.Error("what was never a policy is one")
	}
}

func TestNotBetweenOverMidnight(t *testing.T) {
	t.Parallel()
	p := mustLoad(t, head, reasonsPart, rulesPart, `ladders:
  main:
    rungs:
      - name: text
        ask: [{channel: sms, not_between: {from: "22:00", to: "07:00"}}]
        timeout: 1m
`)
	span := p.ladders["main"].Rungs[0].Asks[0].NotBetween
	for minute, want := range map[int]bool{21*60 + 59: false, 22 * 60: true, 0: true, 6*60 + 59: true, 7 * 60: false, 12 * 60: false} {
		if got := span.Contains(minute); got != want {
			t.Errorf("minute %d: within %v, want %v", minute, got, want)
		}
	}
}

func TestReasonFallsBackToOther(t *testing.T) {
	t.Parallel()
	p := mustLoad(t, head, reasonsPart, laddersPart, rulesPart)
	for code, want := range map[string]string{"fraud": "fraud", "no-such": Other, "": Other} {
		if got := p.Reason(code).Code; got != want {
			t.Errorf("Reason(%q) is %s, want %s", code, got, want)
		}
	}
	text := Text{En: "a", ZhHans: "b"}
	for locale, want := range map[string]string{"en": "a", "zh-Hans": "b", "zh": "b", "zh-CN": "b", "de": "a", "": "a"} {
		if got := text.In(locale); got != want {
			t.Errorf("In(%q) is %s, want %s", locale, got, want)
		}
	}
}

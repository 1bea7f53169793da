package interview_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/interview"
)

func option(code string, then interview.Level, warning string, contradicts ...string) interview.Option {
	return interview.Option{Code: code, Text: interview.Text{En: "The answer " + code, ZhHans: "回答 " + code}, Then: then, Warning: warning,
		Contradicts: contradicts}
}

// scenario asks three questions.
func scenario() interview.Scenario {
	return interview.Scenario{
		Code: "test", Wait: 12 * time.Hour, Contradiction: interview.Talk, DeviceWarning: "device",
		Questions: []interview.Question{
			{Code: "company", Text: interview.Text{En: "Who is there?", ZhHans: "谁在？"}, Options: []interview.Option{
				option("no", interview.None, "company", "on_call", "screen_shared"), option("spouse", interview.None, ""),
				option("friend", interview.Warn, "company"), option("yes", interview.Talk, "company")}},
			{Code: "told", Options: []interview.Option{option("no", interview.None, ""), option("yes", interview.Wait, "told")}},
			{Code: "why", Options: []interview.Option{option("gift", interview.None, ""), option("shop", interview.Warn, "shop"),
				option("later", interview.Wait, "later"), option("safety", interview.Stop, "safety")}},
		},
		Warnings: []interview.Warning{{Code: "told", Text: interview.Text{En: "Talk to somebody.", ZhHans: "请和亲友商量。"}, Seconds: 8}},
	}
}

func say(answers ...string) (said []interview.Said) {
	for i, q := range scenario().Questions {
		said = append(said, interview.Said{Question: q.Code, Answer: answers[i]})
	}
	return said
}

func TestRule(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		said         []interview.Said
		sig          hold.Signals
		level        interview.Level
		warning      string
		contradicted []string
	}{
		"nothing":                {say("no", "no", "gift"), hold.Signals{}, interview.None, "", nil},
		"warn":                   {say("no", "no", "shop"), hold.Signals{}, interview.Warn, "shop", nil},
		"the first of equals":    {say("no", "yes", "later"), hold.Signals{}, interview.Wait, "told", nil},
		"the strictest":          {say("friend", "yes", "safety"), hold.Signals{}, interview.Stop, "safety", nil},
		"a call, said":           {say("yes", "no", "gift"), hold.Signals{OnCall: hold.Yes}, interview.Talk, "company", nil},
		"a call, denied":         {say("no", "no", "gift"), hold.Signals{OnCall: hold.Yes}, interview.Talk, "company", []string{"company"}},
		"a call, not asked":      {say("spouse", "no", "gift"), hold.Signals{OnCall: hold.Yes}, interview.None, "", nil},
		"a call, half admitted":  {say("friend", "no", "gift"), hold.Signals{OnCall: hold.Yes}, interview.Talk, "company", nil},
		"no call":                {say("no", "no", "gift"), hold.Signals{OnCall: hold.No}, interview.None, "", nil},
		"unknown":                {say("no", "no", "gift"), hold.Signals{OnCall: hold.Unknown}, interview.None, "", nil},
		"stop stays above":       {say("no", "no", "safety"), hold.Signals{OnCall: hold.Yes}, interview.Stop, "safety", []string{"company"}},
		"remote tool":            {say("no", "no", "gift"), hold.Signals{RemoteTool: hold.Yes}, interview.Warn, "device", nil},
		"overlay":                {say("no", "no", "gift"), hold.Signals{Overlay: hold.Yes}, interview.Warn, "device", nil},
		"screen":                 {say("spouse", "no", "gift"), hold.Signals{ScreenShared: hold.Yes}, interview.Warn, "device", nil},
		"screen, denied":         {say("no", "no", "gift"), hold.Signals{ScreenShared: hold.Yes}, interview.Talk, "company", []string{"company"}},
		"integrity":              {say("no", "no", "gift"), hold.Signals{Integrity: hold.IntegrityFailed}, interview.Warn, "device", nil},
		"no integrity":           {say("no", "no", "gift"), hold.Signals{Integrity: hold.IntegrityNone}, interview.None, "", nil},
		"an answer goes first":   {say("no", "no", "shop"), hold.Signals{Overlay: hold.Yes}, interview.Warn, "shop", nil},
		"the device is stricter": {say("no", "yes", "gift"), hold.Signals{Overlay: hold.Yes}, interview.Wait, "told", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := scenario().Rule(tt.said, tt.sig)
			if err != nil || r.Level != tt.level || r.Warning != tt.warning || !slices.Equal(r.Contradicted, tt.contradicted) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// Where a scenario does not say what a contradiction leads to, it is a talk.
func TestContradictionByDefault(t *testing.T) {
	t.Parallel()
	s := scenario()
	s.Contradiction = ""
	if r, err := s.Rule(say("no", "no", "gift"), hold.Signals{OnCall: hold.Yes}); err != nil || r.Level != interview.Talk {
		t.Errorf("%+v, %v", r, err)
	}
}

// What is not the scenario's answers in its order is an error that repeats nothing
// of it, and rules nothing.
func TestRuleErrors(t *testing.T) {
	t.Parallel()
	good := say("no", "no", "gift")
	with := func(i int, a interview.Said) []interview.Said {
		said := slices.Clone(good)
		said[i] = a
		return said
	}
	tests := map[string]struct {
		said []interview.Said
		want error
	}{
		"none":              {nil, interview.ErrIncomplete},
		"one missing":       {good[:2], interview.ErrIncomplete},
		"the first missing": {good[1:], interview.ErrOrder},
		"turned round":      {[]interview.Said{good[1], good[0], good[2]}, interview.ErrOrder},
		"one twice":         {[]interview.Said{good[0], good[0], good[2]}, interview.ErrOrder},
		"one too many":      {append(slices.Clone(good), good[0]), interview.ErrOrder},
		"unknown question":  {with(1, interview.Said{Question: "age", Answer: "no"}), interview.ErrOrder},
		"unknown answer":    {with(1, interview.Said{Question: "told", Answer: "perhaps"}), interview.ErrAnswer},
		"another's answer":  {with(1, interview.Said{Question: "told", Answer: "gift"}), interview.ErrAnswer},
		"no answer":         {with(1, interview.Said{Question: "told"}), interview.ErrAnswer},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := scenario().Rule(tt.said, hold.Signals{OnCall: hold.Yes})
			if !errors.Is(err, tt.want) || r.Level != "" || r.Warning != "" || r.Contradicted != nil {
				t.Errorf("%+v, %v; want %v", r, err, tt.want)
			}
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	said := []interview.Said{{Question: "company", Answer: "no"}, {Question: "company", Answer: "gone"}, {Question: "gone", Answer: "x"}}
	for locale, want := range map[string][]interview.Words{
		"en": {{Question: "Who is there?", Answer: "The answer no"}, {Question: "Who is there?", Answer: "gone"},
			{Question: "gone", Answer: "x"}},
		"zh-Hans": {{Question: "谁在？", Answer: "回答 no"}, {Question: "谁在？", Answer: "gone"}, {Question: "gone", Answer: "x"}},
	} {
		if got := scenario().Words(said, locale); !slices.Equal(got, want) {
			t.Errorf("%s: %v", locale, got)
		}
	}
	w, ok := scenario().Warning("told")
	if _, other := scenario().Warning("gone"); !ok || other || w.Digest("zh") == w.Digest("en") ||
		w.Digest("en") != hold.DigestOf([]byte("Talk to somebody.")) {
		t.Errorf("warning %+v, found %v", w, ok)
	}
}

// A wait leaves four hours for calls, and what would be shorter than an hour is none.
func TestUntil(t *testing.T) {
	t.Parallel()
	const now = hold.Instant(1_700_000_000_000_000)
	tests := map[string]struct{ wait, deadline, want time.Duration }{
		"as long as it is":      {12 * time.Hour, 24 * time.Hour, 12 * time.Hour},
		"to the hour":           {20 * time.Hour, 24 * time.Hour, 20 * time.Hour},
		"cut short":             {24 * time.Hour, 24 * time.Hour, 20 * time.Hour},
		"cut to an hour":        {12 * time.Hour, 5 * time.Hour, time.Hour},
		"too little is left":    {12 * time.Hour, 5*time.Hour - time.Microsecond, 0},
		"none is left":          {12 * time.Hour, 15 * time.Minute, 0},
		"past":                  {12 * time.Hour, -time.Hour, 0},
		"short by itself":       {30 * time.Minute, 24 * time.Hour, 30 * time.Minute},
		"short, and cut":        {30 * time.Minute, 4*time.Hour + 29*time.Minute, 0},
		"no wait":               {0, 24 * time.Hour, 0},
		"less than none":        {-time.Hour, 24 * time.Hour, 0},
		"longer than the clock": {1<<63 - 1, 24 * time.Hour, 20 * time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want hold.Instant
			if tt.want != 0 {
				want = now.Add(tt.want)
			}
			if got := interview.Until(tt.wait, now, now.Add(tt.deadline)); got != want {
				t.Errorf("%s after now, want %s", got.Sub(now), tt.want)
			}
		})
	}
}

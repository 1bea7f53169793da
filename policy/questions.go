package policy

import (
	"slices"
	"strings"
	"unicode"

	"holdfast/hold"
	"holdfast/interview"
)

const (
	minOptions, maxOptions = 2, 5
	defaultSeconds         = 8 // that a warning is on screen
)

// questions reads a list of them. before has the questions that come before, whose
// codes are taken, and every warning that an answer may lead to.
func (r *reader) questions(p place, least, most int, before asksFirst) (qs []interview.Question) {
	places := r.list(p)
	if n := len(places); n < least || n > most {
		if least == most {
			r.fault(p, "has %d questions; it must have %d", n, least)
		} else {
			r.fault(p, "has %d questions; it must have %d to %d", n, least, most)
		}
		return nil
	}
	for _, at := range places {
		q := r.question(at, before.warnings)
		same := func(o interview.Question) bool { return q.Code != "" && o.Code == q.Code }
		if slices.ContainsFunc(before.questions, same) || slices.ContainsFunc(qs, same) {
			r.fault(r.field(at, "code"), "duplicate question")
		}
		qs = append(qs, q)
	}
	return qs
}

func (r *reader) question(p place, warnings []interview.Warning) interview.Question {
	var q interview.Question
	fs := r.fields(p, "code", "en", "zh-Hans", "answers")
	if v, ok := r.need(p, fs, "code"); ok {
		q.Code, _ = r.name(v)
	}
	q.Text = r.wording(p, fs)
	v, ok := r.need(p, fs, "answers")
	if !ok {
		return q
	}
	places := r.list(v)
	if n := len(places); n < minOptions || n > maxOptions {
		r.fault(v, "has %d answers; it must have %d to %d", n, minOptions, maxOptions)
		return q
	}
	for _, at := range places {
		o := r.option(at, warnings)
		if _, twice := q.Option(o.Code); twice && o.Code != "" {
			r.fault(r.field(at, "code"), "duplicate answer")
		}
		q.Options = append(q.Options, o)
	}
	return q
}

func (r *reader) option(p place, warnings []interview.Warning) interview.Option {
	var o interview.Option
	fs := r.fields(p, "code", "en", "zh-Hans", "then", "warning", "contradicts")
	if v, ok := r.need(p, fs, "code"); ok {
		o.Code, _ = r.name(v)
	}
	o.Text = r.wording(p, fs)
	if v, ok := fs["then"]; ok {
		o.Then, _ = oneOf(r, v, interview.Levels...)
	} else {
		r.fault(p, "then is missing, so the answer leads nowhere; say one of %s", list(interview.Levels))
	}
	if v, ok := fs["contradicts"]; ok {
		for _, at := range r.list(v) {
			name, _ := oneOf(r, at, hold.SignalNames...)
			o.Contradicts = append(o.Contradicts, name)
		}
	}
	v, ok := fs["warning"]
	switch follows := o.Then.AtLeast(interview.Warn) || len(o.Contradicts) > 0; {
	case ok && !follows:
		r.fault(v, "nothing follows from this answer, so nobody is warned; say then: warn, or leave the warning out")
	case ok:
		o.Warning = r.finding(v, warnings)
	case follows:
		r.fault(p, "warning is missing; what follows from this answer begins with one")
	}
	return o
}

// findings reads warnings by their codes. before are those whose codes are taken.
func (r *reader) findings(p place, before []interview.Warning) (ws []interview.Warning) {
	for _, e := range r.entries(p) {
		if !namePattern.MatchString(e.key) {
			r.fault(e.name, nameRule)
		}
		if slices.ContainsFunc(before, func(w interview.Warning) bool { return w.Code == e.key }) {
			r.fault(e.name, "is a warning of interview, which every scenario has; name it otherwise")
		}
		fs := r.fields(e.value, "en", "zh-Hans", "seconds")
		w := interview.Warning{Code: e.key, Text: r.wording(e.value, fs), Seconds: defaultSeconds}
		if v, ok := fs["seconds"]; ok {
			w.Seconds = int(r.whole(v, interview.MinSeconds, interview.MaxSeconds))
		}
		if n := len(strings.Fields(w.Text.En)); n >= interview.MaxWords {
			r.fault(fs["en"], "has %d words; a warning has fewer than %d, and one idea", n, interview.MaxWords)
		}
		if n := characters(w.Text.ZhHans); n > interview.MaxCharacters {
			r.fault(fs["zh-Hans"], "has %d characters; a warning has at most %d, and one idea", n, interview.MaxCharacters)
		}
		ws = append(ws, w)
	}
	return ws
}

// characters are those that take time to read.
func characters(s string) (n int) {
	for _, c := range s {
		if !unicode.IsSpace(c) {
			n++
		}
	}
	return n
}

// finding is the code of a warning.
func (r *reader) finding(p place, warnings []interview.Warning) string {
	code, ok := r.name(p)
	if ok && !slices.ContainsFunc(warnings, func(w interview.Warning) bool { return w.Code == code }) {
		r.fault(p, "there is no warning %s; write it under warnings, here or in interview", code)
	}
	return code
}

// wording is a text that stands beside other keys, in every locale.
func (r *reader) wording(p place, fs map[string]place) (t Text) {
	if v, ok := r.need(p, fs, "en"); ok {
		t.En, _ = r.text(v, maxText)
	}
	if v, ok := r.need(p, fs, "zh-Hans"); ok {
		t.ZhHans, _ = r.text(v, maxText)
	}
	return t
}

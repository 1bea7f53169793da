package policy

import (
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/interview"

	"go.yaml.in/yaml/v3"
)

const (
	// General is the scenario that auto chooses when no other's signs are met. It
	// has no questions of its own: everybody's first ones are asked.
	General = "general"

	auto         = "auto" // of an ask: the scenario is chosen by its signs
	maxScenarios = 50
	opening      = 2 // questions that everybody is asked first
)

// asksFirst is what every scenario begins with.
type asksFirst struct {
	questions     []interview.Question
	warnings      []interview.Warning
	contradiction interview.Level
	device        string // the warning's code
}

// Scenario is the scenario of a code, false where the policy has none.
func (p *Policy) Scenario(code string) (interview.Scenario, bool) {
	for _, s := range p.scenarios {
		if s.Code == code {
			return cloneScenario(s), true
		}
	}
	return interview.Scenario{}, false
}

// interview reads what is asked before anybody may pay; a policy may have nothing of it.
func (r *reader) interview(at place, fs map[string]place, policy *Policy) {
	scenarios, ok := fs["scenarios"]
	questions, ok2 := fs["interview"]
	switch {
	case ok && ok2:
		r.scenarios(scenarios, r.first(questions), policy)
	case ok:
		r.fault(at, "interview is missing; scenarios begin with its questions")
	case ok2:
		r.fault(at, "scenarios is missing; interview has the questions that they begin with")
	}
}

// first reads what everybody is asked first.
func (r *reader) first(p place) asksFirst {
	a := asksFirst{contradiction: interview.Talk}
	fs := r.fields(p, "contradiction", "device_warning", "questions", "warnings")
	if v, ok := fs["contradiction"]; ok {
		a.contradiction, _ = oneOf(r, v, interview.Levels[1:]...)
	}
	if v, ok := r.need(p, fs, "warnings"); ok {
		a.warnings = r.findings(v, nil)
	}
	if v, ok := r.need(p, fs, "device_warning"); ok {
		a.device = r.finding(v, a.warnings)
	}
	if v, ok := r.need(p, fs, "questions"); ok {
		a.questions = r.questions(v, opening, opening, asksFirst{warnings: a.warnings})
	}
	return a
}

// scenarios reads the kinds of scams, in the order in which their signs are tried.
func (r *reader) scenarios(p place, first asksFirst, policy *Policy) {
	places := r.list(p)
	if len(places) > maxScenarios {
		r.fault(p, "has %d scenarios, at most %d", len(places), maxScenarios)
		return
	}
	var general *rule
	for _, at := range places {
		s, signs := r.scenario(at, first, policy)
		switch _, twice := policy.Scenario(s.Code); {
		case s.Code == auto:
			r.fault(r.field(at, "code"), "auto is what an ask says to have its scenario chosen; name it otherwise")
		case twice && s.Code != "":
			r.fault(r.field(at, "code"), "duplicate scenario")
		case s.Code == General:
			general = &signs
		case signs.checked != nil: // else there is a fault already
			policy.signs = append(policy.signs, signs)
		}
		policy.scenarios = append(policy.scenarios, s)
	}
	if general != nil {
		policy.signs = append(policy.signs, *general) // whatever the order: it is for the rest
	} else if r.is(p, yaml.SequenceNode, "a list") {
		r.fault(p, "general is missing; it is chosen when no other's signs are met")
	}
}

func (r *reader) scenario(p place, first asksFirst, policy *Policy) (interview.Scenario, rule) {
	s := interview.Scenario{Contradiction: first.contradiction, DeviceWarning: first.device, Questions: slices.Clone(first.questions),
		Warnings: slices.Clone(first.warnings)}
	fs := r.fields(p, "code", "signs", "wait", "questions", "warnings")
	if v, ok := r.need(p, fs, "code"); ok {
		s.Code, _ = r.name(v)
	}
	if v, ok := fs["warnings"]; ok {
		s.Warnings = append(s.Warnings, r.findings(v, first.warnings)...)
	}
	signs := rule{name: s.Code, line: p.node.Line}
	for _, key := range []string{"signs", "questions"} {
		switch v, ok := fs[key]; {
		case ok && s.Code == General:
			r.fault(v, "general has no %s of its own; it is chosen when no other's signs are met", key)
		case !ok && s.Code != "" && s.Code != General:
			r.fault(p, "%s is missing; only general has none", key)
		case ok && key == "signs":
			r.condition(v, policy.reasons, &signs)
		case ok:
			s.Questions = append(s.Questions, r.questions(v, 2, 4, asksFirst{first.questions, s.Warnings, "", ""})...)
		}
	}
	if v, ok := fs["wait"]; ok {
		s.Wait, _ = r.duration(v, time.Second, maxDuration)
		r.waiting = append(r.waiting, waiting{s.Code, v})
	} else if waits(s) {
		r.fault(p, "wait is missing; an answer, or a contradiction, leads to a wait: say how long, or let it lead to warn, talk or stop")
	}
	return s, signs
}

// waits tells whether something leads to a wait and to nothing stricter.
func waits(s interview.Scenario) bool {
	return s.Contradiction == interview.Wait || slices.ContainsFunc(s.Questions, func(q interview.Question) bool {
		return slices.ContainsFunc(q.Options, func(o interview.Option) bool { return o.Then == interview.Wait })
	})
}

// resolve puts the scenario that is chosen where the ladder's asks say auto.
func (p *Policy) resolve(l hold.Ladder, m hold.Money, facts map[string]any, x *Explanation) {
	for i := range l.Rungs {
		for j := range l.Rungs[i].Asks {
			ask := &l.Rungs[i].Asks[j]
			if ask.Interview != auto {
				continue
			}
			if x.Scenario == "" {
				var chosen rule
				chosen, x.Scenarios = first(p.signs, m, facts)
				x.Scenario = chosen.name
				if chosen.when == "" {
					x.Scenarios[len(x.Scenarios)-1].Why = "no other's signs are met"
				}
			}
			ask.Interview = x.Scenario
		}
	}
}

// cloneScenario copies what a caller could change.
func cloneScenario(s interview.Scenario) interview.Scenario {
	s.Questions, s.Warnings = slices.Clone(s.Questions), slices.Clone(s.Warnings)
	for i := range s.Questions {
		options := slices.Clone(s.Questions[i].Options)
		for j := range options {
			options[j].Contradicts = slices.Clone(options[j].Contradicts)
		}
		s.Questions[i].Options = options
	}
	return s
}

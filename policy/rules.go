package policy

import (
	"slices"

	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"
)

const maxRules = 200

// rule chooses a ladder.
type rule struct {
	name    string
	line    int    // in the file, from 1
	when    string // the condition's text; empty: always
	program cel.Program
	checked *cel.Ast
	ladder  string
	// thresholds are those of money() in the condition.
	thresholds   []threshold
	asksCurrency bool
}

func (r *reader) rules(p place, policy *Policy) []rule {
	places := r.list(p)
	switch n := len(places); {
	case n == 0 && r.is(p, yaml.SequenceNode, "a list"):
		r.fault(p, "has no rules")
	case n > maxRules:
		r.fault(p, "has %d rules, at most %d", n, maxRules)
		return nil
	}
	var rules []rule
	for i, at := range places {
		one := r.rule(at, policy)
		when := r.field(at, "when")
		always := at.node.Kind == yaml.MappingNode && when.node == at.node
		switch last := i == len(places)-1; {
		case last && !always:
			r.fault(when, "the last rule must have no condition, so that every hold gets a ladder")
		case !last && always:
			r.fault(at, "always matches, so the rules after it never do")
		}
		if slices.ContainsFunc(rules, func(o rule) bool { return one.name != "" && o.name == one.name }) {
			r.fault(r.field(at, "name"), "duplicate rule name")
		}
		rules = append(rules, one)
	}
	r.covered(policy)
	return rules
}

func (r *reader) rule(p place, policy *Policy) rule {
	rule := rule{line: p.node.Line}
	fs := r.fields(p, "name", "when", "ladder")
	if v, ok := r.need(p, fs, "name"); ok {
		rule.name, _ = r.name(v)
	}
	if v, ok := fs["when"]; ok {
		r.condition(v, policy.reasons, &rule)
	}
	if v, ok := r.need(p, fs, "ladder"); ok {
		rule.ladder, ok = r.name(v)
		if _, known := policy.ladders[rule.ladder]; ok && !known {
			r.fault(v, "there is no ladder %s", rule.ladder)
		}
	}
	return rule
}

package policy

import (
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"
)

const (
	maxCondition = 4096 // characters
	// maxCost is what one condition may cost in CEL's units, both as estimated
	// when it is loaded and as counted when it runs. A plain comparison costs
	// about 3; the whole budget takes well under a millisecond.
	maxCost = 10_000
)

// condition compiles the CEL text of a rule, or of a scenario's signs, into it.
func (r *reader) condition(p place, reasons map[string]Reason, into *rule) {
	text, ok := r.text(p, maxCondition)
	if !ok {
		return
	}
	into.when = text
	env, err := environment()
	if err != nil {
		r.fault(p, "conditions are not available: %s", short(err.Error()))
		return
	}
	ast, issues := compile(env, text)
	if issues.Err() != nil {
		for _, e := range issues.Errors() {
			r.conditionFault(p, e.Location.Line(), e.Location.Column(), celMessage(e.Message))
		}
		return
	}
	if ast.OutputType() != cel.BoolType {
		r.fault(p, "must be true or false, but is %s", cel.FormatCELType(ast.OutputType()))
		return
	}
	r.words(p, ast, reasons)
	into.thresholds, into.asksCurrency = r.thresholds(p, ast), asks(ast, "hold.currency")
	into.checked = ast
	r.conditions = append(r.conditions, conditioned{*into, p})
	if asks(ast, "hold.amount") && !into.asksCurrency {
		r.warn(p, `compares minor units, which differ by currency: write amount >= money("EUR", 10000), or a table by currency`)
	}
	estimate, err := env.EstimateCost(ast, factSizes{})
	if err != nil || estimate.Max > maxCost {
		r.fault(p, "may cost too much to evaluate; at most %d is allowed", maxCost)
		return
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		r.fault(p, "%s", short(err.Error()))
	}
	into.program = program
}

var compiling sync.Mutex

// compile lets one text at a time be checked: cel-go 0.33 looks up what it
// suggests for the first unknown name, while others' checks read where it is kept.
func compile(env *cel.Env, text string) (*cel.Ast, *cel.Issues) {
	compiling.Lock()
	defer compiling.Unlock()
	return env.Compile(text)
}

// conditioned is a condition and where it stands.
type conditioned struct {
	rule
	at place
}

// conditionFault is a fault at a place within the condition.
func (r *reader) conditionFault(p place, line, column int, message string) {
	if line < 1 || column < 0 || p.node.Kind != yaml.ScalarNode {
		line, column = 1, 0
	}
	l, c := r.position(p.node, line, column)
	r.faultAt(l, c, p.path, message)
}

// celMessage drops from a message what says nothing to the policy's author.
func celMessage(m string) string {
	m = strings.TrimSuffix(m, " (in container '')")
	m = strings.TrimPrefix(m, "Syntax error: ")
	if i := strings.Index(m, " expecting {"); i > 0 {
		m = m[:i]
	}
	return short(m)
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > 200 {
		s = string([]rune(s)[:199]) + "…"
	}
	return s
}

package policy

import (
	"regexp"
	"slices"

	"holdfast/currencies"
	"holdfast/hold"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// thresholds are the tables of money() that a condition has. Each must be written
// out: what is computed could not be checked before a hold meets it.
func (r *reader) thresholds(p place, checked *cel.Ast) []threshold {
	var found []threshold
	native := checked.NativeRep()
	at := func(e ast.Expr) (place, int, int) {
		l := native.SourceInfo().GetStartLocation(e.ID())
		return p, l.Line(), l.Column()
	}
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "money" {
			return
		}
		t, ok := threshold{}, true
		one := func(unit, n ast.Expr) {
			u, isText := literal(unit).(types.String)
			whole, isWhole := literal(n).(types.Int)
			switch _, line, column := at(unit); {
			case !isText || !isWhole || whole < 0:
				r.conditionFault(p, line, column, `money takes a currency and a whole number of its units, both written out: money("EUR", 10000)`)
				ok = false
			case !r.currency(string(u), func(message string) { r.conditionFault(p, line, column, message) }, p):
				ok = false
			default:
				t[string(u)] = minor(string(u), int64(whole))
			}
		}
		switch args := e.AsCall().Args(); {
		case len(args) == 2:
			one(args[0], args[1])
		case args[0].Kind() == ast.MapKind:
			for _, entry := range args[0].AsMap().Entries() {
				one(entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
			}
		default:
			_, line, column := at(args[0])
			r.conditionFault(p, line, column, `money takes a table that is written out: money({"EUR": 10000})`)
			ok = false
		}
		if ok {
			found = append(found, t)
		}
	}))
	return found
}

func literal(e ast.Expr) any {
	if e.Kind() != ast.LiteralKind {
		return nil
	}
	return e.AsLiteral()
}

var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// currency tells whether a code can be one. A code that the list no longer has, or
// never had, is a warning: policies that name one go on loading, and no hold can.
func (r *reader) currency(code string, fault func(string), at place) bool {
	if !currencyForm.MatchString(code) {
		fault("is no currency (ISO 4217)")
		return false
	}
	if !currencies.Listed(code) {
		r.warn(at, "%s is not on ISO 4217's list of %s: no hold can be in it", code, currencies.Published())
	}
	return true
}

// covered faults each threshold that lacks a currency which the policy speaks of
// elsewhere. A rule that asks for the currency itself means what it says.
func (r *reader) covered(p *Policy) {
	spoken := map[string]bool{}
	for _, table := range []map[string]int64{p.sms.Ceilings, p.callback.FourEyes, p.callback.OneTalk} {
		add(spoken, table)
	}
	for _, c := range r.conditions {
		for _, t := range c.thresholds {
			add(spoken, t)
		}
	}
	for _, c := range r.conditions {
		for _, t := range c.thresholds {
			var lacking []string
			for unit := range spoken {
				if _, ok := t[unit]; !ok {
					lacking = append(lacking, unit)
				}
			}
			if len(lacking) > 0 && !c.asksCurrency && !r.kept {
				r.fault(c.at, "a threshold lacks %s, which the policy names elsewhere", names(lacking))
			}
		}
	}
}

// add notes the currencies of a table. One that no hold can be in needs no limit.
func add(to map[string]bool, table map[string]int64) {
	for unit := range table {
		if currencies.Listed(unit) {
			to[unit] = true
		}
	}
}

// asks tells whether a condition looks at a fact.
func asks(checked *cel.Ast, facts ...string) bool {
	found := false
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		found = found || slices.Contains(facts, selected(e))
	}))
	return found
}

// lacks tells whether a threshold of the rule says nothing of a hold's currency.
func (r rule) lacks(m hold.Money) bool {
	return slices.ContainsFunc(r.thresholds, func(t threshold) bool { _, ok := t[m.Currency]; return !ok })
}

package policy

import (
	"holdfast/hold"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// sort is what sets a hold's deadline: its kind, and whether a reason says scam.
type sort struct {
	kind hold.Kind
	scam bool
}

// truth is whether every hold of a sort meets a condition, some may, or none does.
type truth int

const (
	never truth = iota
	maybe
	always
)

// met tells it of a rule.
func (r rule) met(s sort, reasons map[string]Reason) truth {
	switch {
	case r.when == "":
		return always
	case r.checked == nil: // it has a fault already
		return never
	}
	return met(r.checked.NativeRep().Expr(), s, reasons)
}

// met knows a hold's kind, whether it is a scam, and which reasons would make it one;
// of all else a condition looks at it says maybe.
func met(e ast.Expr, s sort, reasons map[string]Reason) truth {
	switch e.Kind() {
	case ast.LiteralKind:
		return of(e.AsLiteral() == types.True)
	case ast.SelectKind:
		if selected(e) == "hold.scam" {
			return of(s.scam)
		}
	case ast.CallKind:
		return metCall(e.AsCall().FunctionName(), e.AsCall().Args(), s, reasons)
	}
	return maybe
}

func metCall(function string, args []ast.Expr, s sort, reasons map[string]Reason) truth {
	switch function {
	case operators.LogicalAnd:
		t := always
		for _, a := range args {
			t = min(t, met(a, s, reasons))
		}
		return t
	case operators.LogicalOr:
		t := never
		for _, a := range args {
			t = max(t, met(a, s, reasons))
		}
		return t
	case operators.LogicalNot:
		return always - met(args[0], s, reasons)
	case operators.Equals:
		return metEquals(args[0], args[1], s)
	case operators.NotEquals:
		return always - metEquals(args[0], args[1], s)
	case operators.In:
		return metIn(args[0], args[1], s, reasons)
	}
	return maybe
}

func metEquals(a, b ast.Expr, s sort) truth {
	if selected(b) == "hold.kind" {
		a, b = b, a
	}
	if text, ok := literal(b).(types.String); ok && selected(a) == "hold.kind" {
		return of(string(text) == string(s.kind))
	}
	return maybe
}

func metIn(a, b ast.Expr, s sort, reasons map[string]Reason) truth {
	if code, ok := literal(a).(types.String); ok && selected(b) == "hold.risk.reasons" && reasons[string(code)].Scam && !s.scam {
		return never
	}
	if selected(a) != "hold.kind" || b.Kind() != ast.ListKind {
		return maybe
	}
	t := never
	for _, element := range b.AsList().Elements() {
		t = max(t, metEquals(a, element, s))
	}
	return t
}

func of(b bool) truth {
	if b {
		return always
	}
	return never
}

// reached are the first rules that holds of a sort may meet.
func reached(rules []rule, s sort, reasons map[string]Reason) (found []rule) {
	for _, r := range rules {
		switch t := r.met(s, reasons); t {
		case always:
			return append(found, r)
		case maybe:
			found = append(found, r)
		}
	}
	return found
}

// asksAbout are the scenarios that holds of a sort may be asked about, auto for those
// that are chosen.
func (p *Policy) asksAbout(s sort) map[string]bool {
	codes := map[string]bool{}
	for _, r := range reached(p.rules, s, p.reasons) {
		for _, rung := range p.ladders[r.ladder].Rungs {
			for _, a := range rung.Asks {
				codes[a.Interview] = true
			}
		}
	}
	return codes
}

// sorts are those that can be: without a reason that is a scam nothing is one.
func (p *Policy) sorts() (ss []sort) {
	for _, kind := range hold.Kinds {
		ss = append(ss, sort{kind, false})
	}
	for _, reason := range p.reasons {
		if reason.Scam {
			for _, kind := range hold.Kinds {
				ss = append(ss, sort{kind, true})
			}
			break
		}
	}
	return ss
}

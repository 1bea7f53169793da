package policy

import (
	"slices"

	"holdfast/hold"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// words finds text that a condition compares with a fact that can never have
// it: a kind, a name check or a reason that does not exist. CEL cannot know
// these; a misspelt one would make a rule that silently never matches.
func (r *reader) words(p place, checked *cel.Ast, reasons map[string]Reason) {
	native := checked.NativeRep()
	known := map[string]func(string) bool{
		"hold.kind": func(s string) bool { return slices.Contains(hold.Kinds, hold.Kind(s)) },
		"hold.payee.name_check": func(s string) bool {
			return slices.Contains([]hold.NameCheck{hold.NameMatch, hold.NameClose, hold.NameNoMatch, hold.NameUnknown}, hold.NameCheck(s))
		},
		"hold.risk.reasons": func(s string) bool { _, ok := reasons[s]; return ok },
	}
	for _, name := range hold.SignalNames {
		known["device."+name] = func(s string) bool {
			return slices.Contains([]hold.Sign{hold.Yes, hold.No, hold.Unknown}, hold.Sign(s))
		}
	}
	known["device.integrity"] = func(s string) bool { return s != "" && hold.Signals{Integrity: hold.Integrity(s)}.Valid() }
	check := func(fact, literal ast.Expr) {
		ok, isKnown := known[selected(fact)], literal.Kind() == ast.LiteralKind
		if ok == nil || !isKnown {
			return
		}
		if s, isText := literal.AsLiteral().(types.String); isText && !ok(string(s)) {
			at := native.SourceInfo().GetStartLocation(literal.ID())
			r.conditionFault(p, at.Line(), at.Column(), selected(fact)+" never has this value")
		}
	}
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 {
			return
		}
		a, b := e.AsCall().Args()[0], e.AsCall().Args()[1]
		switch e.AsCall().FunctionName() {
		case operators.Equals, operators.NotEquals:
			check(a, b)
			check(b, a)
		case operators.In:
			check(b, a) // "code" in hold.risk.reasons
			if b.Kind() == ast.ListKind {
				for _, el := range b.AsList().Elements() {
					check(a, el) // hold.kind in ["card"]
				}
			}
		}
	}))
}

// selected is a field's path such as hold.risk.score, empty for anything else.
func selected(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		return selected(e.AsSelect().Operand()) + "." + e.AsSelect().FieldName()
	}
	return ""
}

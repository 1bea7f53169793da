package policy

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"holdfast/currencies"
	"holdfast/hold"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// amount is the hold's money in a condition; threshold is what it is compared with:
// money("EUR", 10000), or one table for several currencies, money({"EUR": 10000,
// "HUF": 4000000}), in whole units and not in minor ones.
//
// A threshold that does not name the hold's currency says nothing of it. Then the
// amount counts as above: the careful side, as with four_eyes and the ceilings of
// texts.
type (
	amount    struct{ hold.Money }
	threshold map[string]int64 // minor units by currency
)

var (
	amountType    = cel.ObjectType("policy.amount", traits.ComparerType)
	thresholdType = cel.ObjectType("policy.money", traits.ComparerType)
)

// moneyOptions declare the amount, money() and the four comparisons to CEL. They
// have no equality: nobody means one amount to the cent.
func moneyOptions() []cel.EnvOption {
	options := []cel.EnvOption{
		cel.Variable("amount", amountType),
		cel.Function("money",
			cel.Overload("money_string_int", []*cel.Type{cel.StringType, cel.IntType}, thresholdType, cel.BinaryBinding(one)),
			cel.Overload("money_map", []*cel.Type{cel.MapType(cel.StringType, cel.IntType)}, thresholdType, cel.UnaryBinding(several))),
	}
	for name, operator := range map[string]string{"less": operators.Less, "less_equals": operators.LessEquals, "greater": operators.Greater,
		"greater_equals": operators.GreaterEquals} {
		options = append(options, cel.Function(operator,
			cel.Overload(name+"_amount_money", []*cel.Type{amountType, thresholdType}, cel.BoolType),
			cel.Overload(name+"_money_amount", []*cel.Type{thresholdType, amountType}, cel.BoolType)))
	}
	return options
}

// one is money("EUR", 10000).
func one(unit, n ref.Val) ref.Val { return written(map[ref.Val]ref.Val{unit: n}) }

// several is money({"EUR": 10000, "HUF": 4000000}).
func several(m ref.Val) ref.Val {
	table := map[ref.Val]ref.Val{}
	for it := m.(traits.Mapper).Iterator(); it.HasNext() == types.True; {
		unit := it.Next()
		table[unit] = m.(traits.Mapper).Get(unit)
	}
	return written(table)
}

func written(table map[ref.Val]ref.Val) ref.Val {
	out := threshold{}
	for unit, n := range table {
		u, isText := unit.(types.String)
		whole, isWhole := n.(types.Int)
		if !isText || !isWhole {
			return types.NewErr("money takes a currency and a whole number")
		}
		out[string(u)] = minor(string(u), int64(whole))
	}
	return out
}

// minor is a number of whole units in minor ones, MaxMinor at most.
func minor(unit string, whole int64) int64 {
	for range currencies.Digits(unit) {
		if whole > hold.MaxMinor/10 {
			return hold.MaxMinor
		}
		whole *= 10
	}
	return min(whole, hold.MaxMinor)
}

// Compare puts an amount beside a threshold.
func (a amount) Compare(other ref.Val) ref.Val {
	t, ok := other.(threshold)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	limit, named := t[a.Currency]
	switch {
	case !named || a.Minor > limit:
		return types.Int(1)
	case a.Minor < limit:
		return types.Int(-1)
	}
	return types.Int(0)
}

// Compare puts a threshold beside an amount.
func (t threshold) Compare(other ref.Val) ref.Val {
	a, ok := other.(amount)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return -a.Compare(t).(types.Int)
}

// The rest of ref.Val: neither is converted to anything, or equal to anything else.

func (a amount) ConvertToNative(to reflect.Type) (any, error)    { return nil, errNative(to) }
func (t threshold) ConvertToNative(to reflect.Type) (any, error) { return nil, errNative(to) }
func (a amount) ConvertToType(to ref.Type) ref.Val               { return convert(a, to) }
func (t threshold) ConvertToType(to ref.Type) ref.Val            { return convert(t, to) }
func (a amount) Type() ref.Type                                  { return amountType }
func (t threshold) Type() ref.Type                               { return thresholdType }
func (a amount) Value() any                                      { return a.Money }
func (t threshold) Value() any                                   { return map[string]int64(t) }

// Equal tells whether both are the same amount of the same currency.
func (a amount) Equal(other ref.Val) ref.Val { return types.Bool(other == ref.Val(a)) }

// Equal tells whether both name the same amounts.
func (t threshold) Equal(other ref.Val) ref.Val {
	o, ok := other.(threshold)
	return types.Bool(ok && maps.Equal(t, o))
}

func errNative(to reflect.Type) error { return fmt.Errorf("money does not become %s", to) }

func convert(v ref.Val, to ref.Type) ref.Val {
	if to == types.TypeType {
		return v.Type().(ref.Val)
	}
	return types.NewErr("money does not become %s", to.TypeName())
}

// names lists currencies for a sentence.
func names(units []string) string { return strings.Join(slices.Sorted(slices.Values(units)), ", ") }

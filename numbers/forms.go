package numbers

import "strings"

// plan is a country whose lines are written in two ways: its plan changed and
// networks still send the old form, or a mobile has a digit that only callers
// from abroad dial.
type plan struct {
	code   string // the calling code
	area   int    // digits before the one that makes the difference
	extra  string // what the longer form has there
	digits int    // of the shorter form, after the calling code
	first  string // of lines with two forms, what the shorter form has there; empty: anything
	keep   form   // which form is kept
}

type form int

const (
	shorter form = iota
	longer
	asGiven // both are dialled, and mean different things to a caller at home
)

// By the national numbering plans as told to the ITU.
var plans = []plan{
	{code: "52", extra: "1", digits: 10, keep: shorter},                        // Mexico: mobiles lost the 1 in August 2019
	{code: "54", extra: "9", digits: 10, keep: asGiven},                        // Argentina: a mobile's 9 is for callers from abroad
	{code: "55", area: 2, extra: "9", digits: 10, first: "6789", keep: longer}, // Brazil: mobiles got a ninth digit by November 2016
	{code: "229", extra: "01", digits: 8, keep: longer},                        // Benin: eight digits became ten in November 2024
}

// Forms are the ways in which a line's number is written, in E.164; the one to
// keep comes first. Most numbers have one.
func Forms(e164 string) []string {
	for _, p := range plans {
		rest, its := strings.CutPrefix(e164, "+"+p.code)
		if !its {
			continue
		}
		short, ok := p.short(rest)
		if !ok {
			return []string{e164}
		}
		a, b := "+"+p.code+short, "+"+p.code+short[:p.area]+p.extra+short[p.area:]
		if p.keep == longer || p.keep == asGiven && e164 == b {
			a, b = b, a
		}
		return []string{a, b}
	}
	return []string{e164}
}

// short is the shorter form of what follows the calling code, of a line that has
// two.
func (p plan) short(rest string) (string, bool) {
	if len(rest) == p.digits+len(p.extra) && strings.HasPrefix(rest[p.area:], p.extra) {
		rest = rest[:p.area] + rest[p.area+len(p.extra):]
	}
	return rest, len(rest) == p.digits && (p.first == "" || strings.ContainsRune(p.first, rune(rest[p.area])))
}

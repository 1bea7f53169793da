// Package currencies has the currencies that a payment may be in and the digits of
// their minor units, by ISO 4217's list of current codes. Go and the web pages read
// the same dated table, iso4217.json, so that an amount is one amount everywhere;
// CLDR, which knows cash rather than accounts, decides nothing here.
package currencies

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"sync"
)

//go:embed iso4217.json
var source []byte

// table is iso4217.json. The list's codes without a minor unit (gold, special
// drawing rights, tests) are left out: no payment can be counted in them.
type table struct {
	Published string         `json:"published"` // the list's own date
	Digits    map[string]int `json:"digits"`
}

var list = sync.OnceValue(func() table {
	var t table
	if err := json.Unmarshal(source, &t); err != nil {
		panic(err) // the file is built in and tested
	}
	return t
})

// Published is the date of the list, YYYY-MM-DD.
func Published() string { return list().Published }

// Codes are those of the list, sorted.
func Codes() []string { return slices.Sorted(maps.Keys(list().Digits)) }

// Listed tells whether a code is on the list. Withdrawn and made-up ones are not.
func Listed(code string) bool {
	_, ok := list().Digits[code]
	return ok
}

// Digits is how many digits an amount has after the point. A code that is not on
// the list has two: holds that were accepted before it was withdrawn are still
// shown.
func Digits(code string) int {
	if d, ok := list().Digits[code]; ok {
		return d
	}
	return 2
}

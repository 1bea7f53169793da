package counterparties

import (
	_ "embed"
	"encoding/csv"
	"strings"
	"sync"
)

// Category is what a list may say of an account, with its wording for agents.
type Category struct {
	Code   string
	Group  string // scam, mule, shared, warning, identity, trade, order, conduct
	En     string
	ZhHans string
}

//go:embed categories.csv
var categoriesCSV string

// Categories gives every category, in the order of its file. The file is a part of the
// program and read by a test: a fault in it is a programmer's.
var Categories = sync.OnceValue(func() []Category {
	rows, err := csv.NewReader(strings.NewReader(categoriesCSV)).ReadAll()
	if err != nil {
		panic("counterparties: categories.csv: " + err.Error())
	}
	out := make([]Category, 0, len(rows))
	for _, r := range rows {
		out = append(out, Category{r[0], r[1], r[2], r[3]})
	}
	return out
})

var byCode = sync.OnceValue(func() map[string]Category {
	out := map[string]Category{}
	for _, c := range Categories() {
		out[c.Code] = c
	}
	return out
})

// MuleVerdict is the category of what two people of the bank say. No list has it.
const MuleVerdict = "mule_verdict"

// IsCategory tells whether there is a category of that code.
func IsCategory(code string) bool { _, ok := byCode()[code]; return ok }

// IsShared tells whether a category says that many use the account: no verdict is
// passed on one of those.
func IsShared(code string) bool { return byCode()[code].Group == "shared" }

// Shared are the codes of those categories.
var Shared = sync.OnceValue(func() (codes []string) {
	for _, c := range Categories() {
		if IsShared(c.Code) {
			codes = append(codes, c.Code)
		}
	}
	return codes
})

// Words are a category's, in a locale; of a code that is not known, the code.
func Words(code, locale string) string {
	c, ok := byCode()[code]
	switch {
	case !ok:
		return code
	case strings.HasPrefix(locale, "zh"):
		return c.ZhHans
	}
	return c.En
}

package currencies_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"holdfast/currencies"
)

// The list has what ISO 4217's of 2026-09-17 has: 165 codes with a minor unit.
func TestList(t *testing.T) {
	t.Parallel()
	count := map[int]int{}
	for _, code := range currencies.Codes() {
		count[currencies.Digits(code)]++
	}
	if currencies.Published() != "2026-09-17" || len(count) != 4 || count[0] != 17 || count[2] != 139 || count[3] != 7 || count[4] != 2 {
		t.Errorf("%s: %v", currencies.Published(), count)
	}
	for code, digits := range map[string]int{"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4, "RSD": 2, "HUF": 2, "ISK": 0, "UGX": 0, "IQD": 3,
		"COP": 2, "IDR": 2,
		"PKR": 2, "TWD": 2, "AFN": 2, "IRR": 2, "MGA": 2, "MRU": 2, "VES": 2, "VED": 2, "SLE": 2, "XCG": 2, "ZWG": 2, "XAD": 2, "BYN": 2,
		"CHE": 2, "UYW": 4} {
		if !currencies.Listed(code) || currencies.Digits(code) != digits {
			t.Errorf("%s: listed %t, %d digits, want %d", code, currencies.Listed(code), currencies.Digits(code), digits)
		}
	}
	for _, code := range []string{"DEM", "HRK", "BGN", "ANG", "CUC", "SLL", "ZWL", "VEF", "CNH", "EUQ", "XXX", "XTS", "XAU", "XDR", "eur", "",
		"EURO"} {
		if currencies.Listed(code) || currencies.Digits(code) != 2 {
			t.Errorf("%q: listed %t, %d digits", code, currencies.Listed(code), currencies.Digits(code))
		}
	}
}

// docs/api.md names each currency that has not two digits, as the list has it.
func TestDocumented(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([034]) \| ([A-Z, ]+) \|$`).FindAllStringSubmatch(string(b), -1) {
		digits, _ := strconv.Atoi(m[1])
		for _, code := range strings.Split(m[2], ", ") {
			said[code] = digits
		}
	}
	for _, code := range currencies.Codes() {
		want := currencies.Digits(code)
		if got, named := said[code]; named != (want != 2) || named && got != want {
			t.Errorf("%s: the documents say %d (named: %t), want %d", code, got, named, want)
		}
	}
	if !strings.Contains(string(b), currencies.Published()) {
		t.Errorf("the documents do not date the list: %s", currencies.Published())
	}
}

// The pages have no table of their own: app, console and door write money in one place,
// from this list (web/format.mjs compares every code there), and what is built of it
// has each code with its digits. Texts, voice and the face check's page write theirs
// by messages.Amount.
func TestPagesHaveTheSameTable(t *testing.T) {
	t.Parallel()
	own := regexp.MustCompile(`style: "currency"|FractionDigits|minor\s*/|/ ?100\b`)
	err := filepath.WalkDir("../web/src", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(filepath.Ext(path), ".ts") || strings.HasSuffix(path, ".d.ts") {
			return err
		}
		b, err := os.ReadFile(path)
		switch format := filepath.ToSlash(path) == "../web/src/base/format.ts"; {
		case format && !strings.Contains(string(b), `from "../../../currencies/iso4217.json"`):
			t.Error("format.ts does not read iso4217.json")
		case !format && own.Match(b) && !strings.HasSuffix(path, "wall.tsx"): // percentages
			t.Errorf("%s has its own idea of an amount's digits", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, built := range []string{"../web/dist/assets/*.js", "../devstack/pages/dist/dev-assets/*.js"} {
		files, err := filepath.Glob(built)
		if err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all += string(b)
		}
		for _, code := range currencies.Codes() {
			if !regexp.MustCompile(code + `"?:` + strconv.Itoa(currencies.Digits(code)) + `[,}]`).MatchString(all) {
				t.Errorf("%s: nothing has %s with %d digits", built, code, currencies.Digits(code))
			}
		}
	}
}

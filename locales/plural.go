package locales

import (
	"slices"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

var forms = map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
	plural.Other: "other"}

// FormOf is the plural category of a whole number in a locale, by CLDR's cardinal rules:
// one, few, other, …
func FormOf(locale string, n int) string {
	return forms[plural.Cardinal.MatchPlural(language.Make(locale), n, 0, 0, 0, 0)]
}

// maxCounted is as far as numbers are tried. Every rule of CLDR for whole numbers repeats
// within two hundred, but for one of round millions, which nothing of ours counts to.
const maxCounted = 200

// counted are the numbers of each category that a locale has for whole numbers.
func counted(locale string) map[string][]int {
	out := map[string][]int{}
	for n := range maxCounted + 1 {
		form := FormOf(locale, n)
		out[form] = append(out[form], n)
	}
	return out
}

// checkForms says which categories a sentence lacks, and which the locale does not have.
// A form without its number is fit for a category of one number only: Russian says "one"
// of 21, too.
func (m Message) checkForms(key, locale string, counts bool) (found []Finding) {
	known := counted(locale)
	for form, text := range m.Forms {
		if numbers, ok := known[form]; !ok && form != "other" {
			found = append(found, m.at.fault(key, "%s has no plural form %s; it has %s", locale, form, listed(known)))
		} else if counts && len(numbers) > 1 && !slices.Contains(placeholders(text), "{n}") {
			found = append(found, m.at.fault(key, "%s: {n} is missing, and this form is said of %d and %d", form, numbers[0], numbers[1]))
		}
	}
	if _, ok := m.Forms["other"]; !ok {
		found = append(found, m.at.fault(key, "the plural form other is missing"))
	}
	for form := range known {
		if _, ok := m.Forms[form]; !ok && form != "other" {
			found = append(found, m.at.fault(key, "the plural form %s is missing", form))
		}
	}
	return found
}

package locales

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// check compares a locale's own sentences with the English ones, and says which sentences
// the locale has from nobody who speaks its language.
func (s *Set) check(tag string, own map[string]Message) (found []Finding) {
	for key, m := range own {
		source, known := Builtin().texts[Source][key]
		switch {
		case !known:
			found = append(found, m.at.fault(key, "there is no such key"))
			continue
		case (m.Forms == nil) != (source.Forms == nil):
			found = append(found, m.at.fault(key, "must be %s, as in English", map[bool]string{true: "a sentence",
				false: "an object of plural forms"}[source.Forms == nil]))
			continue
		}
		found = append(found, m.check(key, tag, source)...)
	}
	found = append(found, s.missing(tag)...)
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, strings.Compare(a.Key, b.Key), strings.Compare(a.What, b.What))
	})
	return found
}

// missing are the sentences that are said in English.
func (s *Set) missing(tag string) (found []Finding) {
	chain := s.chains[tag]
	if len(chain) < 2 { // English
		return nil
	}
	for key := range Builtin().texts[Source] {
		file, _, _ := strings.Cut(key, ".")
		has := slices.ContainsFunc(chain[:len(chain)-1], func(t string) bool { _, ok := s.texts[t][key]; return ok })
		if !has && file != "console" {
			found = append(found, Finding{File: tag + "/" + file + ".json", Key: key, What: "is missing; it is said in English"})
		}
	}
	return found
}

// check looks at one sentence beside the English one.
func (m Message) check(key, tag string, source Message) (found []Finding) {
	texts := map[string]string{"": m.Text}
	if m.Forms != nil {
		texts = m.Forms
		found = m.checkForms(key, tag, slices.Contains(placeholders(source.Text), "{n}"))
	}
	wanted := placeholders(source.Text)
	most := 0
	for _, text := range append(slices.Collect(maps.Values(source.Forms)), source.Text) {
		most = max(most, mostWidth(text))
	}
	for form, text := range texts {
		fault := func(format string, a ...any) {
			if form != "" {
				format = form + ": " + format
			}
			found = append(found, m.at.fault(key, format, a...))
		}
		has := placeholders(text)
		for _, p := range has {
			if !slices.Contains(wanted, p) && (form == "" || p != "{n}") {
				fault("%s is no placeholder of this sentence; it has %s", p, inWords(wanted))
			}
		}
		for _, p := range wanted {
			if !slices.Contains(has, p) && (form == "" || p != "{n}") { // forms without their number: checkForms
				fault("%s is missing", p)
			}
		}
		switch n := Width(text); {
		case strings.TrimSpace(text) == "":
			fault("is empty")
		case strings.TrimSpace(text) != text:
			fault("begins or ends with a blank")
		case n > most:
			fault("is too long for its place: %d wide, at most %d", n, most)
		}
		if r := strings.IndexFunc(text, hidden); r >= 0 {
			fault("has a sign that is not seen (%U)", []rune(text[r:])[0])
		}
	}
	return found
}

var braces = regexp.MustCompile(`\{[^{}]*\}|[{}]`)

// placeholders are what is filled in, in order: {bank}. A brace alone is one that nobody knows.
func placeholders(text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(braces.FindAllString(text, -1))))
}

func inWords(ps []string) string {
	if len(ps) == 0 {
		return "none"
	}
	return strings.Join(ps, ", ")
}

func listed(known map[string][]int) string {
	return strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

// Width is a sentence's on the screen: letters, where Chinese ones count twice.
func Width(text string) (n int) {
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// mostWidth is how wide a sentence may be in whose place English says text: twice as wide,
// and short words somewhat more. What is pressed must fit a phone at 400 %.
func mostWidth(text string) int { return 2*Width(text) + 16 }

// hidden are signs that turn or hide text, or break its line (Unicode TR36 §2.5). Joiners,
// marks of direction and soft hyphens are spelling.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		unicode.Is(unicode.Cf, r) && !slices.Contains([]rune{'\u200c', '\u200d', '\u200e', '\u200f', '\u00ad'}, r)
}

// Package locales has the sentences that people read, one folder a locale: the built-in
// ones, and those of the bank's own directory, which add a locale or change single
// sentences. It knows keys, placeholders and lengths, and nothing of what is said.
package locales

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/text/language"
)

//go:embed en zh-Hans de
var files embed.FS

// Source is the locale that has every sentence, and in which the others are checked.
const Source = "en"

// names are the files of a folder: what customers read in the app, and elsewhere; what
// agents read, which nobody has to translate.
var names = []string{"app", "messages", "console"}

// Message is one sentence, or its forms by CLDR's plural categories.
type Message struct {
	Text  string            // of "other", where there are forms
	Forms map[string]string // nil: it has none
	at    place
}

// Set is what is spoken.
type Set struct {
	texts  map[string]map[string]Message // by locale and key; keys begin with their file: app.bank
	chains map[string][]string           // of the locales themselves, so that nothing is parsed for them
}

// Builtin is the locales that the binary has. They are a part of the program and read by
// a test: a fault in them is a programmer's.
var Builtin = sync.OnceValue(func() *Set {
	s, found, err := read(files)
	if err != nil || slices.ContainsFunc(found, func(f Finding) bool { return f.Fault }) {
		panic("locales: what is built in cannot be read")
	}
	return s.linked()
})

var current atomic.Pointer[Set]

// Use has the process speak a set, from now on.
func Use(s *Set) { current.Store(s) }

// Current is what the process speaks: what is built in, unless Use said otherwise.
func Current() *Set {
	if s := current.Load(); s != nil {
		return s
	}
	return Builtin()
}

// Say gives a sentence by its key, in a locale as Set.Say does.
func Say(locale, key string) string { return Current().Say(locale, key) }

// Say gives a sentence in a BCP 47 locale, or in the nearest one that has it: de-AT, de,
// en. It is empty where none has.
func (s *Set) Say(locale, key string) string {
	for _, tag := range s.Chain(locale) {
		if m, ok := s.texts[tag][key]; ok {
			return m.Text
		}
	}
	return ""
}

// Spoken is the locale in which a sentence is said.
func (s *Set) Spoken(locale, key string) string {
	for _, tag := range s.Chain(locale) {
		if _, ok := s.texts[tag][key]; ok {
			return tag
		}
	}
	return Source
}

// Tags are the locales that are spoken, in order.
func (s *Set) Tags() []string { return slices.Sorted(maps.Keys(s.texts)) }

// Chain is where a locale's sentences are looked for, the nearest first. English ends it.
func (s *Set) Chain(locale string) []string {
	if chain, ok := s.chains[locale]; ok {
		return chain
	}
	return s.chainOf(locale)
}

// chainOf follows CLDR: zh-CN is zh, which is written in Hans; zh-TW is zh-Hant, and
// nobody who reads that is given zh-Hans.
func (s *Set) chainOf(locale string) (chain []string) {
	add := func(tag string) {
		if _, ok := s.texts[tag]; ok && !slices.Contains(chain, tag) {
			chain = append(chain, tag)
		}
	}
	tag := language.Make(strings.ReplaceAll(locale, "_", "-"))
	if base, script, region := tag.Raw(); tag != language.Und { // without variants and extensions
		tag, _ = language.Compose(base, script, region)
	}
	for ; !tag.IsRoot(); tag = tag.Parent() {
		base, _ := tag.Base()
		script, _ := tag.Script()
		add(tag.String())
		if written, err := language.Compose(base, script); err == nil {
			add(written.String())
		}
	}
	add(Source)
	return chain
}

func (s *Set) linked() *Set {
	s.chains = map[string][]string{}
	for tag := range s.texts {
		s.chains[tag] = s.chainOf(tag)
	}
	return s
}

// All gives a sentence in every locale that has it, in the order of their tags.
func (s *Set) All(key string) (out []string) {
	for _, tag := range s.Tags() {
		if m, ok := s.texts[tag][key]; ok {
			out = append(out, m.Text)
		}
	}
	return out
}

// File is every sentence of one file, each in the nearest locale that has it, by its key
// within the file: a text, or an object of forms.
func (s *Set) File(locale, file string) map[string]any {
	out := map[string]any{}
	for _, tag := range slices.Backward(s.Chain(locale)) {
		for key, m := range s.texts[tag] {
			switch in, ours := strings.CutPrefix(key, file+"."); {
			case ours && m.Forms != nil:
				out[in] = m.Forms
			case ours:
				out[in] = m.Text
			}
		}
	}
	return out
}

// folders are the locales of a directory.
func folders(dir fs.FS) (tags []string, err error) {
	entries, err := fs.ReadDir(dir, ".")
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			tags = append(tags, e.Name())
		}
	}
	return tags, err
}

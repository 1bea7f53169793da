package locales

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What is built in has no fault; each locale has all that customers read.
func TestBuiltin(t *testing.T) {
	t.Parallel()
	s := Builtin()
	if got := s.Tags(); !slices.Equal(got, []string{"de", "en", "zh-Hans"}) {
		t.Fatal(got)
	}
	for _, tag := range s.Tags() {
		for _, f := range s.check(tag, s.texts[tag]) {
			t.Errorf("%s", f)
		}
	}
}

// directory writes files of a bank, by their paths.
func directory(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A file's faults are said with the file, the line and the key.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"no JSON":             {"de/app.json", "{\n\"bank\": }", "de/app.json:2: this is no JSON that we read"},
		"a list":              {"de/app.json", "[]", "de/app.json:1: must be one JSON object"},
		"more than an object": {"de/app.json", "{}\n{}", "de/app.json:2: something follows the object"},
		"a number":            {"de/app.json", "{\n\n\"bank\": 1}", "de/app.json:3: app.bank: must be a sentence"},
		"null":                {"de/app.json", `{"bank": null}`, "de/app.json:1: app.bank: must be a sentence"},
		"twice":               {"de/app.json", "{\"bank\": \"a\",\n\"bank\": \"b\"}", "de/app.json:2: app.bank: stands twice"},
		"unknown key":         {"fr/messages.json", `{"nothing": "x"}`, "fr/messages.json:1: messages.nothing: there is no such key"},
		"unknown file":        {"fr/mesages.json", `{}`, "fr/mesages.json: no such file: they are app.json, messages.json, console.json"},
		"unknown locale":      {"french/app.json", `{}`, "french: is no locale of BCP 47"},
		"another spelling":    {"de-at/app.json", `{}`, "de-at: write it de-AT"},
		"lost placeholder":    {"de/messages.json", `{"ending": "Konto"}`, "messages.ending: {last} is missing"},
		"unknown placeholder": {"de/messages.json", `{"ending": "Konto {last} {phone}"}`,
			"messages.ending: {phone} is no placeholder of this sentence; it has {last}"},
		"half a placeholder": {"de/messages.json", `{"ending": "Konto {last} }"}`, "messages.ending: } is no placeholder"},
		"none wanted": {"en/messages.json", `{"stopped": "{bank} stopped it."}`,
			"messages.stopped: {bank} is no placeholder of this sentence; it has none"},
		"too long": {"de/messages.json", `{"someone": "irgendeine uns nicht bekannte Person"}`,
			"messages.someone: is too long for its place: 36 wide, at most 32"},
		"too long in Chinese": {"zh-Hans/messages.json", `{"someone": "` + strings.Repeat("人", 17) + `"}`,
			"messages.someone: is too long for its place: 34 wide, at most 32"},
		"empty":   {"de/messages.json", `{"someone": ""}`, "messages.someone: is empty"},
		"a blank": {"de/messages.json", `{"someone": "wer "}`, "messages.someone: begins or ends with a blank"},
		"a second line": {"de/messages.json", `{"someone": "wer\n@evil.example #1"}`,
			"messages.someone: has a sign that is not seen (U+000A)"},
		"turned text":      {"de/messages.json", `{"someone": "wer\u202e"}`, "messages.someone: has a sign that is not seen (U+202E)"},
		"forms of a plain": {"de/messages.json", `{"someone": {"other": "wer"}}`, "messages.someone: must be a sentence, as in English"},
		"no forms": {"de/app.json", `{"more": "noch {n}"}`,
			"app.more: must be an object of plural forms, as in English"},
		"another form": {"de/app.json", `{"more": {"one": "{n}", "few": "{n}", "other": "{n}"}}`,
			"app.more: de has no plural form few; it has one, other"},
		"form missing": {"pl/app.json", `{"more": {"one": "{n}", "few": "{n}", "other": "{n}"}}`,
			"app.more: the plural form many is missing"},
		"other missing": {"de/app.json", `{"more": {"one": "{n}"}}`, "app.more: the plural form other is missing"},
		"Russian one is 21": {"ru/app.json", `{"more": {"one": "ещё одна", "few": "{n}", "many": "{n}", "other": "{n}"}}`,
			"app.more: one: {n} is missing, and this form is said of 1 and 21"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, found, err := Load(directory(t, map[string]string{c.file: c.text}))
			if err != nil {
				t.Fatal(err)
			}
			var faults []string
			for _, f := range found {
				if f.Fault {
					faults = append(faults, f.String())
				}
			}
			if len(faults) != 1 || !strings.Contains(faults[0], c.want) {
				t.Errorf("%q, want %q", faults, c.want)
			}
		})
	}
}

// A form may leave its number out where it is said of one number only.
func TestOneIsOne(t *testing.T) {
	t.Parallel()
	for tag, forms := range map[string]string{"de": `{"one": "noch eine", "other": "noch {n}"}`, "ja": `{"other": "あと{n}件"}`,
		"pl": `{"one": "jeszcze jedna", "few": "{n}", "many": "{n}", "other": "{n}"}`} {
		_, found, err := Load(directory(t, map[string]string{tag + "/app.json": `{"more": ` + forms + `}`}))
		if err != nil || slices.ContainsFunc(found, func(f Finding) bool { return f.Fault }) {
			t.Errorf("%s: %v %v", tag, found, err)
		}
	}
	for locale, want := range map[string]string{"de": "one", "zh-Hans": "other", "ru": "one", "ar": "one"} {
		if got := FormOf(locale, 1); got != want {
			t.Errorf("1 in %s is %s, want %s", locale, got, want)
		}
	}
	if got := FormOf("ru", 21); got != "one" {
		t.Error(got)
	}
}

// A bank changes one sentence, adds a locale, and has one country's words for some: the
// rest is said by the nearest that has it.
func TestOwnSentences(t *testing.T) {
	t.Parallel()
	s, found, err := Load(directory(t, map[string]string{
		"README.md":           "ours",
		"en/messages.json":    `{"someone": "a person"}`,
		"de-AT/messages.json": `{"someone": "wer auch immer"}`,
		"fr/messages.json":    `{"someone": "quelqu’un"}`,
	}))
	if err != nil || slices.ContainsFunc(found, func(f Finding) bool { return f.Fault }) {
		t.Fatal(found, err)
	}
	for locale, want := range map[string][2]string{
		"en": {"a person", "This payment was stopped."}, "en-GB": {"a person", "This payment was stopped."},
		"de":    {"Jemand", "Diese Zahlung wurde gestoppt."},
		"de-AT": {"wer auch immer", "Diese Zahlung wurde gestoppt."},
		"de-CH": {"Jemand", "Diese Zahlung wurde gestoppt."}, "de_DE": {"Jemand", "Diese Zahlung wurde gestoppt."},
		"fr-CA": {"quelqu’un", "This payment was stopped."}, "zh-TW": {"a person", "This payment was stopped."},
		"zh-CN": {"有人", "这笔付款已撤销。"}, "nl": {"a person", "This payment was stopped."}, "not a tag": {"a person", "This payment was stopped."},
	} {
		if got := [2]string{s.Say(locale, "messages.someone"), s.Say(locale, "messages.stopped")}; got != want {
			t.Errorf("%s says %q, want %q", locale, got, want)
		}
	}
	if got := Builtin().Say("en", "messages.someone"); got != "somebody" {
		t.Errorf("what is built in became %q", got)
	}
	if got := s.File("de-AT", "messages"); got["someone"] != "wer auch immer" || got["stopped"] != "Diese Zahlung wurde gestoppt." {
		t.Error(got["someone"], got["stopped"])
	}
	missing := map[string]bool{}
	for _, f := range found {
		missing[f.String()] = true
	}
	for text, want := range map[string]bool{
		"fr/messages.json: messages.stopped: is missing; it is said in English":    true,
		"fr/console.json: console.payeeMule: is missing; it is said in English":    false, // agents'
		"de-AT/messages.json: messages.stopped: is missing; it is said in English": false, // German has it
		"en/messages.json: messages.stopped: is missing; it is said in English":    false,
		"de-AT/messages.json: messages.someone: is missing; it is said in English": false,
	} {
		if missing[text] != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

func TestNoDirectory(t *testing.T) {
	t.Parallel()
	if _, _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a directory that there is not is read")
	}
}

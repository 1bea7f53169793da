package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A directory is checked with the file, the key, and what is missing or too long.
func TestLocalesCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, text string
		args       []string
		code       int
		says       string
	}{
		"good":      {"de/messages.json", `{"someone": "eine Person"}`, nil, 0, "it speaks de, en, zh-Hans"},
		"a fault":   {"de/messages.json", `{"ending": "Konto"}`, nil, 1, "de/messages.json:1: messages.ending: {last} is missing"},
		"a new one": {"fr/messages.json", `{"someone": "quelqu’un"}`, nil, 1, "fr/app.json: app.bank: is missing; it is said in English"},
		"a long text": {"de/messages.json", `{"texts.challenge": ` +
			`"{bank}: {amount} an {payee}? Ihr Code ist {code}. Bitte sagen Sie ihn niemandem weiter, auch uns nicht. ` +
			`Stimmt das nicht? Dann antworten Sie {no}."}`, nil, 1,
			"messages.texts.challenge: is too long for a text: 195 in GSM-7, at most 160"},
		"another letter": {"de/messages.json", `{"texts.challenge": ` +
			`"{bank}: „{amount}“ an {payee}? Code {code}. ` +
			`Niemandem sagen, auch uns nicht. Falsch? Antworten Sie {no}."}`, nil, 1,
			"in UCS-2, at most 134, for “„” (U+201E) is not in GSM-7"},
		"a long name": {"de/messages.json", `{}`, []string{"--bank", "Die Sehr Ehrenwerte Bank des Hohen Nordens"}, 1,
			"de/messages.json: messages.texts.waits: is too long for a text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			at := filepath.Join(dir, c.file)
			if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(at, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			code := Main(append([]string{"locales", "check", dir}, c.args...), strings.NewReader(""), &out, &errs)
			if code != c.code || !strings.Contains(out.String(), c.says) {
				t.Errorf("%d: %s%s", code, out.String(), errs.String())
			}
		})
	}
}

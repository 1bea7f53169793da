// Package layout holds the source to docs/architecture.md: which package may
// import which.
package layout

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	all := map[string]pkg{}
	for d := json.NewDecoder(out); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(p.ImportPath, "holdfast/")] = p
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

// may says what of ours a package may import. What is not listed may import
// everything.
var may = map[string][]string{
	"hold":                  {},
	"currencies":            {},
	"migrations":            {},
	"numbers":               {},
	"twilio":                {},
	"agents":                {"outbound"},
	"agents/agentstest":     {},
	"outbound":              {},
	"signing":               {},
	"web":                   {},
	"audit":                 {"hold"},
	"locales":               {},
	"messages":              {"hold", "currencies", "locales"},
	"interview":             {"hold"},
	"counterparties":        {"hold"},
	"contacts":              {"hold", "counterparties"},
	"protection":            {"hold"},
	"counterparties/remote": {"hold", "counterparties", "outbound", "signing"},
	"payees":                {"hold", "counterparties", "store"},
	"policy":                {"hold", "currencies", "counterparties", "contacts", "interview", "protection"},
	"queue":                 {"hold"},
	"ledger":                {"hold", "outbound", "signing"},
	"channels":              {"hold"},
	"channels/channeltest":  {"hold", "channels"},
	"channels/push":         {"hold", "channels", "messages", "outbound", "signing"},
	"channels/sms":          {"hold", "channels", "messages", "locales", "twilio"},
	"channels/callback":     {"hold", "channels", "messages", "twilio"},
	"channels/facelink":     {"hold", "interview", "channels", "messages", "outbound", "signing"},
	"workflows":             {"hold", "activities"},
	"activities":            {"hold", "channels"},
	"store":                 {"hold", "counterparties", "contacts", "interview", "protection", "queue", "audit", "migrations"},
	"store/storetest":       {"hold", "counterparties", "contacts", "interview", "protection", "queue", "audit", "migrations", "store"},
	"store/judge":           {}, // tests alone
	"app":                   {"hold", "interview", "policy", "channels", "messages", "store"},
	"gateway":               {"hold", "interview", "policy", "channels", "store", "app", "messages"},
	"api/gen":               {"hold", "contacts", "interview", "protection", "queue", "app"},
	"api/client":            {"hold", "contacts", "interview", "protection", "queue", "app"},
	"api": {"hold", "counterparties", "contacts", "interview", "protection", "currencies", "queue", "policy", "numbers", "channels", "store",
		"app", "messages", "audit", "payees", "api/gen"},
	"relay":   {"hold", "store", "workflows"},
	"wakeups": {"hold", "channels", "store"},
	"console": {"hold", "interview", "queue", "store", "agents", "messages"},
}

func TestImportsPointOneWay(t *testing.T) {
	all := packages(t)
	for name, allowed := range may {
		p, ok := all[name]
		if !ok {
			t.Errorf("there is no package %s", name)
		}
		for _, i := range p.Imports {
			if ours, is := strings.CutPrefix(i, "holdfast/"); is && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s", name, ours)
			}
		}
	}
	for name, p := range all {
		if _, listed := may[name]; !listed && !slices.Contains([]string{"serve", "cli", "cmd/holdfast", "layout"}, name) {
			t.Errorf("%s is in no rule", name)
		}
		for _, i := range p.Imports {
			switch {
			case i == "github.com/twilio/twilio-go":
				t.Errorf("%s imports the root of twilio-go, which costs a minute of compile time", name)
			case i == "golang.org/x/text/currency":
				t.Errorf("%s imports %s: CLDR knows cash; digits are those of package currencies", name, i)
			case name == "hold" && strings.Contains(i, "."):
				t.Errorf("hold imports %s: the standard library only", i)
			case strings.HasPrefix(name, "channels") && (strings.Contains(i, "sql") || strings.HasPrefix(i, "go.temporal.io")):
				t.Errorf("%s imports %s: a channel knows no SQL and no Temporal", name, i)
			}
		}
	}
}

// A provider is known to its own package, to the channels that speak with it, and to
// serve, which wires them and names the settings. Generated clients have the description's sentences.
var knowsProvider = []string{"twilio", "channels/sms", "channels/callback", "serve", "api/client"}

// providerWord is what only a provider says: its name, and states and kinds of line
// that are not also words of ours.
var providerWord = regexp.MustCompile(`(?i)twilio|"(undelivered|in-progress|initiated|landline|fixedvoip|nonfixedvoip|machine_[a-z_]+)"|` +
	`'(undelivered|in-progress|initiated|landline)'`)

// Nobody else says a provider's word, in code or in a comment: the store takes ours.
func TestProvidersWordsStayInTheirChannels(t *testing.T) {
	seen := map[string]bool{}
	for name := range packages(t) {
		files, err := filepath.Glob(filepath.Join("..", name, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(name, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			word := providerWord.Find(b)
			switch {
			case strings.HasSuffix(f, "_test.go") || word == nil:
			case slices.Contains(knowsProvider, name):
				seen[name] = true
			default:
				t.Errorf("%s says %s", strings.TrimPrefix(f, "../"), word)
			}
		}
	}
	for _, name := range knowsProvider {
		if !seen[name] {
			t.Errorf("%s says no provider's word: it is in the list for nothing", name)
		}
	}
}

// What the documents call a test is one.
func TestDocumentsNameTests(t *testing.T) {
	found, named := map[string]bool{}, regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9]+`)
	read := func(pattern string, each func(text string)) {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			each(string(b))
		}
	}
	for _, depth := range []string{"../*", "../*/*"} {
		read(depth+"/*_test.go", func(text string) {
			for _, m := range regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)`).FindAllStringSubmatch(text, -1) {
				found[m[1]] = true
			}
		})
	}
	n := 0
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/decisions/*.md"} {
		read(pattern, func(text string) {
			for _, name := range named.FindAllString(text, -1) {
				if n++; !found[name] {
					t.Errorf("the documents name %s, and there is none", name)
				}
			}
		})
	}
	if n < 50 {
		t.Errorf("only %d names of tests in the documents", n)
	}
}

func TestNoTemporalServer(t *testing.T) {
	b, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "go.temporal.io/server") {
		t.Error("the bank's binary must not carry the Temporal server")
	}
}

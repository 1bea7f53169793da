package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// movesClock is what would put the clock of a process forward, or catch up with it.
var movesClock = regexp.MustCompile(`[.]Now = |\bNow:\s+func|serve\.Config\{|[.]CatchUp\(`)

// The bank's binary cannot put its clock forward. What can is in a module that the
// binary does not carry; the field that it sets can be reached by callers of serve
// alone, of whom the binary has one, the command line; and neither sets it.
func TestNothingMovesTheProductsClock(t *testing.T) {
	all := packages(t)
	binary := all["cmd/holdfast"].Deps
	if !slices.Contains(binary, "holdfast/serve") {
		t.Fatal("that is not the binary")
	}
	for _, dep := range binary {
		if strings.HasPrefix(dep, "holdfast/devstack") {
			t.Errorf("the binary carries %s", dep)
		}
	}
	for name, p := range all {
		if slices.Contains(p.Imports, "holdfast/serve") && name != "cli" {
			t.Errorf("%s imports serve", name)
		}
	}
	for _, name := range []string{"serve", "cli", "cmd/holdfast"} {
		files, err := filepath.Glob(filepath.Join("..", name, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(name, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if found := movesClock.Find(b); found != nil && !strings.HasSuffix(f, "_test.go") {
				t.Errorf("%s says %s", strings.TrimPrefix(f, "../"), found)
			}
		}
	}
}

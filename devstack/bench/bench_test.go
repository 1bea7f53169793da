package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast/devstack/bench/report"
)

// The parts of a run are this program again.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "bench" {
		c := Command()
		c.SetArgs(os.Args[2:])
		if c.Execute() != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Rows that need most of the rig run at tiny numbers: the shapes beside a hold's
// life, rows written by others, a queue that is filled. `make bench ARGS=--quick`
// runs all of them.
func TestRowsRun(t *testing.T) {
	b := &Bench{Scale: Quick(), Root: "../..", Command: "test", Say: t.Logf}
	found, err := Run(t.Context(), b, "2", "asleep", "4", "5", "9")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"2 CPU", "asleep CPU", "4", "5", "9", "9 skills"} {
		i := slices.IndexFunc(found.Figures, func(f report.Figure) bool { return f.ID == id })
		if i < 0 || found.Figures[i].Ratio.N == 0 {
			t.Errorf("no figure %q", id)
		}
	}
	var out bytes.Buffer
	found.Write(&out)
	for _, want := range []string{"2 CPU", "V6s", "round trips"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, &out)
		}
	}
}

func TestDocsKeepWhatWasNotMeasuredAgain(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "docs"), 0o700); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(root, "docs/performance.md")
	frame := "before\n<!-- measured: written by make bench ARGS=--docs -->\nstale\n<!-- end of what is measured -->\nafter\n"
	if err := os.WriteFile(page, []byte(frame), 0o600); err != nil {
		t.Fatal(err)
	}
	figure := func(id string, ratio float64) report.Figure {
		return report.Figure{ID: id, Ratio: report.SpreadOf([]float64{ratio})}
	}
	curve := []report.Curve{{Name: "p99", Points: []report.Point{{X: 1, Y: 2}, {X: 100, Y: 3}}}}
	for _, r := range []report.Report{{Figures: []report.Figure{figure("1 CPU", .41), figure("4", .52)},
		Plots: []report.Plot{{Name: "queue", Title: "A & B", Curves: curve}}},
		{Figures: []report.Figure{figure("4", .63)}}} {
		if err := r.Docs(root); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for want, there := range map[string]bool{"0.41": true, "0.63": true, "0.52": false, "stale": false, "before": true, "after": true,
		"bench-queue.svg": true} {
		if strings.Contains(string(got), want) != there {
			t.Errorf("%q is there: %v, want %v:\n%s", want, !there, there, got)
		}
	}
	if svg, err := os.ReadFile(filepath.Join(root, "docs/pictures/bench-queue.svg")); err != nil || !bytes.Contains(svg, []byte("A &amp; B")) {
		t.Errorf("the picture: %v %s", err, svg)
	}
}

func TestWhatIsWanted(t *testing.T) {
	for _, c := range []struct {
		id    string
		ratio float64
		met   bool
		holds bool
	}{{"1 CPU", .7, true, true}, {"1 CPU", .69, false, false}, {"3", 1, true, true}, {"3", 1.01, false, true}, {"3", 1.21, false, false}} {
		w, _, err := wantedOf(c.id)
		if err != nil || w.Met(c.ratio) != c.met || w.Holds(c.ratio) != c.holds {
			t.Errorf("%s at %g: want met %v and holds %v (%v)", c.id, c.ratio, c.met, c.holds, err)
		}
	}
	r := report.Report{Figures: []report.Figure{{ID: "3", Holds: true}, {ID: "4"}}}
	if got := r.Short(); !slices.Equal(got, []string{"4"}) {
		t.Errorf("short: %v", got)
	}
}

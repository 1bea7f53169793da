package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The page's measured part stands between these.
const (
	begin = "<!-- measured: written by make bench ARGS=--docs -->"
	end   = "<!-- end of what is measured -->"
)

// Docs writes what was found into the documents at root: the measured part of
// performance.md, its figures as JSON, its pictures. Rows that were not measured
// again stay as they were.
func (r *Report) Docs(root string) error {
	figures, page := filepath.Join(root, "docs/performance.json"), filepath.Join(root, "docs/performance.md")
	var all Report
	b, err := os.ReadFile(figures) //nolint:gosec // the repository's own
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w", figures, err)
	}
	all.Merge(*r)
	if err := all.JSON(figures); err != nil {
		return err
	}
	text, err := os.ReadFile(page) //nolint:gosec // the repository's own
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s has no lines %q and %q to write between", page, begin, end)
	}
	if err := all.Draw(filepath.Join(root, "docs/pictures")); err != nil {
		return err
	}
	return os.WriteFile(page, []byte(before+begin+"\n\n"+all.section()+"\n"+end+after), 0o644) //nolint:gosec // a document
}

func (r *Report) section() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s with `%s`, %s. ", r.When, r.Command, r.Machine)
	if r.Others > .05 {
		fmt.Fprintf(&b, "**The machine was shared:** others used %.0f %% of it, so that rates and delays are worth little, and "+
			"ratios more.\n\n", 100*r.Others)
	} else {
		b.WriteString("Nobody else used the machine.\n\n")
	}
	b.WriteString("### Ratios\n\nMedians, with the least and the most.\n\n" + markdown(r.figures()))
	for _, n := range r.Notes {
		b.WriteString("\n" + n + "\n")
	}
	if costs := r.costs(); costs != nil {
		b.WriteString("\n### What a hold costs\n\n**Measured.** “App” is Holdfast, or the program that is its counterpart; commits are of " +
			"transactions of several statements, BEGIN and COMMIT count as statements, and what the roles do by the clock is spread " +
			"over the holds.\n\n" + markdown(costs))
	}
	if len(r.Plots) > 0 {
		b.WriteString("\n### Pictures\n")
	}
	for _, p := range r.Plots {
		fmt.Fprintf(&b, "\n![%s](pictures/bench-%s.svg)\n", p.Title, p.Name)
	}
	b.WriteString(r.guide())
	return b.String()
}

// JSON writes the report to a file.
func (r *Report) JSON(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644) //nolint:gosec // figures
}

// Draw writes the pictures into a directory.
func (r *Report) Draw(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // pictures
		return err
	}
	for _, p := range r.Plots {
		if err := os.WriteFile(filepath.Join(dir, "bench-"+p.Name+".svg"), []byte(p.SVG()), 0o644); err != nil { //nolint:gosec // a picture
			return err
		}
	}
	return nil
}

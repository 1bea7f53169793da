package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"holdfast/devstack/bench/bare"
	"holdfast/devstack/bench/report"
	"holdfast/devstack/bench/rig"

	"github.com/spf13/cobra"
)

// Command is `holdfast-dev bench`.
func Command() *cobra.Command {
	var rows, out, root string
	var quick, docs, check bool
	var more Scale // what flags say otherwise; 0: as usual
	c := &cobra.Command{
		Use: "bench", Short: "Measure Holdfast beside the bare engine", Args: cobra.NoArgs,
		Long: "Measure Holdfast beside what is least possible, A and B in turn in one run, on throwaway Postgres (with fsync) and on SQLite.\n" +
			"Every process ends and every directory goes with the command. What is measured needs the machine for itself.\n\n" + listed(),
		Example: "  holdfast-dev bench --rows 1,1w\n  holdfast-dev bench --docs\n  holdfast-dev bench --check",
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := &Bench{Scale: Usual(), Root: root, Command: called(rows, more), Say: progress(cmd)}
			if quick {
				b.Scale = Quick()
			}
			b.but(more)
			found, err := Run(cmd.Context(), b, strings.FieldsFunc(rows, func(r rune) bool { return r == ',' || r == ' ' })...)
			if found == nil {
				return err
			}
			found.Write(cmd.OutOrStdout()) // what was measured before a row failed is worth as much
			if out != "" {
				err = errors.Join(err, save(found, out))
			}
			if docs && cmd.Context().Err() == nil {
				err = errors.Join(err, found.Docs(root))
			}
			if err != nil {
				return err
			}
			if short := found.Short(); check && len(short) > 0 {
				return fmt.Errorf("short of what is wanted: %s", strings.Join(short, ", "))
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&rows, "rows", "", "which to measure, with commas; empty: all")
	f.BoolVar(&quick, "quick", false, "tiny numbers: a smoke run whose figures mean nothing")
	f.BoolVar(&docs, "docs", false, "write the figures and pictures into docs/performance.md")
	f.BoolVar(&check, "check", false, "fail where a ratio is short of what is wanted")
	f.StringVar(&out, "out", "", "directory for result.json and the pictures")
	f.StringVar(&root, "root", ".", "the repository")
	f.IntVar(&more.Rounds, "rounds", 0, "of A and B; 0: three")
	f.IntVar(&more.Sockets, "sockets", 0, "of rows 7 and 8; 0: 10,000")
	f.IntVar(&more.Open, "open", 0, "open holds of row 10; 0: 5,000. The whole row has 100,000, and takes long")
	c.AddCommand(partCommand())
	return c
}

// listed are the rows, for the help.
func listed() string {
	var b strings.Builder
	b.WriteString("Rows:\n")
	for _, r := range table() {
		fmt.Fprintf(&b, "  %-10s %s\n", strings.Join(r.ids, ","), r.what)
	}
	return b.String()
}

func called(rows string, more Scale) string {
	s := "make bench"
	if rows != "" {
		s += " ROWS=" + rows
	}
	var args []string
	for _, x := range []struct {
		flag string
		n    int
	}{{"rounds", more.Rounds}, {"sockets", more.Sockets}, {"open", more.Open}} {
		if x.n > 0 {
			args = append(args, fmt.Sprintf("--%s %d", x.flag, x.n))
		}
	}
	if len(args) > 0 {
		s += fmt.Sprintf(" ARGS=%q", strings.Join(args, " "))
	}
	return s
}

// progress says what goes on, and since when.
func progress(cmd *cobra.Command) func(format string, a ...any) {
	began := time.Now()
	return func(format string, a ...any) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%6.0f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, a...))
	}
}

func save(r *report.Report, dir string) error {
	return errors.Join(r.Draw(dir), r.JSON(filepath.Join(dir, "result.json")))
}

// parts are what this program plays for itself, in processes of their own.
var parts = map[string]func(args []string) error{
	"temporal": rig.TemporalPart, "holdfast": rig.HoldfastPart, "bare": bare.Part, "echo": echoPart, "crowd": crowdPart,
}

func partCommand() *cobra.Command {
	return &cobra.Command{Use: "part NAME", Hidden: true, Args: cobra.MinimumNArgs(1), RunE: func(_ *cobra.Command, args []string) error {
		play := parts[args[0]]
		if play == nil {
			return fmt.Errorf("there is no part %q", args[0])
		}
		if err := play(args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, args[0]+":", err)
			return err
		}
		return nil
	}}
}

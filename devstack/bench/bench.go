package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holdfast/devstack/bench/bare"
	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/report"
	"holdfast/devstack/bench/rig"
)

// Bench is one run.
type Bench struct {
	Scale
	Root    string                        // of the repository: the demo's payments are there
	Say     func(format string, a ...any) // what goes on
	Command string                        // as it was called
	dir     string                        // of its state
	rows    []string                      // empty: all
	rigs    map[bool]*rig.Rig             // by whether it is on SQLite
	ledger  *load.Ledger
	policy  string // file
	report  report.Report
}

// Run measures rows; none means all.
func Run(ctx context.Context, b *Bench, rows ...string) (_ *report.Report, err error) {
	for _, id := range rows {
		if !slices.ContainsFunc(table(), func(r row) bool { return slices.Contains(r.ids, id) }) {
			return nil, fmt.Errorf("there is no row %q", id)
		}
	}
	if b.dir, err = os.MkdirTemp("", "holdfast-bench-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(b.dir, 0o711); err != nil { //nolint:gosec // Postgres runs as another user below it
		return nil, err
	}
	b.rows, b.rigs = rows, map[bool]*rig.Rig{}
	before := busy()
	defer func() {
		for _, r := range b.rigs {
			err = errors.Join(err, r.Stop())
		}
		if b.ledger != nil {
			b.ledger.Stop()
		}
		b.report.Others = busy().others(before) // once what ran is counted among our own
		err = errors.Join(err, os.RemoveAll(b.dir))
	}()
	if b.ledger, err = load.StartLedger(b.dir); err != nil {
		return nil, err
	}
	if b.policy, err = writePolicy(b.dir, bare.Timeout.String()); err != nil {
		return nil, err
	}
	b.report = report.Report{When: time.Now().UTC().Format("2 January 2006"), Command: b.Command, Machine: machine()}
	for _, r := range table() {
		if !b.wants(r.ids...) || ctx.Err() != nil {
			continue
		}
		began := time.Now()
		b.Say("row %s: %s", strings.Join(r.ids, ", "), r.what)
		if err := r.run(b, ctx); err != nil {
			return &b.report, errors.Join(ctx.Err(), fmt.Errorf("row %s: %w", strings.Join(r.ids, ", "), err))
		}
		b.Say("row %s took %s", strings.Join(r.ids, ", "), time.Since(began).Round(time.Second))
	}
	return &b.report, ctx.Err()
}

// wants tells whether one of these rows is to be measured.
func (b *Bench) wants(ids ...string) bool {
	return len(b.rows) == 0 || slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(b.rows, id) })
}

// on gives the rig, started when first needed.
func (b *Bench) on(ctx context.Context, sqlite bool) (*rig.Rig, error) {
	if r := b.rigs[sqlite]; r != nil {
		return r, nil
	}
	what, dir := "Postgres, twice, and Temporal", filepath.Join(b.dir, "postgres-rig")
	if sqlite {
		what, dir = "Temporal on SQLite", filepath.Join(b.dir, "sqlite-rig")
	}
	b.Say("starting %s", what)
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // as above
		return nil, err
	}
	r, err := rig.New(ctx, dir, sqlite)
	if err == nil {
		b.rigs[sqlite] = r
	}
	return r, err
}

// bare starts the program of the bare shapes; database is for the customary one.
// It ends when the context does, so that nobody waits for its window.
func (b *Bench) bare(ctx context.Context, r *rig.Rig, database string) (*rig.Part, error) {
	p, err := rig.Start(r.Dir, nil, "bare", r.TemporalAddress, database, b.ledger.URL)
	if err == nil {
		context.AfterFunc(ctx, p.Stop)
	}
	return p, err
}

// reference makes a database with the frozen tables and the customers of the
// customary shape.
func (b *Bench) reference(ctx context.Context, r *rig.Rig, name string) (string, error) {
	url, err := r.Postgres.Fresh(ctx, name, "")
	if err != nil {
		return "", err
	}
	if err := r.Postgres.Exec(ctx, name, bare.Schema); err != nil {
		return "", fmt.Errorf("the frozen schema: %w", err)
	}
	db, err := dial(ctx, url)
	if err != nil {
		return "", err
	}
	defer db.Close() //nolint:errcheck // a seed
	return url, bare.Seed(ctx, db, bare.Customers)
}

// figure puts one on record. Ratios are taken round by round.
func (b *Bench) figure(id, unit string, a, of []float64, ratio []float64) error {
	w, order, err := wantedOf(id)
	if err != nil {
		return err
	}
	f := report.Figure{ID: id, Order: order, Measure: w.Measure, Against: w.Against, Unit: unit, A: report.SpreadOf(a), B: report.SpreadOf(of),
		Ratio: report.SpreadOf(ratio), Wanted: w.String()}
	f.Met = f.Ratio.N > 0 && w.Met(f.Ratio.Median)
	f.Held, f.Holds = w.HeldTo(), f.Ratio.N > 0 && w.Holds(f.Ratio.Median)
	b.report.Figures = append(b.report.Figures, f)
	b.Say("  %s: %.4g against %.4g %s, ratio %.3g (%s)", id, f.A.Median, f.B.Median, unit, f.Ratio.Median, f.Wanted)
	return nil
}

// smaller notes at a row's figures that it was measured at another size than its
// own: to open 100,000 holds takes longer than all else.
func (b *Bench) smaller(row string, size, full int) {
	for i := range b.report.Figures {
		if f := &b.report.Figures[i]; size != full && strings.HasPrefix(f.ID+" ", row+" ") {
			f.Scale = fmt.Sprintf("measured with %d", size)
		}
	}
}

// over divides round by round.
func over(a, b []float64) (ratio []float64) {
	for i := range min(len(a), len(b)) {
		if b[i] != 0 {
			ratio = append(ratio, a[i]/b[i])
		}
	}
	return ratio
}

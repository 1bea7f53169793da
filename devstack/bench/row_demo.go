package bench

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"holdfast/devstack/drill"
	"holdfast/devstack/stack"
)

const demoRate = 15 // holds a second, as the drill submits them

// demo is row 13: what `make demo` plays, beside how long its people take by
// themselves, were everything else free: the submissions, and how long the last of
// them may take to answer before the clock is put to the deadline.
func (b *Bench) demo(ctx context.Context) error {
	if !b.Demo {
		b.Say("  left out: it takes as long as its people do")
		return nil
	}
	payments, err := drill.Read(filepath.Join(b.Root, "examples/payments.csv"), "holdfast")
	if err != nil {
		return err
	}
	c := drill.Config{Payments: flagged(payments, b.Payments), Seed: 1, Rate: demoRate, Pump: 60, Ring: 40, Patience: 3 * time.Minute,
		Mix:      drill.DefaultMix(),
		Progress: func(int, int, string) {}}
	s, err := stack.Start(ctx, stack.Options{Dir: filepath.Join(b.dir, "demo"), UIPort: -1,
		PolicyFile:   filepath.Join(b.Root, "examples/demo-policy.yaml"),
		PrefixHourly: 40, OfflineWait: 3 * time.Second, LedgerLoses: .05, Seed: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	c.Coordinates = s.Coordinates
	found, err := drill.Run(ctx, c)
	if err = errors.Join(err, s.Stop()); err != nil {
		return err
	}
	if found.Broken() {
		return errors.New("the demo broke an invariant: make demo says which")
	}
	took := []float64{found.Seconds}
	alone := []float64{float64(found.Holds)/demoRate + drill.Answering.Seconds()}
	return b.figure("13", "s", took, alone, over(took, alone))
}

// flagged are the first n payments that are.
func flagged(all []drill.Payment, n int) (some []drill.Payment) {
	for _, p := range all {
		if p.Flagged && len(some) < n {
			some = append(some, p)
		}
	}
	return some
}

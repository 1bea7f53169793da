package serve

import (
	"context"
	"errors"

	"holdfast/hold"
)

// clock is what the stores take the time from; nil: from the database.
func (c Config) clock() func() hold.Instant {
	if c.Now == nil {
		return nil
	}
	return func() hold.Instant { return hold.At(c.Now()) }
}

// CatchUp does at once what a timer would have done meanwhile: each hold that waits
// is looked at, and pictures that have lived long enough are deleted. It is for whoever
// has put Now forward, which timers do not notice.
func (p *Process) CatchUp(ctx context.Context) error {
	err := p.holds.WakeHeld(ctx)
	if p.faces != nil {
		_, purged := p.holds.PurgeFaces(ctx, p.FaceRetention)
		err = errors.Join(err, purged)
	}
	return err
}

package drill

import (
	"context"
	"time"

	"holdfast/devstack/stack"
)

// Answering is for how long people still do something after the last payment. Who has
// not answered by then does not.
const Answering = 20 * time.Second

// putForward puts the stack's clock to the last payment's deadline: what nobody answers
// any more is reversed now, and not in hours.
func (d *Drill) putForward(ctx context.Context) {
	err := d.insist(ctx, func() error {
		c, err := stack.AskClock(ctx, d.url)
		if err != nil {
			return err
		}
		if by := d.last.Time().Sub(c.Now); by > 0 {
			_, err = stack.PutForward(ctx, d.url, by)
		}
		return err
	})
	d.fault("clock", err)
}

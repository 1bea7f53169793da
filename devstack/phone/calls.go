package phone

import (
	"context"
	"fmt"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
)

// calls tells of every call to the phone until the context ends.
func (t *Terminal) calls(ctx context.Context, news chan<- provider.Ring) {
	seen, n := map[string]bool{}, 0
	for ctx.Err() == nil {
		got, err := t.Handset.Calls(ctx, n)
		if err != nil { // the stack is away, and begins anew
			n = 0
			wait := time.NewTimer(time.Second)
			select {
			case <-wait.C:
			case <-ctx.Done():
			}
			wait.Stop()
			continue
		}
		n += len(got)
		for _, c := range got {
			if c.Status != "ringing" || seen[c.SID] {
				continue
			}
			seen[c.SID] = true
			select {
			case news <- c:
			case <-ctx.Done():
			}
		}
	}
}

// rung shows a call; its number can be anybody's, what the app says cannot.
func (t *Terminal) rung(c provider.Ring) {
	t.call = c.SID
	fmt.Fprintf(t.Out, "\r\a  Your phone rings: %s   [p] pick up   [h] hang up%s\n", c.From, clearLine)
}

// answerCall picks up or hangs up. The app says meanwhile whether it is the
// bank.
func (t *Terminal) answerCall(ctx context.Context, up bool) {
	if t.call == "" {
		fmt.Fprintf(t.Out, "\r  Nobody calls.%s\n", clearLine)
		return
	}
	if !up {
		if err := t.Handset.HangUp(ctx, t.call, 0); err == nil {
			fmt.Fprintf(t.Out, "\r  You hung up.%s\n", clearLine)
		}
		t.call = ""
		return
	}
	if err := t.Handset.Answer(ctx, t.call); err != nil {
		fmt.Fprintf(t.Out, "\r  They have hung up.%s\n", clearLine)
		t.call = ""
		return
	}
	fmt.Fprintf(t.Out, "\r  You picked up.%s\n", clearLine)
}

// AppCall asks the app whether the bank is calling now.
func AppCall(ctx context.Context, url string, sign func(context.Context) (string, error)) (out client.AppCall, err error) {
	token, err := sign(ctx)
	if err != nil {
		return out, err
	}
	c, err := inSession(url, token)
	if err != nil {
		return out, err
	}
	res, err := c.GetCall(ctx)
	return out, stack.Reply(res, err, &out)
}

package phone

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/api/client"
	"holdfast/app"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/messages"
)

// talk is how far the owner has come with what is asked before a payment.
type talk struct {
	said  []hold.Said
	since time.Time // the warning is on the screen
	sure  bool      // they have said once that they go on
}

const stopKeys = "  [d] deny: wrong, or changed my mind   [n] not me: stop everything   [q] put the phone away"

// talking tells whether something comes before the payment that is asked about.
func (t *Terminal) talking() bool {
	i := t.queue[0].Interview
	return i != nil && i.State != interview.StatePassed
}

// showTalk shows the next question, or the warning.
func (t *Terminal) showTalk(c app.Challenge) {
	line := strings.Repeat("─", 64)
	fmt.Fprintf(t.Out, "\r%s%s\n  About %s to %s:\n\n", line, clearLine, messages.Amount(c.Document.Amount), c.PayeeShown)
	if w := c.Interview.Warning; w != nil {
		t.talk.since = time.Now()
		fmt.Fprintf(t.Out, "  !! %s\n\n  [s] stop this payment   [t] I was told to say this   [g] go on, after %d s\n%s\n%s\n", w.Text, w.Seconds,
			stopKeys, line)
		return
	}
	q := c.Interview.Questions[len(t.talk.said)]
	fmt.Fprintf(t.Out, "  %d of %d. %s\n", len(t.talk.said)+1, len(c.Interview.Questions), q.Text)
	for i, o := range q.Answers {
		fmt.Fprintf(t.Out, "    [%d] %s\n", i+1, o.Text)
	}
	back := ""
	if len(t.talk.said) > 0 {
		back = "  [b] back\n"
	}
	fmt.Fprintf(t.Out, "%s%s\n%s\n", back, stopKeys, line)
}

// talkKey takes a key that answers a question or a warning.
func (t *Terminal) talkKey(ctx context.Context, k rune) {
	if !t.talking() {
		return
	}
	c := t.queue[0]
	if c.Interview.Warning != nil {
		t.warningKey(ctx, c, k)
		return
	}
	q := c.Interview.Questions[len(t.talk.said)]
	switch n := int(k - '1'); {
	case k == 'b' && len(t.talk.said) > 0:
		t.talk.said = t.talk.said[:len(t.talk.said)-1]
	case n >= 0 && n < len(q.Answers):
		t.talk.said = append(t.talk.said, hold.Said{Question: q.Code, Answer: q.Answers[n].Code})
	default:
		return
	}
	if len(t.talk.said) < len(c.Interview.Questions) {
		t.showTalk(c)
		return
	}
	r, err := t.phone.SayInterview(ctx, c, t.talk.said, hold.Signals{})
	t.talked(r, err)
}

// warningKey takes a key that answers a warning. Going on takes two.
func (t *Terminal) warningKey(ctx context.Context, c app.Challenge, k rune) {
	w := *c.Interview.Warning
	shown := int(time.Since(t.talk.since).Seconds())
	choice, ok := map[rune]interview.Choice{'s': interview.Stopped, 't': interview.Told, 'g': interview.WentOn}[k]
	switch {
	case !ok:
		return
	case choice == interview.WentOn && shown < w.Seconds:
		fmt.Fprintf(t.Out, "\r  Read it first: %d s.%s\n", w.Seconds-shown, clearLine)
		return
	case choice == interview.WentOn && !t.talk.sure:
		t.talk.sure = true
		fmt.Fprintf(t.Out, "\r  If it is as the warning says, the money is gone. Once more [g] to go on, [s] to stop.%s\n", clearLine)
		return
	}
	r, err := t.phone.SayWarning(ctx, c, w, shown, choice)
	if choice == interview.Stopped {
		t.answer(c, hold.Deny)
	}
	t.talked(r, err)
}

// talked shows what comes after answers, or a warning.
func (t *Terminal) talked(r client.InterviewReceipt, err error) {
	var refused *stack.Refused
	switch {
	case errors.As(err, &refused):
		fmt.Fprintf(t.Out, "\r  That does not count: %s.%s\n", strings.ReplaceAll(refused.Code, "_", " "), clearLine)
	case err != nil:
		fmt.Fprintf(t.Out, "\r  It could not be sent; try again.%s\n", clearLine)
	default:
		t.queue[0].Interview = &r.Interview
		if r.CallbackOnly != "" {
			fmt.Fprintf(t.Out, "\r  %s%s\n", r.CallbackOnly, clearLine)
		}
	}
	t.asking = false
	t.show()
}

// showWaits shows the payments that wait, and until when.
func (t *Terminal) showWaits(ctx context.Context) {
	var err error
	if t.held, err = t.phone.Waits(ctx); err != nil {
		return // it is shown when the app is opened anew
	}
	for _, w := range t.held {
		what := "A payment"
		if w.Challenge != nil {
			what = messages.Amount(w.Challenge.Document.Amount) + " to " + w.Challenge.PayeeShown
		}
		until := ""
		if w.NotBefore != 0 {
			until = "   It waits until " + w.NotBefore.Time().Local().Format("Mon 15:04:05") + "."
		}
		fmt.Fprintf(t.Out, "\r  %s: %s%s%s\n%s\n", what, w.Text, until, clearLine, stopKeys)
	}
}

// stopHeld refuses the payment that waits.
func (t *Terminal) stopHeld(a hold.Answer) {
	for _, w := range t.held {
		if w.Challenge != nil {
			t.answer(*w.Challenge, a)
			return
		}
	}
}

// forget takes a payment off those that wait.
func (t *Terminal) forget(id hold.ID) {
	kept := t.held[:0]
	for _, w := range t.held {
		if w.HoldID != id {
			kept = append(kept, w)
		}
	}
	t.held = kept
}

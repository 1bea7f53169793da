package phone

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/messages"
)

// EnterCode types a code into the app of who holds the session: for the payment
// that the text is about, or for the only one there is.
func EnterCode(ctx context.Context, url, token, text, code string) (hold.ChallengeID, error) {
	c, err := inSession(url, token)
	if err != nil {
		return "", err
	}
	var open client.AppChallengeList
	res, err := c.ListChallenges(ctx)
	if err := stack.Reply(res, err, &open); err != nil {
		return "", err
	}
	for _, ch := range open.Challenges {
		if ch.Channel != hold.SMS || text != "" && !strings.Contains(text, messages.Amount(ch.Document.Amount)) {
			continue
		}
		body, err := json.Marshal(client.AnswerRequest{Code: code})
		if err != nil {
			return "", err
		}
		res, err := c.AnswerChallengeWithBody(ctx, ch.ID, "application/json", bytes.NewReader(body))
		return ch.ID, stack.Reply(res, err, nil)
	}
	return "", ErrNothingAsked
}

// ErrNothingAsked means that no payment waits for a code.
var ErrNothingAsked = errors.New("no payment waits for a code")

// texts reads the phone's texts until the context ends.
func (t *Terminal) texts(ctx context.Context, news chan<- provider.Message) {
	seen, n := map[string]bool{}, 0
	for ctx.Err() == nil {
		got, err := t.Handset.Messages(ctx, n)
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
		for _, m := range got {
			if seen[m.SID] {
				continue
			}
			seen[m.SID] = true
			select {
			case news <- m:
			case <-ctx.Done():
			}
		}
	}
}

// arrived shows a text.
func (t *Terminal) arrived(m provider.Message) {
	fmt.Fprintf(t.Out, "\r┌─ text message%s\n", clearLine)
	for _, line := range strings.Split(m.Body, "\n") {
		fmt.Fprintf(t.Out, "│ %s\n", line)
	}
	hint := "└─ [r] reply by text"
	if provider.Code(m.Body) != "" {
		hint += "   [c] type the code into the app"
	}
	fmt.Fprintln(t.Out, hint)
}

// write begins a line of the owner's own.
func (t *Terminal) write(k rune) {
	t.writing, t.line = k, ""
	fmt.Fprintf(t.Out, "\r%s%s", t.prompt(), clearLine)
}

func (t *Terminal) prompt() string {
	if t.writing == 'c' {
		return "code (Enter sends, Esc leaves it): "
	}
	return "reply (Enter sends, Esc leaves it): "
}

// typed takes one key of the line; Enter sends it.
func (t *Terminal) typed(ctx context.Context, k rune) {
	switch k {
	case '\r', '\n':
		what, line := t.writing, t.line
		t.writing = 0
		fmt.Fprintln(t.Out)
		t.sendLine(ctx, what, line)
		return
	case 27, 3:
		t.writing = 0
		fmt.Fprintf(t.Out, "\r%s\n", clearLine)
		return
	case 8, 127:
		if r := []rune(t.line); len(r) > 0 {
			t.line = string(r[:len(r)-1])
		}
	default:
		t.line += string(k)
	}
	fmt.Fprintf(t.Out, "\r%s%s%s", t.prompt(), t.line, clearLine)
}

func (t *Terminal) sendLine(ctx context.Context, what rune, line string) {
	if what == 'r' {
		status, err := t.Handset.Reply(ctx, line)
		if err != nil || status/100 != 2 {
			fmt.Fprintf(t.Out, "The reply did not arrive (status %d).\n", status)
			return
		}
		fmt.Fprintln(t.Out, "Sent.")
		return
	}
	token, err := t.Token(ctx)
	if err == nil {
		_, err = EnterCode(ctx, t.URL, token, "", strings.TrimSpace(line))
	}
	var refused *stack.Refused
	switch {
	case errors.As(err, &refused) && refused.TriesLeft != nil:
		fmt.Fprintf(t.Out, "That code is wrong. Tries left: %d.\n", *refused.TriesLeft)
	case errors.As(err, &refused):
		fmt.Fprintf(t.Out, "The code does not count: %s.\n", strings.ReplaceAll(refused.Code, "_", " "))
	case err != nil:
		fmt.Fprintf(t.Out, "%s.\n", strings.ToUpper(err.Error()[:1])+err.Error()[1:])
	default:
		fmt.Fprintln(t.Out, "Answered: approve.")
	}
}

package phone

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"holdfast/app"
	"holdfast/channels/push"
	"holdfast/devstack/provider"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/messages"

	"golang.org/x/term"
)

// Terminal shows a phone in a terminal: its texts, and the app with one
// challenge at a time and three keys. The app connects again when the gateway
// goes away. Without a key there is no app on the phone.
type Terminal struct {
	URL     string
	Token   func(ctx context.Context) (string, error)
	Signer  push.Signer
	Handset provider.Handset
	In      *os.File
	Out     io.Writer

	phone   *Phone
	queue   []app.Challenge
	asking  bool
	arrives chan provider.Message
	rings   chan provider.Ring
	call    string // the latest call's id
	writing rune   // r: a reply, c: a code; 0: neither
	line    string // so far
}

const keysHelp = "  [a] approve   [d] deny: wrong, or changed my mind   [n] not me: stop everything   [q] put the phone away\n" +
	"  [r] reply to a text   [c] type a text's code into the app   [p] pick a call up   [h] hang up"

// Run works until the context ends or q is pressed.
func (t *Terminal) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if term.IsTerminal(int(t.In.Fd())) {
		old, err := term.MakeRaw(int(t.In.Fd()))
		if err != nil {
			return err
		}
		defer term.Restore(int(t.In.Fd()), old) //nolint:errcheck // the process ends
		t.Out = &rawWriter{t.Out}
	}
	keys := make(chan rune)
	go readKeys(ctx, t.In, keys)
	t.arrives = make(chan provider.Message)
	go t.texts(ctx, t.arrives)
	t.rings = make(chan provider.Ring)
	go t.calls(ctx, t.rings)
	if t.Signer.Key == nil {
		return t.textsOnly(ctx, keys)
	}
	pause := 500 * time.Millisecond
	for ctx.Err() == nil {
		done, err := t.session(ctx, keys)
		if done || errors.Is(err, ErrTurnedAway) {
			return err
		}
		fmt.Fprintf(t.Out, "No connection to %s; trying again …\n", t.URL)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		case m := <-t.arrives:
			t.arrived(m)
		case c := <-t.rings:
			t.rung(c)
		case k := <-keys:
			if t.key(ctx, k) {
				return nil
			}
		}
		pause = min(pause*2, 5*time.Second)
	}
	return nil
}

// textsOnly is a phone without the bank's app.
func (t *Terminal) textsOnly(ctx context.Context, keys <-chan rune) error {
	fmt.Fprintf(t.Out, "\nA phone without the app. Waiting for texts …   [r] reply   [c] type a code on the bank's page   [p] pick a call "+
		"up   [h] hang up   [q] put it away\n")
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-t.arrives:
			t.arrived(m)
		case c := <-t.rings:
			t.rung(c)
		case k := <-keys:
			if t.key(ctx, k) {
				return nil
			}
		}
	}
}

// key takes one key and tells whether the phone is put away.
func (t *Terminal) key(ctx context.Context, k rune) bool {
	switch {
	case t.writing != 0:
		t.typed(ctx, k)
	case k == 'q' || k == 3 || k == 4:
		return true
	case k == 'r' || k == 'c':
		t.write(k)
	case k == 'p' || k == 'h':
		t.answerCall(ctx, k == 'p')
	default:
		t.press(k)
	}
	return false
}

// session is one connection.
func (t *Terminal) session(ctx context.Context, keys <-chan rune) (done bool, err error) {
	token, err := t.Token(ctx)
	if err != nil {
		return false, err
	}
	if t.phone, err = Connect(ctx, t.URL, token, t.Signer); err != nil {
		return false, err
	}
	defer t.phone.Close() //nolint:errcheck // the session is over
	t.queue, t.asking = nil, false
	fmt.Fprintf(t.Out, "\n%s's phone. Your phrase: “%s”. Waiting for your bank …\n", t.phone.Ready.Name, t.phone.Ready.Phrase)
	news := make(chan Message)
	gone := make(chan error, 1)
	go func() {
		for {
			m, err := t.phone.Next()
			if err != nil {
				gone <- err
				return
			}
			select {
			case news <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return true, nil
		case err := <-gone:
			return false, err
		case m := <-news:
			t.hear(m)
		case m := <-t.arrives:
			t.arrived(m)
		case c := <-t.rings:
			t.rung(c)
		case k := <-keys:
			if t.key(ctx, k) {
				return true, nil
			}
		case <-tick.C:
			t.countdown()
		}
	}
}

func (t *Terminal) hear(m Message) {
	switch m.Type {
	case "challenge":
		_ = t.phone.Receipt(m.Challenge.ID) // without it the bank asks elsewhere sooner
		if m.Challenge.Channel == hold.FaceLink {
			t.faceAsked(*m.Challenge)
			return
		}
		t.queue = append(t.queue, *m.Challenge)
		t.show()
	case "closed":
		for i, c := range t.queue {
			if c.ID == m.ChallengeID {
				t.queue = append(t.queue[:i:i], t.queue[i+1:]...)
				fmt.Fprintf(t.Out, "\rThe question about %s is closed (%s).%s\n", messages.Amount(c.Document.Amount), m.Status, clearLine)
				t.asking = false
				t.show()
				break
			}
		}
	case "result":
		if m.Result != "accepted" {
			fmt.Fprintf(t.Out, "\rYour answer does not count: %s.%s\n", strings.ReplaceAll(m.Result, "_", " "), clearLine)
			t.asking = false
			t.show()
			return
		}
		fmt.Fprintf(t.Out, "\rAnswered: %s.%s\n", strings.ReplaceAll(string(m.Answer), "_", " "), clearLine)
	case "outcome":
		fmt.Fprintf(t.Out, "\r%s to %s: %s%s\n", messages.Amount(m.Outcome.Amount), m.Outcome.PayeeShown, m.Outcome.Text, clearLine)
	case "notice":
		fmt.Fprintf(t.Out, "\r(%s)%s\n", m.Text, clearLine)
	case "call":
		if m.Calling {
			fmt.Fprintf(t.Out, "\r  The app says: %s is calling.   Your number: %s%s\n", m.Agent, m.Number, clearLine)
		}
		fmt.Fprintf(t.Out, "\r  %s%s\n", m.Text, clearLine)
	case "session_ended", "error":
		fmt.Fprintf(t.Out, "\rSigned out: %s.%s\n", strings.ReplaceAll(m.Reason, "_", " "), clearLine)
	}
}

const clearLine = "\x1b[K"

// show asks about the oldest open challenge.
func (t *Terminal) show() {
	if t.asking || len(t.queue) == 0 {
		return
	}
	t.asking = true
	c := t.queue[0]
	line := strings.Repeat("─", 64)
	fmt.Fprintf(t.Out, "\r%s%s\n", line, clearLine)
	if c.Warning != "" {
		fmt.Fprintf(t.Out, "  !! %s\n\n", c.Warning)
	}
	fmt.Fprintf(t.Out, "  “%s”\n\n  Do you want to pay  %s\n  to                  %s\n  account             %s\n", c.Phrase,
		messages.Amount(c.Document.Amount),
		c.PayeeShown, messages.Safe(c.Document.Payee.Account))
	for _, r := range c.Reasons {
		fmt.Fprintf(t.Out, "  %s\n", r)
	}
	asked := ""
	if c.Interview != nil && c.Interview.State != interview.StatePassed {
		asked = "Your bank asks something first, which takes the app in the browser. Refusing works here."
	}
	for _, note := range []string{asked, c.WhyNot, c.CallbackOnly} {
		if note != "" {
			fmt.Fprintf(t.Out, "  %s\n", note)
		}
	}
	fmt.Fprintf(t.Out, "\n%s\n%s\n", keysHelp, line)
}

func (t *Terminal) countdown() {
	if t.asking && t.writing == 0 && len(t.queue) > 0 {
		left := t.queue[0].AnswerableUntil.Time().Sub(t.phone.Now()).Round(time.Second)
		fmt.Fprintf(t.Out, "\r  %s left%s", max(left, 0), clearLine)
	}
}

func (t *Terminal) press(k rune) {
	answer, ok := map[rune]hold.Answer{'a': hold.Approve, 'd': hold.Deny, 'n': hold.NotMe}[k]
	if !ok || !t.asking || len(t.queue) == 0 {
		return
	}
	if err := t.phone.Answer(t.queue[0], answer, ""); err != nil {
		fmt.Fprintf(t.Out, "\rThe answer could not be sent; try again.%s\n", clearLine)
	}
}

// readKeys reads single keys from a terminal, or the letters of lines.
func readKeys(ctx context.Context, in io.Reader, keys chan<- rune) {
	r := bufio.NewReader(in)
	for {
		k, _, err := r.ReadRune()
		if err != nil {
			return
		}
		select {
		case keys <- k:
		case <-ctx.Done():
			return
		}
	}
}

// rawWriter makes line ends for a terminal in raw mode.
type rawWriter struct{ io.Writer }

func (w *rawWriter) Write(b []byte) (int, error) {
	_, err := io.WriteString(w.Writer, strings.ReplaceAll(string(b), "\n", "\r\n"))
	return len(b), err
}

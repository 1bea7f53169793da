package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// showInterview prints what was answered so far, what the payment waits for, and what
// to ask aloud.
func (d *Desk) showInterview(i client.CaseInterview) {
	for _, t := range i.Taken {
		fmt.Fprintf(d.Out, "     Asked (%s), it came to %s:", t.Via, t.Level)
		for _, s := range t.Answers {
			fmt.Fprintf(d.Out, "  %s: %s", s.Question, s.Answer)
		}
		fmt.Fprintln(d.Out)
		if len(t.Contradicted) > 0 {
			fmt.Fprintf(d.Out, "     !! Their device contradicts what they said: %s\n", strings.Join(t.Contradicted, ", "))
		}
		if t.Warning != "" {
			fmt.Fprintf(d.Out, "     Warned: %s   (%s)\n", t.Warning, cmp.Or(strings.ReplaceAll(t.Choice, "_", " "), "nothing chosen yet"))
		}
	}
	if i.NotBefore != 0 {
		fmt.Fprintf(d.Out, "     It waits: nothing can be confirmed before %s.\n", i.NotBefore.Time().Local().Format("Mon 15:04:05"))
	}
	if !i.Ask {
		return
	}
	for n, q := range i.Questions {
		fmt.Fprintf(d.Out, "     Ask %d. %s\n", n+1, q.Aloud)
		for m, o := range q.Answers {
			fmt.Fprintf(d.Out, "         [%d] %s\n", m+1, o.Aloud)
		}
	}
}

// ask takes down what was answered aloud: for each question the answer's number.
func (d *Desk) ask(ctx context.Context, args []string) error {
	at, err := nth(args, 0, len(d.v.Tasks))
	if err != nil {
		return err
	}
	k := d.v.Tasks[at]
	if k.Hold == nil || k.Hold.Interview == nil || !k.Hold.Interview.Ask {
		return errors.New("there is nothing to ask")
	}
	qs := k.Hold.Interview.Questions
	if len(args)-1 != len(qs) {
		return fmt.Errorf("there are %d questions: give the answer's number for each", len(qs))
	}
	var said []hold.Said
	for i, q := range qs {
		n, err := nth(args, i+1, len(q.Answers))
		if err != nil {
			return fmt.Errorf("question %d: %w", i+1, err)
		}
		said = append(said, hold.Said{Question: q.Code, Answer: q.Answers[n].Code})
	}
	res, err := d.Agent.TakeInterview(ctx, d.v.Id, k.Id, client.SaidAloud{Answers: said})
	if err := stack.Reply(res, err, nil); err != nil {
		return err
	}
	return d.again(ctx)
}

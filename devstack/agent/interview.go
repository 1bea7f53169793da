package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// questions prints what is to be asked aloud before anything is confirmed, and what was
// answered in the app.
func (d *Desk) questions(i *client.CaseInterview) {
	if i == nil {
		return
	}
	for _, t := range i.Taken {
		var said []string
		for _, a := range t.Answers {
			said = append(said, a.Question+" "+a.Answer)
		}
		fmt.Fprintf(d.Out, "     %s answered: %s. It comes to %s.\n", t.Via, strings.Join(said, ", "), t.Level)
		if len(t.Contradicted) > 0 {
			fmt.Fprintf(d.Out, "     The device says otherwise of: %s.\n", strings.Join(t.Contradicted, ", "))
		}
	}
	if i.NotBefore != 0 {
		fmt.Fprintf(d.Out, "     No approval counts before %s.\n", i.NotBefore.Time().Local().Format("Mon 15:04:05"))
	}
	if !i.Ask {
		return
	}
	fmt.Fprintln(d.Out, "     Ask aloud, and then: ask 1 ANSWER ANSWER …")
	for _, q := range i.Questions {
		var answers []string
		for _, a := range q.Answers {
			answers = append(answers, a.Code+": "+a.Text)
		}
		fmt.Fprintf(d.Out, "       %s\n         %s\n", q.Text, strings.Join(answers, " | "))
	}
}

// ask takes down what a customer answered, by codes, in the questions' order.
func (d *Desk) ask(ctx context.Context, args []string) error {
	n, err := nth(args, 0, len(d.v.Tasks))
	if err != nil {
		return err
	}
	task := d.v.Tasks[n]
	if task.Hold == nil || task.Hold.Interview == nil || !task.Hold.Interview.Ask {
		return errors.New("nothing is to be asked")
	}
	asked := task.Hold.Interview.Questions
	if len(args)-1 != len(asked) {
		return fmt.Errorf("want an answer to each of the %d questions", len(asked))
	}
	var said []hold.Said
	for i, q := range asked {
		said = append(said, hold.Said{Question: q.Code, Answer: args[i+1]})
	}
	res, err := d.Agent.TakeInterview(ctx, d.v.Id, task.Id, client.SaidAloud{Answers: said})
	if err := stack.Reply(res, err, nil); err != nil {
		return err
	}
	return d.again(ctx)
}

// Package agent is an agent's desk in a terminal: the queue, one case at a time,
// a headset that picks up by itself, and approvals. It stands for the console
// until there is one.
package agent

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/messages"
)

// Desk is an agent at work.
type Desk struct {
	Agent   *stack.Agent
	Headset provider.Handset
	In      io.Reader
	Out     io.Writer

	v     *client.Case
	rings int
}

const help = `
  next                 take the next case
  call [1]             ring the customer, on their first number or another
  id 47                the number that the customer reads out
  ask 1 no no yes pay  what the customer answered to the questions of task 1
  say 1 confirmed      what came of task 1: confirmed, refused, not_me, suspected_scam, no_answer,
                       voicemail, wrong_number, third_party, vulnerable, language fr, call_later 20m;
                       of a call for help, or after a freeze: safe_now, scam, not_me, not_reached
  see account 1        one field whole: account of task 1, number 1, name
  ring-in maria        the customer maria has rung us
  return               give the case back
  queue                how many wait
  approvals            what waits for a second person
  (a face check is judged in the web console: it takes a look at the pictures)
  approve 1 | reject 1 the first of them
  quit
`

// Run works until the context ends or the agent quits.
func (d *Desk) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fmt.Fprintf(d.Out, "%s's desk.%s", d.Agent.Sub, help)
	go d.wear(ctx)
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(d.In); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		fmt.Fprint(d.Out, "> ")
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-lines:
			words := strings.Fields(line)
			if !ok || len(words) > 0 && (words[0] == "quit" || words[0] == "q") {
				d.leave(ctx)
				return nil
			}
			if len(words) > 0 {
				if err := d.do(ctx, words[0], words[1:]); err != nil {
					fmt.Fprintf(d.Out, "  %s\n", explain(err))
				}
			}
		}
	}
}

// leave gives the case back, so that it does not wait for its lease to lapse.
func (d *Desk) leave(ctx context.Context) {
	if d.v != nil {
		res, err := d.Agent.ReturnCase(ctx, d.v.Id)
		_ = stack.Reply(res, err, nil)
	}
}

// explain says what the API refused, and why.
func explain(err error) string {
	var r *stack.Refused
	if !errors.As(err, &r) {
		return err.Error()
	}
	text := r.Title
	if r.Detail != "" {
		text += " (" + r.Detail + ")"
	}
	if r.TriesLeft != nil {
		text += fmt.Sprintf("; %d more", *r.TriesLeft)
	}
	if s := r.Stands; s != nil && s.Disposition != nil {
		text += fmt.Sprintf("; it is %s, by %s", s.Disposition.Disposition, s.Disposition.Agent)
	}
	return text
}

// wear picks the agent's own phone up whenever it rings.
func (d *Desk) wear(ctx context.Context) {
	for ctx.Err() == nil {
		got, err := d.Headset.Calls(ctx, d.rings)
		if err != nil {
			wait(ctx, time.Second)
			continue
		}
		for _, c := range got {
			d.rings++
			if c.Status == "ringing" && d.Headset.Answer(ctx, c.SID) == nil {
				fmt.Fprint(d.Out, "\r  (your phone rang and you picked up; the customer's rings now)\n> ")
			}
		}
	}
}

func wait(ctx context.Context, t time.Duration) {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

var errUsage = errors.New("that is none of the commands:" + help)
var errNoCase = errors.New("you have no case: next takes one")

func (d *Desk) do(ctx context.Context, what string, args []string) error {
	switch what {
	case "next", "n":
		return d.next(ctx)
	case "queue":
		return d.queue(ctx)
	case "approvals":
		_, err := d.approvals(ctx, true)
		return err
	case "approve", "reject":
		return d.second(ctx, what, args)
	case "ring-in":
		if len(args) != 1 {
			return errUsage
		}
		return d.open(func() (*client.Case, error) {
			var v client.Case
			res, err := d.Agent.OpenInbound(ctx, client.InboundRequest{CustomerId: hold.CustomerID(args[0]), Reason: "rang in"})
			return &v, stack.Reply(res, err, &v)
		})
	case "help", "?":
		fmt.Fprint(d.Out, help)
		return nil
	}
	if d.v == nil {
		return errNoCase
	}
	switch {
	case what == "call" || what == "c":
		return d.call(ctx, args)
	case what == "id" && len(args) == 1:
		res, err := d.Agent.IdentifyCustomer(ctx, d.v.Id, client.IdentifyRequest{Number: args[0]})
		if err := stack.Reply(res, err, nil); err != nil {
			return err
		}
		fmt.Fprintln(d.Out, "  It is the customer.")
		return d.again(ctx)
	case what == "ask" && len(args) >= 2:
		return d.ask(ctx, args)
	case what == "say" && len(args) >= 2:
		return d.say(ctx, args)
	case what == "see" && len(args) >= 1:
		return d.see(ctx, args)
	case what == "return":
		res, err := d.Agent.ReturnCase(ctx, d.v.Id)
		d.v = nil
		return stack.Reply(res, err, nil)
	}
	return errUsage
}

func (d *Desk) open(get func() (*client.Case, error)) error {
	v, err := get()
	if err == nil {
		d.v = v
		d.show()
	}
	return err
}

func (d *Desk) next(ctx context.Context) error {
	return d.open(func() (*client.Case, error) {
		var v client.Case
		res, err := d.Agent.NextCase(ctx)
		if err == nil && res.StatusCode == 204 {
			return nil, errors.Join(res.Body.Close(), errors.New("nothing waits"))
		}
		return &v, stack.Reply(res, err, &v)
	})
}

func (d *Desk) again(ctx context.Context) error {
	return d.open(func() (*client.Case, error) {
		var v client.Case
		res, err := d.Agent.GetCase(ctx, d.v.Id)
		return &v, stack.Reply(res, err, &v)
	})
}

// show prints the case: payment, why, name check, what was tried, what to ask.
func (d *Desk) show() {
	v, out := d.v, d.Out
	line := strings.Repeat("─", 72)
	fmt.Fprintf(out, "%s\n  %s   %s there   speaks %s   yours until %s\n", line, v.Customer.Name, v.Customer.LocalTime, v.Customer.Locale,
		v.LeaseUntil.Time().Local().Format("15:04"))
	for i, c := range v.Customer.Contacts {
		note := ""
		if !c.Callable {
			note = "   not to be called: " + strings.ReplaceAll(c.WhyNot, "_", " ")
		}
		fmt.Fprintf(out, "  number %d  %s%s\n", i+1, c.Number, note)
	}
	if !v.Customer.HasApp {
		fmt.Fprintln(out, "  They have no app: what they confirm waits for a second person, who calls them as well.")
	}
	if v.Hidden {
		fmt.Fprintf(out, "\n  They rang in. Check who it is first: ask for the number that their app shows (id 47),\n  or call them back.\n%s\n",
			line)
		return
	}
	for i, k := range v.Tasks {
		fmt.Fprintf(out, "\n  %d. %s, %s", i+1, k.Kind, k.Status)
		if h := k.Hold; h != nil {
			fmt.Fprintf(out, "   %s to %s   account %s   name check %s   until %s\n", messages.Amount(h.Amount), h.Payee.Name, h.Payee.Account,
				cmp.Or(h.Payee.NameCheck, "unknown"), h.Deadline.Time().Local().Format("Mon 15:04:05"))
			for _, r := range h.Reasons {
				fmt.Fprintf(out, "     %s\n", r.Text)
				for _, s := range r.Script {
					fmt.Fprintf(out, "       [ ] %s\n", s)
				}
			}
			d.questions(h.Interview)
			for _, c := range h.Challenges {
				fmt.Fprintf(out, "     %s %s %s\n", c.OpenedAt.Time().Local().Format("15:04:05"), c.Channel, c.Status)
			}
			switch {
			case k.SecondCalls:
				fmt.Fprintln(out, "     A confirmation waits for a second person, who calls the customer as well: nobody knows who it is.")
			case k.TwoNeeded:
				fmt.Fprintln(out, "     A confirmation waits for a second person.")
			}
		} else {
			fmt.Fprintln(out)
		}
		for _, s := range k.Script {
			fmt.Fprintf(out, "       [ ] %s\n", s)
		}
	}
	for _, h := range v.Earlier {
		fmt.Fprintf(out, "  earlier: %s to %s, %s for %s\n", messages.Amount(h.Amount), h.Payee.Name, h.Decision.Outcome, h.Decision.Reason)
	}
	fmt.Fprintln(out, line)
}

func (d *Desk) call(ctx context.Context, args []string) error {
	i, err := nth(args, 0, len(d.v.Customer.Contacts))
	if err != nil {
		return err
	}
	res, err := d.Agent.PlaceCall(ctx, d.v.Id, client.CallRequest{ContactId: d.v.Customer.Contacts[i].Id})
	if err := stack.Reply(res, err, nil); err != nil {
		return err
	}
	fmt.Fprintln(d.Out, "  Calling. Ask them to read out the number that their app shows, and type it: id 47. Never ask for a code.")
	return nil
}

// nth reads a number from 1; none is the first.
func nth(args []string, at, of int) (int, error) {
	if of == 0 {
		return 0, errors.New("there is none")
	}
	if len(args) <= at {
		return 0, nil
	}
	n, err := strconv.Atoi(args[at])
	if err != nil || n < 1 || n > of {
		return 0, fmt.Errorf("want a number from 1 to %d", of)
	}
	return n - 1, nil
}

func (d *Desk) say(ctx context.Context, args []string) error {
	i, err := nth(args, 0, len(d.v.Tasks))
	if err != nil {
		return err
	}
	k := d.v.Tasks[i]
	say := client.DispositionRequest{TaskId: k.Id, Disposition: hold.Disposition(args[1])}
	if k.Hold != nil {
		say.Revision = k.Hold.Revision
	}
	if len(args) > 2 && say.Disposition == hold.CallLater {
		in, err := time.ParseDuration(args[2])
		if err != nil {
			return errors.New("want a time from now, such as 20m")
		}
		now, err := d.Agent.Clock(ctx)
		if err != nil {
			return err
		}
		say.At = hold.At(now.Now.Add(in))
	} else if len(args) > 2 && say.Disposition == hold.OtherLanguage {
		say.Language = args[2]
	}
	var done client.DispositionReceipt
	res, err := d.Agent.DisposeTask(ctx, d.v.Id, say)
	if err := stack.Reply(res, err, &done); err != nil {
		return err
	}
	switch {
	case done.SecondCalls:
		fmt.Fprintln(d.Out, "  It waits in the queue for a second person, who calls the customer as well.")
	case done.Outcome == "review":
		fmt.Fprintln(d.Out, "  It waits for a second person (approvals, at another desk).")
	case done.PlanSpent:
		fmt.Fprintln(d.Out, "  That was the last attempt. Who rings back is still asked.")
	case done.NextAt != 0:
		fmt.Fprintf(d.Out, "  Again at %s.\n", done.NextAt.Time().Local().Format("15:04:05"))
	default:
		fmt.Fprintln(d.Out, "  Done.")
	}
	if err := d.again(ctx); err != nil { // the case may be worked through
		d.v = nil
	}
	return nil
}

func (d *Desk) see(ctx context.Context, args []string) error {
	ask := client.UnmaskRequest{Reason: "at the desk"}
	switch args[0] {
	case "name":
		ask.Field = "customer_name"
	case "number":
		i, err := nth(args, 1, len(d.v.Customer.Contacts))
		if err != nil {
			return err
		}
		ask.Field, ask.Of = "number", d.v.Customer.Contacts[i].Id
	case "account":
		i, err := nth(args, 1, len(d.v.Tasks))
		if err != nil || d.v.Tasks[i].Hold == nil {
			return errors.Join(err, errors.New("that task is about no payment"))
		}
		ask.Field, ask.Of = "account", string(d.v.Tasks[i].Hold.Id)
	default:
		return errUsage
	}
	var seen client.Unmasked
	res, err := d.Agent.UnmaskField(ctx, d.v.Id, ask)
	if err := stack.Reply(res, err, &seen); err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "  %s\n", seen.Value)
	return nil
}

func (d *Desk) queue(ctx context.Context) error {
	var q client.QueueStats
	res, err := d.Agent.GetQueueStats(ctx)
	if err := stack.Reply(res, err, &q); err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "  %d wait (%d past their target), %d at other desks or yours, %d to be called later, %d wait for a second person\n",
		q.Waiting, q.PastTarget, q.Leased, q.Later, q.Approvals)
	return nil
}

func (d *Desk) approvals(ctx context.Context, show bool) ([]client.Approval, error) {
	var page client.ApprovalPage
	res, err := d.Agent.ListApprovals(ctx, &client.ListApprovalsParams{Limit: 50})
	if err := stack.Reply(res, err, &page); err != nil || !show {
		return page.Approvals, err
	}
	for i, a := range page.Approvals {
		fmt.Fprintf(d.Out, "  %d. %s, asked by %s", i+1, a.Kind, a.First)
		if a.Hold != nil {
			fmt.Fprintf(d.Out, "   %s to %s", messages.Amount(a.Hold.Amount), a.Hold.Payee.Name)
		} else {
			fmt.Fprintf(d.Out, "   %s", a.CustomerId)
		}
		fmt.Fprintf(d.Out, "   “%s”\n", a.Reason)
	}
	if len(page.Approvals) == 0 {
		fmt.Fprintln(d.Out, "  Nothing waits for a second person.")
	}
	return page.Approvals, nil
}

func (d *Desk) second(ctx context.Context, what string, args []string) error {
	as, err := d.approvals(ctx, false)
	if err != nil {
		return err
	}
	i, err := nth(args, 0, len(as))
	if err != nil {
		return err
	}
	var done client.Approval
	res, err := d.Agent.DecideApproval(ctx, as[i].Id, client.ApprovalDecision{Decision: what, Reason: "at the desk"})
	if err := stack.Reply(res, err, &done); err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "  %s.\n", done.Status)
	return nil
}

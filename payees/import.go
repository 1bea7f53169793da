// Package payees brings what is known of payees onto the record: the bank's lists, and
// what its source says of those who are paid.
package payees

import (
	"context"
	"fmt"
	"io"
	"regexp"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
)

// ListName is what a list may be called.
var ListName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Lists are the lists on record.
type Lists interface {
	PayeeLists(ctx context.Context) ([]store.PayeeList, error)
	BeginPayeeList(ctx context.Context, list string) (edition string, why hold.Refusal, err error)
	FillPayeeList(ctx context.Context, list, edition string, lines []store.ListedPayee) (hold.Refusal, error)
	EndPayeeList(ctx context.Context, list, edition string, lines int, actor string) (hold.Refusal, error)
	DropPayeeList(ctx context.Context, list, edition string) error
}

// Import puts a list in force in the place of the one of its name, as a whole or not at
// all.
type Import struct {
	Lists  Lists
	Keys   counterparties.Keys // of its accounts' digests
	List   string
	Public bool // customers may be told what it says
	Shrink bool // it may have no lines, or fewer than half of those in force
	Actor  string
	Filled func(lines int) // told after each part; nil: nobody
}

// RefusedError is why a list was not taken, of Refusals of the record. Where a reference
// stands twice, the second time is among the entries From to To.
type RefusedError struct {
	Why      hold.Refusal
	From, To int
}

func (r *RefusedError) Error() string { return "the list was not taken: " + string(r.Why) }

// ShortError is of a list that may have been cut short on its way.
type ShortError struct{ Lines, Before int }

func (s *ShortError) Error() string {
	return fmt.Sprintf("the list has %d lines, and the one in force %d", s.Lines, s.Before)
}

// Run reads a list to its end and puts it in force. Whatever its error is, the list of
// before stands: a counterparties.BadLine, a *RefusedError, a *ShortError, or a fault.
func (i Import) Run(ctx context.Context, r io.Reader) (edition string, lines int, err error) {
	edition, why, err := i.Lists.BeginPayeeList(ctx, i.List)
	if err != nil || why != "" {
		return "", 0, i.refused(why, 0, 0, err)
	}
	// Of an edition in force this does nothing; where it fails, another import waits five minutes.
	defer i.Lists.DropPayeeList(context.WithoutCancel(ctx), i.List, edition) //nolint:errcheck
	if lines, err = i.fill(ctx, edition, r); err != nil {
		return "", lines, err
	}
	if err := i.tooShort(ctx, lines); err != nil {
		return "", lines, err
	}
	why, err = i.Lists.EndPayeeList(ctx, i.List, edition, lines, i.Actor)
	return edition, lines, i.refused(why, 0, 0, err)
}

func (i Import) refused(why hold.Refusal, from, to int, err error) error {
	if err == nil && why != "" {
		return &RefusedError{why, from, to}
	}
	return err
}

// fill reads the lines into an edition, some at a time.
func (i Import) fill(ctx context.Context, edition string, r io.Reader) (n int, err error) {
	var some []store.ListedPayee
	flush := func() error {
		why, err := i.Lists.FillPayeeList(ctx, i.List, edition, some)
		if err := i.refused(why, n+1, n+len(some), err); err != nil {
			return err
		}
		n, some = n+len(some), some[:0]
		if i.Filled != nil {
			i.Filled(n)
		}
		return nil
	}
	check := counterparties.Line.Check
	if i.Public {
		check = counterparties.Line.CheckPublic
	}
	for line, err := range counterparties.Read(r, check) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return n, err
		}
		some = append(some, store.ListedPayee{Hit: line.Hit(i.List), Public: i.Public,
			Digest: i.Keys.Current(counterparties.Normal(line.Account, line.Country))})
		if len(some) == store.HitsAtOnce {
			if err := flush(); err != nil {
				return n, err
			}
		}
	}
	return n, flush()
}

// tooShort refuses a list that may have been cut short on its way.
func (i Import) tooShort(ctx context.Context, lines int) error {
	ls, err := i.Lists.PayeeLists(ctx)
	if err != nil || i.Shrink {
		return err
	}
	before := 0
	for _, l := range ls {
		if l.Name == i.List {
			before = l.Lines
		}
	}
	if lines > 0 && 2*lines >= before {
		return nil
	}
	return &ShortError{lines, before}
}

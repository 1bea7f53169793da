package main

import (
	"fmt"
	"strings"
	"time"

	"holdfast/devstack/pages"
	"holdfast/devstack/stack"

	"github.com/spf13/cobra"
)

func clockCommand() *cobra.Command {
	dir := defaultData
	c := &cobra.Command{
		Use: "clock [+DURATION]", Short: "Show the running stack's clock, or put it forward", Args: cobra.MaximumNArgs(1),
		Example: "  holdfast-dev clock\n  holdfast-dev clock +24h\n  holdfast-dev clock +1h30m",
		Long: `Show the running stack's clock, or put it forward: a wait of a day is seen in a second.

It is the clock of everything in the stack: rungs, deadlines, call-back times,
leases, links, codes, sessions, tokens, freezes. It only goes forward, by 2160h
(90 days) at most at once, and keeps what it was given over a restart. What comes
due in between comes due at the end. The machine's own clock, and what only guards
a connection (time-outs, the signatures of webhooks), stay as they are. The
production binary has nothing of the kind.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := stack.Read(dir)
			if err != nil {
				return fmt.Errorf("no stack has run in %s: start one with make run, or name its directory with --data", dir)
			}
			now, err := stack.AskClock(cmd.Context(), where.URL)
			if err != nil {
				return fmt.Errorf("the stack of %s does not answer: %w", dir, err)
			}
			if len(args) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), shown(now))
				return nil
			}
			by, err := time.ParseDuration(strings.TrimPrefix(args[0], "+"))
			if err != nil || by <= 0 {
				return fmt.Errorf("%q: the clock only goes forward: want a time such as +24h or +1h30m", args[0])
			}
			then, err := stack.PutForward(cmd.Context(), where.URL, by)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "before  %s\nnow     %s\n", shown(now), shown(then))
			return nil
		},
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { // -24h looks like a flag
		return fmt.Errorf("%w; the clock only goes forward: want a time such as +24h", err)
	})
	c.Flags().StringVar(&dir, "data", dir, "directory of the stack")
	return c
}

func shown(c pages.Clock) string {
	return fmt.Sprintf("%s  (%s ahead of the machine)", c.Now.Format("2006-01-02 15:04:05 MST"), c.Ahead)
}

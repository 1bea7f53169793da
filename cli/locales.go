package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"holdfast/locales"
	"holdfast/messages"

	"github.com/spf13/cobra"
)

func (t *tool) locales() *cobra.Command {
	c := &cobra.Command{Use: "locales", Short: "Sentences and languages of your own: check"}
	c.AddCommand(t.localesCheck())
	return c
}

func (t *tool) localesCheck() *cobra.Command {
	var sender messages.Sender
	cmd := &cobra.Command{
		Use: "check DIR", Short: "Say what is wrong with a directory of sentences, and what is missing", Args: cobra.ExactArgs(1),
		Example: "  holdfast locales check /etc/holdfast/locales --bank Nordbank --host pay.nordbank.example",
		RunE: func(_ *cobra.Command, args []string) error {
			set, findings, err := locales.Load(args[0])
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(findings, func(f locales.Finding) bool { return f.Fault }) {
				for _, tag := range set.Tags() {
					findings = append(findings, messages.TooLong(set, tag, sender)...)
				}
			}
			if err := t.print(map[string]any{"directory": args[0], "locales": set.Tags(), "findings": append([]locales.Finding{}, findings...)},
				func(w io.Writer) {
					for _, f := range findings {
						fmt.Fprintln(w, f)
					}
					fmt.Fprintf(w, "%s: it speaks %s\n", args[0], strings.Join(set.Tags(), ", "))
				}); err != nil || len(findings) == 0 {
				return err
			}
			return found("%d findings", len(findings))
		},
	}
	cmd.Flags().StringVar(&sender.Bank, "bank", "Nordbank", "bank_name of the settings, which stands in texts")
	cmd.Flags().StringVar(&sender.Host, "host", "pay.nordbank.example", "sms_host of the settings")
	return cmd
}

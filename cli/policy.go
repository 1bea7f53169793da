package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/policy"

	"github.com/spf13/cobra"
)

func (t *tool) policy() *cobra.Command {
	c := &cobra.Command{Use: "policy", Short: "Policy files: check, explain"}
	c.AddCommand(t.policyCheck(), t.policyExplain())
	return c
}

// loadPolicy reads a file and prints its faults, each with line and column.
func (t *tool) loadPolicy(path string) (*policy.Policy, error) {
	source, err := os.ReadFile(path) //nolint:gosec // the caller names it
	if err != nil {
		return nil, err
	}
	p, err := policy.Load(source)
	var faults policy.Faults
	if !errors.As(err, &faults) {
		return p, err
	}
	if err := t.print(map[string]any{"file": path, "faults": faults}, func(w io.Writer) {
		for _, f := range faults {
			fmt.Fprintf(w, "%s:%s\n", path, f)
		}
	}); err != nil {
		return nil, err
	}
	return nil, found("%d faults; what runs is not touched", len(faults))
}

func (t *tool) policyCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE", Short: "Say what is wrong with a policy file, and where", Args: cobra.ExactArgs(1),
		Example: "  holdfast policy check policy.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := t.loadPolicy(args[0])
			if err != nil {
				return err
			}
			return t.print(map[string]any{"file": args[0], "policy": p.Name(), "version": p.Version(), "faults": []string{},
				"warnings": append(policy.Faults{}, p.Warnings()...)}, func(w io.Writer) {
				for _, warning := range p.Warnings() {
					fmt.Fprintf(w, "%s:%s (warning)\n", args[0], warning)
				}
				fmt.Fprintf(w, "%s: policy %s, version %s: no faults\n", args[0], p.Name(), p.Version())
			})
		},
	}
}

func (t *tool) policyExplain() *cobra.Command {
	var path string
	c := customerFlags{devices: 1}
	cmd := &cobra.Command{
		Use: "explain FILE --hold hold.json", Short: "Say which rule a hold meets, why, which ladder follows, and what is asked first",
		Args:    cobra.ExactArgs(1),
		Example: "  holdfast policy explain policy.yaml --hold hold.json --devices 2 --signal on_call=yes",
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := t.loadPolicy(args[0])
			if err != nil {
				return err
			}
			b, err := readInput(path, t.in)
			if err != nil {
				return err
			}
			var req hold.Request
			if err := json.Unmarshal(b, &req); err != nil {
				return fmt.Errorf("--hold: %w", err)
			}
			if err := errors.Join(c.signal(), c.listed()); err != nil {
				return err
			}
			_, _, why, err := p.Terms(req, c.customer(), hold.At(time.Now()))
			if err != nil {
				return found("%w", err)
			}
			return t.print(why, func(w io.Writer) { fmt.Fprintln(w, why) })
		},
	}
	cmd.Flags().StringVar(&path, "hold", "", "the hold's request as JSON; - reads it from the input")
	cmd.Flags().IntVar(&c.devices, "devices", 1, "devices of the customer")
	cmd.Flags().IntVar(&c.phones, "phones", 1, "phone numbers of the customer")
	cmd.Flags().BoolVar(&c.frozen, "frozen", false, "as if the customer were frozen")
	cmd.Flags().StringToStringVar(&c.payee, "payee", nil, "what lists say of the payee: mule_confirmed=confirmed, scam_job=reported")
	cmd.Flags().StringToStringVar(&c.said, "signal", nil, "what the customer's device says of itself: on_call=yes, integrity=failed")
	_ = cmd.MarkFlagRequired("hold")
	return cmd
}

type customerFlags struct {
	devices, phones int
	frozen          bool
	said            map[string]string
	payee           map[string]string
	known           counterparties.Known
	signals         hold.Signals
}

func (c customerFlags) customer() policy.Customer {
	return policy.Customer{Devices: c.devices, Phones: c.phones, Frozen: c.frozen, Signals: c.signals, Payee: c.known}
}

// listed reads what lists say of the payee, by category.
func (c *customerFlags) listed() error {
	if c.payee == nil {
		return nil
	}
	var hits []counterparties.Hit
	for category, strength := range c.payee {
		h := counterparties.Hit{Category: category, Strength: counterparties.Strength(strength)}
		if !counterparties.IsCategory(category) || h.Strength != counterparties.Reported && h.Strength != counterparties.Confirmed {
			return errors.New("--payee: must be a code of holdfast payees categories, = and reported or confirmed")
		}
		hits = append(hits, h)
	}
	c.known.Sum(hits)
	return nil
}

// signal reads what was said of the device, by the names that devices use.
func (c *customerFlags) signal() error {
	b, err := json.Marshal(c.said)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c.signals); err != nil || !c.signals.Valid() {
		return fmt.Errorf("--signal: must be %s=yes, no or unknown, or integrity=none, basic, strong, failed or unknown",
			strings.Join(hold.SignalNames, ", "))
	}
	return nil
}

func readInput(path string, in io.Reader) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(in, 9<<20))
	}
	return os.ReadFile(path) //nolint:gosec // the caller names it
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"holdfast/audit"
	"holdfast/store"

	"github.com/spf13/cobra"
)

func (t *tool) audit() *cobra.Command {
	c := &cobra.Command{Use: "audit", Short: "The audit trail: verify"}
	c.AddCommand(t.auditVerify())
	return c
}

func (t *tool) auditVerify() *cobra.Command {
	var subject, file string
	c := &cobra.Command{
		Use: "verify", Short: "Walk every chain and say what is wrong, and where", Args: cobra.NoArgs,
		Long: `Walk the audit trail's chains, one a subject: every entry's bytes must have its
hash, name the hash before it, and end where the chain's head says. It reads
only. Exit code 1 when anything is wrong.

With --file it walks what an export has, and needs no database: only whoever
rewrites the file whole is not found by it. The head's hash, which it prints, is
what then differs from the one that the export's entry on the hold's chain has.`,
		Example: "  holdfast audit verify\n  holdfast audit verify --subject hold_01J…\n  holdfast audit verify --file hold_01J….ndjson",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				return t.verifyFile(file)
			}
			s, err := t.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the end of the command
			report, err := VerifyAudit(cmd.Context(), s, subject, func(chains, entries int) {
				if chains%500 == 0 && !t.json {
					fmt.Fprintf(t.errs, "\r%d chains, %d entries", chains, entries)
				}
			})
			if err != nil {
				return trouble(err)
			}
			if err := t.print(report, func(w io.Writer) {
				if report.Chains >= 500 {
					fmt.Fprintln(t.errs)
				}
				for _, f := range report.Faults {
					fmt.Fprintln(w, f)
				}
				fmt.Fprintf(w, "%d chains, %d entries, %d faults\n", report.Chains, report.Entries, len(report.Faults))
			}); err != nil {
				return err
			}
			return report.verdict("the trail has been altered, or state and trail disagree")
		},
	}
	c.Flags().StringVar(&file, "file", "", "an export to verify offline; - is standard input")
	c.Flags().StringVar(&subject, "subject", "", "one chain only: hold_…, customer:…, key:…, policy:…")
	c.MarkFlagsMutuallyExclusive("file", "subject")
	return c
}

// verifyFile walks the chains of an export.
func (t *tool) verifyFile(name string) error {
	in := t.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	trails, err := audit.Read(in)
	if err != nil {
		return trouble(err)
	}
	report := AuditReport{Chains: len(trails), Faults: []audit.Fault{}}
	for _, trail := range trails {
		report.Entries += len(trail.Chain)
		report.Faults = append(report.Faults, trail.Faults()...)
	}
	if len(trails) == 0 {
		report.Faults = append(report.Faults, audit.Fault{Problem: "the file is empty"})
	}
	if err := t.print(report, func(w io.Writer) {
		for _, f := range report.Faults {
			fmt.Fprintln(w, f)
		}
		for _, trail := range trails {
			fmt.Fprintf(w, "%s ends at entry %d, hash %s\n", trail.Subject, trail.Head.Seq, trail.Head.Hash)
		}
		fmt.Fprintf(w, "%d chains, %d entries, %d faults\n", report.Chains, report.Entries, len(report.Faults))
	}); err != nil {
		return err
	}
	return report.verdict("the file is not as it was exported")
}

// AuditReport is what a walk over the trail found.
type AuditReport struct {
	Chains  int           `json:"chains"`
	Entries int           `json:"entries"`
	Faults  []audit.Fault `json:"faults"`
}

// verdict is what the command ends with: nothing, what was altered, or that
// something cannot be read where nothing is seen to be altered.
func (r AuditReport) verdict(altered string) error {
	switch {
	case len(r.Faults) == 0:
		return nil
	case slices.ContainsFunc(r.Faults, func(f audit.Fault) bool { return !f.Unreadable }):
		return found("%s", altered)
	}
	return found("something cannot be read; nothing is seen to be altered")
}

// VerifyAudit walks one chain, or every one.
func VerifyAudit(ctx context.Context, s *store.Store, only string, progress func(chains, entries int)) (AuditReport, error) {
	report := AuditReport{Faults: []audit.Fault{}}
	walk := func(subject string) error {
		chain, head, err := s.Chain(ctx, subject)
		switch {
		case errors.Is(err, store.ErrNotFound) && only != "":
			return fmt.Errorf("there is no chain %s", subject)
		case errors.Is(err, store.ErrNotFound):
			report.Faults = append(report.Faults, audit.Fault{Subject: subject, Problem: "has no chain"})
		case err != nil:
			return err
		}
		report.Chains++
		report.Entries += len(chain)
		report.Faults = append(report.Faults, audit.Verify(subject, chain, head)...)
		progress(report.Chains, report.Entries)
		return nil
	}
	if only != "" {
		return report, walk(only)
	}
	for after := ""; ; {
		subjects, err := s.Subjects(ctx, after, 500)
		if err != nil || len(subjects) == 0 {
			return report, err
		}
		for _, subject := range subjects {
			if err := walk(subject); err != nil {
				return report, err
			}
		}
		after = subjects[len(subjects)-1]
	}
}

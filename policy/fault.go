package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with a policy file.
type Fault struct {
	Line    int    `json:"line"`           // from 1
	Column  int    `json:"column"`         // from 1, in characters
	Path    string `json:"path,omitempty"` // such as ladders.card.rungs[0].timeout; empty for the file
	Message string `json:"message"`
}

// String is "line:column path: message".
func (f Fault) String() string {
	if f.Path == "" {
		return fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Message)
	}
	return fmt.Sprintf("%d:%d %s: %s", f.Line, f.Column, f.Path, f.Message)
}

// Faults is every fault that Load found, in the file's order. It is the only
// error that Load returns.
type Faults []Fault

// Error lists the faults, one a line.
func (fs Faults) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy: %d fault(s)", len(fs))
	for _, f := range fs {
		b.WriteString("\n  " + f.String())
	}
	return b.String()
}

func (fs Faults) sort() {
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

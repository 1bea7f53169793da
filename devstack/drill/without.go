package drill

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/interview"

	"go.yaml.in/yaml/v3"
)

// Removable are the parts without which a run can be played.
var Removable = []Part{Questions, Waiting, Counterparty, Contact}

// ParseParts reads "interview,wait,counterparty,contact".
func ParseParts(s string) (parts []Part, err error) {
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) {
		if !slices.Contains(Removable, Part(name)) {
			return nil, fmt.Errorf("--without: %q: there are interview (with the warnings, waits and calls that follow), wait, "+
				"counterparty (what is known of payees, and verdicts on them) and contact (somebody whom they trust)", name)
		}
		if !slices.Contains(parts, Part(name)) {
			parts = append(parts, Part(name))
		}
	}
	return parts, nil
}

// Without is a policy without a part. That payees are not looked up is no policy's: the
// stack then has no key for them.
func Without(source []byte, part Part) ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(source, &doc); err != nil {
		return nil, err
	}
	switch part {
	case Questions:
		delete(doc, "interview")
		delete(doc, "scenarios")
		unask(doc["ladders"])
	case Contact:
		delete(doc, "contacts")
	case Waiting:
		unwait(doc["interview"])
		unwait(doc["scenarios"])
	}
	return yaml.Marshal(doc)
}

// unask takes the interview from every ask.
func unask(at any) {
	switch v := at.(type) {
	case map[string]any:
		delete(v, "interview")
		for _, in := range v {
			unask(in)
		}
	case []any:
		for _, in := range v {
			unask(in)
		}
	}
}

// unwait takes the waits away: what led to one leads to a warning.
func unwait(at any) {
	switch v := at.(type) {
	case map[string]any:
		delete(v, "wait")
		for _, key := range []string{"then", "contradiction"} {
			if v[key] == string(interview.Wait) {
				v[key] = string(interview.Warn)
			}
		}
		for _, in := range v {
			unwait(in)
		}
	case []any:
		for _, in := range v {
			unwait(in)
		}
	}
}

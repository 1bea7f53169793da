package audit_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast/audit"
)

// written is a chain of n entries as a file.
func written(t *testing.T, subject string, n int) []string {
	t.Helper()
	var head audit.Head
	var chain []audit.Stored
	for i := range n {
		e, err := audit.Next(head, subject, "hold.tried", "client:bank", 1_700_000_000_000_000, map[string]int{"try": i})
		if err != nil {
			t.Fatal(err)
		}
		canonical, hash, err := audit.Seal(e)
		if err != nil {
			t.Fatal(err)
		}
		head = audit.Head{Seq: e.Seq, Hash: hash}
		chain = append(chain, audit.Stored{Subject: subject, Seq: e.Seq, Bytes: canonical, Hash: hash})
	}
	var out bytes.Buffer
	if err := audit.Write(&out, subject, chain, head); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func faults(t *testing.T, lines []string) (found []audit.Fault) {
	t.Helper()
	trails, err := audit.Read(strings.NewReader(strings.Join(lines, "\n") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, trail := range trails {
		found = append(found, trail.Faults()...)
	}
	return found
}

// Whatever is done to one line of a file is found: also to the last entry and
// to the head.
func TestFileIsVerified(t *testing.T) {
	t.Parallel()
	whole := written(t, "hold_1", 5)
	if f := faults(t, whole); len(f) != 0 || len(whole) != 6 {
		t.Fatalf("untouched: %v, %d lines", f, len(whole))
	}
	if f := faults(t, append(slices.Clone(whole), written(t, "hold_2", 3)...)); len(f) != 0 {
		t.Errorf("two trails in one file: %v", f)
	}
	for i := range whole {
		for at := 0; at < len(whole[i]); at++ { // every byte of every line
			for _, bit := range []byte{0x01, 0x20} { // the next character; the other case
				bad := slices.Clone(whole)
				b := []byte(bad[i])
				b[at] ^= bit
				bad[i] = string(b)
				if len(faults(t, bad)) == 0 {
					t.Errorf("line %d altered at %d: %s", i+1, at, bad[i])
				}
			}
		}
		if len(faults(t, slices.Delete(slices.Clone(whole), i, i+1))) == 0 {
			t.Errorf("line %d is missing and nobody sees it", i+1)
		}
		if len(faults(t, slices.Insert(slices.Clone(whole), i, whole[i]))) == 0 {
			t.Errorf("line %d is there twice", i+1)
		}
		for j := range i {
			swapped := slices.Clone(whole)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if len(faults(t, swapped)) == 0 {
				t.Errorf("lines %d and %d are swapped", i+1, j+1)
			}
		}
	}
	if f := fmt.Sprint(faults(t, whole[:3])); !strings.Contains(f, "cut off") {
		t.Errorf("cut off: %s", f)
	}
}

package audit_test

import (
	"bytes"
	"fmt"

	"holdfast/audit"
	"holdfast/hold"
)

// An auditor needs the entries and the chain's end, and nobody's word.
func ExampleVerify() {
	const subject = "hold_01J00000000000000000000000"
	var head audit.Head
	var chain []audit.Stored
	for i, kind := range []string{"hold.accepted", "challenge.opened", "answer.accepted", "hold.decided"} {
		entry, err := audit.Next(head, subject, kind, "system", hold.Instant(1_800_000_000_000_000+i), map[string]any{"n": i})
		if err != nil {
			panic(err)
		}
		canonical, hash, err := audit.Seal(entry)
		if err != nil {
			panic(err)
		}
		head = audit.Head{Seq: entry.Seq, Hash: hash}
		chain = append(chain, audit.Stored{Subject: subject, Seq: entry.Seq, Bytes: canonical, Hash: hash})
	}
	fmt.Println(len(audit.Verify(subject, chain, head)), "faults")

	chain[2].Bytes = bytes.Replace(chain[2].Bytes, []byte("answer.accepted"), []byte("answer.refused"), 1)
	for _, fault := range audit.Verify(subject, chain, head) {
		fmt.Println(fault)
	}
	// Output:
	// 0 faults
	// hold_01J00000000000000000000000 entry 3: altered: its bytes do not give its hash
}

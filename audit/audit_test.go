package audit_test

import (
	"bytes"
	"strings"
	"testing"

	"holdfast/audit"
	"holdfast/hold"

	"pgregory.net/rapid"
)

func chain(t interface{ Fatal(...any) }, n int) ([]audit.Stored, audit.Head) {
	var head audit.Head
	var out []audit.Stored
	for i := range n {
		e, err := audit.Next(head, "hold_1", "hold.accepted", "system", hold.Instant(1_800_000_000_000_000+i), map[string]any{"n": i, "a": "b"})
		if err != nil {
			t.Fatal(err)
		}
		b, hash, err := audit.Seal(e)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, audit.Stored{Subject: "hold_1", Seq: e.Seq, Bytes: b, Hash: hash})
		head = audit.Head{Seq: e.Seq, Hash: hash}
	}
	return out, head
}

// A chain as it was written verifies; whatever is done to it is found: a byte
// changed, an entry removed, put elsewhere, resealed, or the end cut off.
func TestVerifyFindsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, head := chain(t, rapid.IntRange(2, 8).Draw(t, "entries"))
		if f := audit.Verify("hold_1", c, head); len(f) != 0 {
			t.Fatalf("untouched: %v", f)
		}
		i := rapid.IntRange(0, len(c)-1).Draw(t, "entry")
		switch rapid.SampledFrom([]string{"byte", "hash", "remove", "swap", "reseal", "cut"}).Draw(t, "change") {
		case "byte":
			c[i].Bytes = bytes.Clone(c[i].Bytes)
			c[i].Bytes[rapid.IntRange(0, len(c[i].Bytes)-1).Draw(t, "at")] ^= 1
		case "hash":
			c[i].Hash = strings.Repeat("0", 64)
		case "remove":
			c = append(c[:i:i], c[i+1:]...)
		case "swap":
			j := (i + 1) % len(c)
			c[i].Bytes, c[j].Bytes, c[i].Hash, c[j].Hash = c[j].Bytes, c[i].Bytes, c[j].Hash, c[i].Hash
		case "reseal": // a forger who knows how entries are written
			e, err := audit.Parse(c[i].Bytes)
			if err != nil {
				t.Fatal(err)
			}
			e.Actor = "somebody"
			if c[i].Bytes, c[i].Hash, err = audit.Seal(e); err != nil {
				t.Fatal(err)
			}
		case "cut":
			c = c[:len(c)-1]
		}
		if f := audit.Verify("hold_1", c, head); len(f) == 0 {
			t.Fatal("nothing was found")
		}
	})
}

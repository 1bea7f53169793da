package cli_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"holdfast/store/storetest"
)

// A customer's id came with bytes that are not UTF-8 into a database of before:
// its trail verifies. What is as it was written and cannot be read is called
// that; what was altered is called altered.
func TestUnreadableIsNotAltered(t *testing.T) {
	url := storetest.SQLiteURL(t)
	b := storetest.New(t, url)
	b.NewCustomer("ok/\xff")
	t.Setenv("HOLDFAST_DATABASE", url)
	holdfast("", "audit", "verify").want(t, 0, "0 faults")
	write := func(subject, entry string) {
		sum := sha256.Sum256([]byte(entry))
		hash := hex.EncodeToString(sum[:])
		db := storetest.Raw(t, url)
		db.MustExec(`INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES (?, 1, ?, ?)`, subject, []byte(entry), hash)
		db.MustExec(`INSERT INTO audit_heads (subject, seq, hash) VALUES (?, 1, ?)`, subject, hash)
	}
	write("x", "no entry")
	out := holdfast("", "audit", "verify").want(t, 1, "x entry 1: unreadable", "nothing is seen to be altered", "1 faults")
	if strings.Contains(out.errs, "has been altered") {
		t.Errorf("what cannot be read is called altered: %s", out.errs)
	}
	write("y", `{"actor":"a","at":1,"body":{},"kind":"k","prev":"","seq":1,"subject":"z"}`)
	holdfast("", "audit", "verify").want(t, 1, "y entry 1: belongs elsewhere", "has been altered")
}

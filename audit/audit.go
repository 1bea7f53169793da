// Package audit is the trail that proves itself: entries in one chain a
// subject, each carrying the hash of the one before. It knows how an entry is
// written down and verified, and nothing of where it is kept.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"holdfast/hold"

	"github.com/gowebpki/jcs"
)

// Entry is one line of the trail. Body holds ids, enums, digests and masked
// values: no code, token, phone or account number.
type Entry struct {
	Subject string          `json:"subject"` // "hold_…", "customer:…", "key:…"
	Seq     int64           `json:"seq"`     // 1, 2, 3 … within the subject
	Kind    string          `json:"kind"`    // "hold.accepted"
	Actor   string          `json:"actor"`   // "client:…", "customer", "system"
	At      int64           `json:"at"`      // Unix microseconds
	Body    json.RawMessage `json:"body"`
	Prev    string          `json:"prev"` // hash of entry Seq-1; empty for the first
}

// Seal gives the canonical bytes (RFC 8785) that are stored and the SHA-256 in
// hexadecimal that the next entry carries as Prev.
func Seal(e Entry) (canonical []byte, hash string, err error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, "", fmt.Errorf("audit entry %s: %w", e.Kind, err)
	}
	canonical, err = jcs.Transform(raw)
	if err != nil {
		return nil, "", fmt.Errorf("audit entry %s: %w", e.Kind, err)
	}
	return canonical, hashOf(canonical), nil
}

// Next is the entry that follows a head. A zero head begins the chain.
func Next(head Head, subject, kind, actor string, at hold.Instant, body any) (Entry, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return Entry{}, fmt.Errorf("audit entry %s: %w", kind, err)
	}
	return Entry{Subject: subject, Seq: head.Seq + 1, Kind: kind, Actor: actor,
		At: int64(at), Body: b, Prev: head.Hash}, nil
}

// Parse reads an entry back from its canonical bytes.
func Parse(canonical []byte) (e Entry, err error) { return e, json.Unmarshal(canonical, &e) }

// Head is the end of a chain.
type Head struct {
	Seq  int64  `db:"seq"`
	Hash string `db:"hash"`
}

// Stored is an entry as the database keeps it.
type Stored struct {
	Subject string `db:"subject"`
	Seq     int64  `db:"seq"`
	Bytes   []byte `db:"bytes"`
	Hash    string `db:"hash"`
}

// Fault is one thing that is wrong, and where. Unreadable: its bytes are those
// that were written, and this cannot read them.
type Fault struct {
	Subject    string `json:"subject"`
	Seq        int64  `json:"seq"`
	Problem    string `json:"problem"`
	Unreadable bool   `json:"unreadable,omitempty"`
}

func (f Fault) String() string { return fmt.Sprintf("%s entry %d: %s", f.Subject, f.Seq, f.Problem) }

// Verify walks one chain in order of Seq and compares its end with the head.
// It returns what is wrong; none means that nothing was altered, removed or
// put in between.
func Verify(subject string, chain []Stored, head Head) []Fault {
	var faults []Fault
	var prev Head
	fault := func(seq int64, format string, a ...any) {
		faults = append(faults, Fault{Subject: subject, Seq: seq, Problem: fmt.Sprintf(format, a...)})
	}
	unreadable := func(seq int64, why string) {
		faults = append(faults, Fault{Subject: subject, Seq: seq, Problem: "unreadable: " + why, Unreadable: true})
	}
	for _, s := range chain {
		if s.Seq != prev.Seq+1 {
			fault(prev.Seq+1, "missing: the next entry is %d", s.Seq)
		}
		e, err := Parse(s.Bytes)
		if err != nil {
			if hashOf(s.Bytes) != s.Hash {
				fault(s.Seq, "altered: its bytes do not give its hash")
			} else {
				unreadable(s.Seq, "its bytes give its hash, and are no entry")
			}
			prev = Head{s.Seq, s.Hash}
			continue
		}
		canonical, err := jcs.Transform(s.Bytes)
		switch {
		case hashOf(s.Bytes) != s.Hash:
			fault(s.Seq, "altered: its bytes do not give its hash")
		case err != nil || !bytes.Equal(canonical, s.Bytes):
			unreadable(s.Seq, "its bytes give its hash, and are not canonical")
		case e.Subject != written(subject) || e.Seq != s.Seq:
			fault(s.Seq, "belongs elsewhere: it says %s entry %d", e.Subject, e.Seq)
		case e.Prev != prev.Hash:
			fault(s.Seq, "does not follow entry %d: the hash before differs", prev.Seq)
		}
		prev = Head{s.Seq, s.Hash}
	}
	if prev != head {
		fault(head.Seq, "the chain ends at entry %d and its head says %d", prev.Seq, head.Seq)
	}
	return faults
}

// written is a subject as an entry has it: JSON has no bytes that are not UTF-8,
// and each became U+FFFD. An id in a path could once have some.
func written(subject string) string { return string([]rune(subject)) }

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

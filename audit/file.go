package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Trail is one chain with its head, as a file carries it.
type Trail struct {
	Subject string
	Chain   []Stored
	Head    Head
	Whole   bool // the file has the head; else it was cut off
}

// maxLine bounds a line of a file.
const maxLine = 1 << 20

// headLine is the last line of a chain in a file.
type headLine struct {
	Head *fileHead `json:"head"`
}

type fileHead struct {
	Subject string `json:"subject"`
	Seq     int64  `json:"seq"`
	Hash    string `json:"hash"`
}

// Write writes a chain as NDJSON: each entry's canonical bytes on a line, as
// they are hashed, and then the head, which says where the chain ends.
func Write(w io.Writer, subject string, chain []Stored, head Head) error {
	out := bufio.NewWriter(w)
	for _, s := range chain {
		_, _ = out.Write(s.Bytes) // Flush tells
		_ = out.WriteByte('\n')
	}
	line, err := json.Marshal(headLine{&fileHead{subject, head.Seq, head.Hash}})
	if err != nil {
		return err
	}
	_, _ = out.Write(append(line, '\n'))
	return out.Flush()
}

// Read reads what Write wrote, one chain after the other. It believes nothing:
// hashes are computed from the bytes, and Faults says what does not fit.
func Read(r io.Reader) (trails []Trail, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var t Trail
	for lines.Scan() {
		line := bytes.Clone(lines.Bytes())
		if end := endOf(line); end.Head != nil {
			t.Subject, t.Head, t.Whole = end.Head.Subject, Head{end.Head.Seq, end.Head.Hash}, true
			trails, t = append(trails, t), Trail{}
			continue
		}
		s := Stored{Seq: int64(len(t.Chain) + 1), Bytes: line, Hash: hashOf(line)}
		if e, err := Parse(line); err == nil {
			s.Subject, s.Seq = e.Subject, e.Seq
		}
		t.Chain = append(t.Chain, s)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the trail: %w", err)
	}
	if len(t.Chain) > 0 {
		t.Subject = t.Chain[0].Subject
		trails = append(trails, t)
	}
	return trails, nil
}

// endOf reads a head's line: the very bytes that Write makes, or none.
func endOf(line []byte) (end headLine) {
	if json.Unmarshal(line, &end) != nil || end.Head == nil {
		return headLine{}
	}
	if again, err := json.Marshal(end); err != nil || !bytes.Equal(again, line) {
		return headLine{}
	}
	return end
}

// Faults is what is wrong with a trail of a file.
func (t Trail) Faults() []Fault {
	if !t.Whole {
		return []Fault{{Subject: t.Subject, Seq: int64(len(t.Chain)), Problem: "the file was cut off: it has no head"}}
	}
	if len(t.Chain) == 0 {
		return []Fault{{Subject: t.Subject, Problem: "has no entries"}}
	}
	return Verify(t.Subject, t.Chain, t.Head)
}

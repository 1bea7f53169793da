package api

import (
	"context"
	"strconv"

	"holdfast/api/gen"
	"holdfast/audit"
	"holdfast/hold"
)

// entries reads a page of one subject's chain.
func entries(ctx context.Context, of chains, subject string, cursor gen.Cursor, limit int) (page gen.EntryPage, err error) {
	after, err := number(cursor)
	if err != nil {
		return page, err
	}
	chain, _, err := of.Chain(ctx, subject)
	if err != nil {
		return page, err
	}
	page.Entries = []gen.Entry{}
	for _, kept := range chain {
		if kept.Seq <= after {
			continue
		}
		if len(page.Entries) == limit {
			page.Next = gen.Cursor(strconv.FormatInt(page.Entries[limit-1].Sequence, 10))
			break
		}
		e, err := viewEntry(kept)
		if err != nil {
			return page, err
		}
		page.Entries = append(page.Entries, e)
	}
	return page, nil
}

func viewEntry(kept audit.Stored) (gen.Entry, error) {
	e, err := audit.Parse(kept.Bytes)
	return gen.Entry{Subject: e.Subject, Sequence: e.Seq, Kind: e.Kind, Actor: e.Actor,
		Time: hold.Instant(e.At), Body: e.Body, Previous: e.Prev, Hash: hold.Digest(kept.Hash)}, err
}

// number reads a cursor that counts.
func number(c gen.Cursor) (int64, error) {
	if c == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(c), 10, 64)
	if err != nil || n < 0 {
		return 0, field("after", "is no cursor of this list")
	}
	return n, nil
}

package store

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"holdfast/hold"
)

// Known is how long the chains of connected customers are, as a gateway last saw
// them. It is written once and asked about many times.
type Known struct{ doc string }

// KnownOf writes it down.
func KnownOf(lengths iter.Seq2[hold.CustomerID, int64]) Known {
	var b strings.Builder
	sep := "{"
	for id, n := range lengths {
		key, _ := json.Marshal(id) // a string
		length, _ := json.Marshal(n)
		b.WriteString(sep)
		b.Write(key)
		b.WriteString(":")
		b.Write(length)
		sep = ","
	}
	if b.Len() == 0 {
		b.WriteString(sep)
	}
	b.WriteString("}")
	return Known{b.String()}
}

// News is what may have changed for connected customers since a gateway last
// looked at them.
type News struct {
	Now   hold.Instant
	Heads map[hold.CustomerID]int64              // how long the chains are now that are not as long as was known
	Open  map[hold.CustomerID][]hold.ChallengeID // the app's questions that wait, in the order of their ids
	Calls []AppCall                              // every call of the bank's that goes on, to whomever
	// Decided are those of the awaited holds that have come to their decision
	Decided map[hold.ID]bool
}

// News compares the record with what is known of customers: the length of each
// one's chain, and which holds' decisions are awaited. Each change to a customer,
// their devices and sessions is an entry of the chain, but the end of a session's
// time. On Postgres it takes two round trips, of however many customers.
func (s *Store) News(ctx context.Context, known []Known, awaited []hold.ID) (n News, err error) {
	n = News{Heads: map[hold.CustomerID]int64{}, Open: map[hold.CustomerID][]hold.ChallengeID{}, Decided: map[hold.ID]bool{}}
	type line struct {
		CustomerID hold.CustomerID `db:"customer_id"`
		Seq        int64           `db:"seq"`  // zero: as was known
		Open       string          `db:"open"` // ids of questions
	}
	ask := []statement{clock(&n.Now)}
	found := make([][]line, len(known))
	// A look into an index for each customer: a join with a table that was empty as the
	// statement was planned goes through all of them for each question.
	for i, k := range known {
		ask = append(ask, some(&found[i], `WITH k AS MATERIALIZED (SELECT key, CAST(value AS BIGINT) AS known FROM `+s.each()+`),
			x AS MATERIALIZED (SELECT k.key, COALESCE((SELECT a.seq FROM audit_heads a WHERE a.subject = 'customer:' || k.key
					AND a.seq <> k.known), 0) AS seq,
				(SELECT string_agg(c.id, ' ') FROM challenges c WHERE c.customer_id = k.key AND c.status = 'open' AND `+inApp+`) AS open FROM k)
			SELECT x.key AS customer_id, x.seq, COALESCE(x.open, '') AS open FROM x WHERE x.seq <> 0 OR x.open IS NOT NULL`, k.doc))
	}
	decided := parts[hold.ID](&ask, `SELECT id FROM holds WHERE decided_at <> 0 AND id IN `, awaited)
	if err := s.reads(ctx, ask...); err != nil {
		return n, err
	}
	for _, f := range slices.Concat(found...) {
		if f.Seq != 0 {
			n.Heads[f.CustomerID] = f.Seq
		}
		for id := range strings.FieldsSeq(f.Open) {
			n.Open[f.CustomerID] = append(n.Open[f.CustomerID], hold.ChallengeID(id))
		}
		slices.Sort(n.Open[f.CustomerID])
	}
	for _, id := range decided() {
		n.Decided[id] = true
	}
	n.Calls, err = s.appCalls(ctx, n.Now, ``)
	return n, err
}

// each reads a JSON object that is an argument, as rows of key and value.
func (s *Store) each() string {
	if s.dialect == "postgres" {
		return `json_each_text(CAST(? AS json))`
	}
	return `json_each(?)`
}

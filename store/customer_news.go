package store

import (
	"context"
	"encoding/json"

	"holdfast/hold"
)

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
// time.
func (s *Store) News(ctx context.Context, known map[hold.CustomerID]int64, awaited map[hold.ID]bool) (n News, err error) {
	n = News{Heads: map[hold.CustomerID]int64{}, Open: map[hold.CustomerID][]hold.ChallengeID{}, Decided: map[hold.ID]bool{}}
	if n.Now, err = s.Now(ctx); err != nil {
		return n, err
	}
	doc, err := json.Marshal(known)
	if err != nil {
		return n, err
	}
	each := `json_each(?)`
	if s.dialect == "postgres" {
		each = `json_each_text(CAST(? AS json))`
	}
	var heads []struct {
		CustomerID hold.CustomerID `db:"customer_id"`
		Seq        int64           `db:"seq"`
	}
	if err := s.all(ctx, &heads, `SELECT k.key AS customer_id, a.seq FROM `+each+` k JOIN audit_heads a ON a.subject = 'customer:' || k.key
		WHERE a.seq <> CAST(k.value AS BIGINT)`, string(doc)); err != nil {
		return n, err
	}
	for _, h := range heads {
		n.Heads[h.CustomerID] = h.Seq
	}
	var open []struct {
		CustomerID hold.CustomerID  `db:"customer_id"`
		ID         hold.ChallengeID `db:"id"`
	}
	if err := s.all(ctx, &open, `SELECT c.customer_id, c.id FROM `+each+` k JOIN challenges c ON c.customer_id = k.key
		WHERE c.status = 'open' AND `+inApp+` ORDER BY c.id`, string(doc)); err != nil {
		return n, err
	}
	for _, c := range open {
		n.Open[c.CustomerID] = append(n.Open[c.CustomerID], c.ID)
	}
	if n.Calls, err = s.appCalls(ctx, n.Now, ``); err != nil || len(awaited) == 0 {
		return n, err
	}
	if doc, err = json.Marshal(awaited); err != nil {
		return n, err
	}
	var decided []hold.ID
	err = s.all(ctx, &decided, `SELECT h.id FROM `+each+` k JOIN holds h ON h.id = k.key WHERE h.decided_at <> 0`, string(doc))
	for _, id := range decided {
		n.Decided[id] = true
	}
	return n, err
}

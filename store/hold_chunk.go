package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
)

const (
	// ChunkLines and chunkTime bound one transaction of AcceptHolds: nobody waits
	// longer for a customer of another line.
	ChunkLines = 50
	chunkTime  = 20 * time.Millisecond
)

// AcceptLine is what became of one of several holds.
type AcceptLine struct {
	AcceptResult
	Err error
}

// AcceptHolds stores holds of one client, at most ChunkLines in a commit, as if
// AcceptHold had taken them one after the other. Where a commit fails, its lines are
// taken in one by one: each has its own result, in order.
func (s *Store) AcceptHolds(ctx context.Context, as []Accept) (lines []AcceptLine) {
	for len(lines) < len(as) {
		rest := as[len(lines):]
		rest = rest[:min(len(rest), ChunkLines)]
		done, err := s.acceptChunk(ctx, rest)
		if err != nil {
			done = s.acceptSingly(ctx, rest)
		}
		lines = append(lines, done...)
	}
	return lines
}

// acceptChunk accepts as many of the lines as it can in its time, but one at least.
func (s *Store) acceptChunk(ctx context.Context, as []Accept) (done []AcceptLine, err error) {
	return done, s.update(ctx, func(t *tx) error {
		done = nil // of a try before
		k, err := t.intake(as)
		if err != nil {
			return err
		}
		for began := time.Now(); len(done) < len(as) && (len(done) == 0 || time.Since(began) < chunkTime); {
			res, err := t.accept(as[len(done)], k)
			if err != nil && !errors.As(err, new(termsError)) {
				return err
			}
			done = append(done, AcceptLine{res, err})
		}
		return t.keepPayees(k.payees)
	})
}

func (s *Store) acceptSingly(ctx context.Context, as []Accept) (lines []AcceptLine) {
	for _, a := range as {
		res, err := s.AcceptHold(ctx, a)
		lines = append(lines, AcceptLine{res, err})
	}
	return lines
}

// intake is what is known as holds are taken in, and what is added by those that
// are. The customers of those that were not taken in before are locked.
type intake struct {
	held      map[string]hold.ID // by transaction
	kept      map[string]reply   // by idempotency key
	customers map[hold.CustomerID]*hold.Customer
	seen      []hold.DeviceID              // devices with a socket
	pushes    map[hold.CustomerID]int      // of the last hour that nobody answered
	hits      []listedHit                  // what lists say of the payees
	paid      []seenPayee                  // the payees that were seen before
	payees    newPayees                    // those that are not on record
	payers    map[string][]hold.CustomerID // of payments just taken in, by payee
	guards    map[hold.CustomerID]*guard   // of who has locks
	rules     hold.Rules                   // what the workers can ask with
	now       hold.Instant                 // read after the locks
}

func newIntake() *intake {
	return &intake{held: map[string]hold.ID{}, kept: map[string]reply{}, customers: map[hold.CustomerID]*hold.Customer{},
		pushes: map[hold.CustomerID]int{}, payees: newPayees{}, payers: map[string][]hold.CustomerID{}}
}

// reply is what was said to an idempotency key.
type reply struct {
	Key        string      `db:"key"`
	BodyDigest hold.Digest `db:"body_digest"`
	HoldID     hold.ID     `db:"hold_id"`
	Reply      []byte      `db:"reply"`
}

// intake reads what all the lines of a client need: what was taken in before, then,
// for those that were not, the customers under their locks, and then what depends on
// the clock.
func (t *tx) intake(as []Accept) (*intake, error) {
	k := newIntake()
	if err := t.takenBefore(as, k); err != nil {
		return k, err
	}
	var who []string
	for _, a := range as {
		if k.before(a).Outcome == "" {
			who = append(who, string(a.Request.CustomerID))
		}
	}
	if len(who) == 0 {
		return k, nil
	}
	slices.Sort(who)
	who = slices.Compact(who)
	payees := payeesOf(as)
	if err := t.lockThem(who, transactionsOf(as), k); err != nil || len(k.customers) == 0 {
		return k, err
	}
	return k, t.reachable(who, payees, k)
}

// takenBefore looks for the transactions and then for the keys, in this order: both
// are committed at once, so who sees the hold of this very key also sees the key.
func (t *tx) takenBefore(as []Accept, k *intake) error {
	var held []struct {
		ID          hold.ID `db:"id"`
		Transaction string  `db:"transaction_id"`
	}
	var kept []reply
	var txs, keys []string
	for _, a := range as {
		txs, keys = append(txs, a.Request.TransactionID), append(keys, a.Key)
	}
	client := as[0].ClientID
	err := t.together(
		some(&held, `SELECT id, transaction_id FROM holds WHERE client_id = ? AND transaction_id IN `, client).in(txs),
		some(&kept, `SELECT key, body_digest, hold_id, reply FROM idempotency WHERE client_id = ? AND key IN `, client).in(keys))
	for _, h := range held {
		k.held[h.Transaction] = h.ID
	}
	for _, r := range kept {
		k.kept[r.Key] = r
	}
	return err
}

// lockThem locks customers in the order of their ids, before anything is chosen by
// them: a freeze beside this is seen here, or sees the holds.
func (t *tx) lockThem(who, txs []string, k *intake) error {
	var locks []guardRow
	var customers []hold.Customer
	var devices []hold.Device
	var phones []struct {
		hold.Phone
		Owner hold.CustomerID `db:"owner"`
	}
	var work []deployment
	ordered := ` ORDER BY id`
	if t.s.dialect == "postgres" {
		ordered = ` ORDER BY id COLLATE "C"` // as lockAll sorts them
	}
	asked := []statement{
		some(&customers, `SELECT * FROM customers WHERE id IN `).in(who).then(ordered + t.lock("NO KEY UPDATE")),
		some(&devices, `SELECT * FROM devices WHERE customer_id IN `).in(who).then(` ORDER BY id`),
		some(&phones, `SELECT p.customer_id AS owner, `+phoneColumns+` WHERE p.customer_id IN `).in(who).then(` ORDER BY p.since, n.id`),
		t.guardsOf(&locks, who, txs), deployed(&work), clock(&k.now)}
	err := t.together(asked...)
	if pgCode(err) == lockTimeout {
		return fmt.Errorf("%w: %w", errCustomerBusy, err)
	} else if err != nil {
		return err
	}
	for i, c := range customers {
		k.customers[c.ID] = &customers[i]
	}
	for _, d := range devices {
		if c := k.customers[d.CustomerID]; c != nil {
			c.Devices = append(c.Devices, d)
		}
	}
	for _, p := range phones {
		if c := k.customers[p.Owner]; c != nil {
			c.Phones = append(c.Phones, p.Phone)
		}
	}
	k.rules = t.rulesOf(work)
	k.guards, err = guards(locks)
	return err
}

// reachable reads what depends on the clock: who has a socket, whom pushes have
// reached in vain, what lists say of these payees, and how many payments to them were
// held.
func (t *tx) reachable(who []string, payees []counterparties.Digest, k *intake) error {
	var pushes []struct {
		Customer hold.CustomerID `db:"customer_id"`
		N        int             `db:"n"`
	}
	asked := []statement{
		some(&k.seen, connectedOf, k.now.Add(-freshFor), k.now.Add(-freshFor)).in(who),
		some(&pushes, `SELECT customer_id, COUNT(*) AS n FROM challenges WHERE `+inVain+` AND customer_id IN `,
			k.now.Add(-pushWindow)).in(who).then(` GROUP BY customer_id`)}
	if len(payees) > 0 {
		asked = append(asked, payeeHits(&k.hits, payees, k.now), payeesSeen(&k.paid, payees, k.now, ""))
	}
	err := t.together(asked...)
	if unreadable(k.hits) {
		t.count(listUnreadable)
	}
	for _, p := range pushes {
		k.pushes[p.Customer] = p.N
	}
	return err
}

// before says what was taken in before under the line's key or transaction, by
// another call or by an earlier line.
func (k *intake) before(a Accept) AcceptResult {
	kept, again := k.kept[a.Key]
	switch held, known := k.held[a.Request.TransactionID]; {
	case again && kept.BodyDigest == a.BodyDigest:
		return AcceptResult{Outcome: Replayed, HoldID: kept.HoldID, Reply: kept.Reply}
	case again:
		return AcceptResult{Outcome: KeyReused}
	case known:
		return AcceptResult{Outcome: AlreadyHeld, HoldID: held}
	}
	return AcceptResult{}
}

func transactionsOf(as []Accept) (all []string) {
	for _, a := range as {
		all = append(all, a.Request.TransactionID)
	}
	return all
}

// payeesOf are the digests that the lines' payees may be kept under.
func payeesOf(as []Accept) (all []counterparties.Digest) {
	for _, a := range as {
		all = append(all, a.Payee...)
	}
	slices.SortFunc(all, func(a, b counterparties.Digest) int { return strings.Compare(a.Value, b.Value) })
	return slices.Compact(all)
}

// payee is what is known of a line's payee, its id (empty: it is new, or nobody looked)
// and the verdict that is in force on it.
func (k *intake) payee(digests []counterparties.Digest) (known counterparties.Known, id, verdict string) {
	if len(digests) == 0 {
		return counterparties.Known{Level: counterparties.Unknown}, "", ""
	}
	known, id = knownOf(digests, k.hits, k.paid)
	return known, id, verdictOn(digests, k.paid)
}

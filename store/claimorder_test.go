package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// Whatever waits, and whoever asks, a claim gives what the queue's order gives: the
// first case that is the agent's to claim and that nobody else is at.
func TestClaimGivesTheFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		db := storetest.Raw(t, b.URL)
		ana := b.Agent("ana", "agent")
		for seed := range uint64(12) {
			b.Subtest(fmt.Sprintf("queue %d", seed), func() {
				dice := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test's dice
				randomQueue(b, db, dice, seed)
				for range 40 {
					by := ana
					by.Role = randomAgent(db, dice)
					var busy *sqlx.Tx
					want := inOrder(b, db, by)
					if b.Dialect() == "postgres" && dice.IntN(3) == 0 { // somebody is at the first few
						busy = db.MustBegin()
						defer busy.Rollback() //nolint:errcheck // it is undone already
						n := min([]int{1, 5, 14}[dice.IntN(3)], len(want))
						for _, id := range want[:n] {
							busy.MustExec(`SELECT 1 FROM cases WHERE id = $1 FOR UPDATE`, id)
						}
						want = want[n:]
					}
					got, err := b.NextCase(ctx, by)
					b.Must(err)
					if busy != nil {
						_ = busy.Rollback()
					}
					expect(b, "the first", got, append(want, "")[0])
					back := []string{"closed", "waiting"}[dice.IntN(2)]
					db.MustExec(db.Rebind(`UPDATE cases SET status = ?, agent = '', until = 0 WHERE status = 'leased'`), back)
				}
			})
		}
	})
}

// randomQueue makes 60 cases that wait, many of them alike.
func randomQueue(b *storetest.Bundle, db *sqlx.DB, dice *rand.Rand, seed uint64) {
	db.MustExec(`UPDATE cases SET status = 'closed'`)
	of := func(some ...string) string { return some[dice.IntN(len(some))] }
	now := b.Clock.Now()
	for i := range 60 {
		who := fmt.Sprintf("q%d_%d", seed, i)
		db.MustExec(db.Rebind(`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at)
			VALUES (?, 'Q', 'en', 'UTC', 'x', 1, 1)`), who)
		db.MustExec(db.Rebind(`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, ready_until, language, skill, expertise,
			not_for, created_at, updated_at) VALUES (?, ?, 'waiting', ?, ?, 0, ?, ?, ?, ?, ?, 1, 1)`),
			fmt.Sprintf("case_%d_%03d", seed, dice.IntN(1000)*100+i), who, 500+100*dice.IntN(6), dice.IntN(4),
			[]hold.Instant{0, 0, 0, now, now + 1}[dice.IntN(5)], of("de", "en", "it"),
			of("", "", "", queue.SkillSupervisor), of("", "", "business", "travel", "nobody"), of("", "", "", "agent:ana"))
	}
}

// randomAgent makes another of ana, who is the first customer, and gives her role.
func randomAgent(db *sqlx.DB, dice *rand.Rand) queue.Role {
	of := func(some ...string) string { return some[dice.IntN(len(some))] }
	db.MustExec(db.Rebind(`UPDATE agents SET skills = ?, languages = ?, customer_id = COALESCE((SELECT customer_id FROM cases
		WHERE status = 'waiting' ORDER BY priority DESC, deadline, id LIMIT 1), '') WHERE sub = 'ana'`),
		of("", "business", "business travel", "other"), of("", "en", "de it", "fr"))
	return queue.Role(of("agent", "agent", "supervisor"))
}

// inOrder are the cases that are the agent's to claim, the first first, by the rule
// as the domain has it.
func inOrder(b *storetest.Bundle, db *sqlx.DB, by store.By) (ids []string) {
	var a queue.Agent
	var all []queue.Case
	b.Must(db.Get(&a, db.Rebind(`SELECT sub, skills, languages, customer_id, urgent FROM agents WHERE sub = ?`), by.Sub))
	b.Must(db.Select(&all, `SELECT * FROM cases WHERE status = 'waiting'`))
	all = slices.DeleteFunc(all, func(cs queue.Case) bool {
		return !a.MayClaim(cs, by.Role) || cs.ReadyUntil != 0 && cs.ReadyUntil <= b.Clock.Now()
	})
	late := func(cs queue.Case) int { // half of all claims look past urgent ones
		if a.LooksPast() && cs.Urgent() {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(x, y queue.Case) int {
		return cmp.Or(cmp.Compare(late(x), late(y)), cmp.Compare(y.Priority, x.Priority), cmp.Compare(x.Deadline, y.Deadline),
			strings.Compare(x.ID, y.ID))
	})
	for _, cs := range all {
		ids = append(ids, cs.ID)
	}
	return ids
}

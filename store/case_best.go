package store

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"holdfast/hold"
	"holdfast/queue"

	"github.com/jmoiron/sqlx"
)

// inTurn is the order of the queue.
const inTurn = ` ORDER BY priority DESC, deadline, id LIMIT `

// atFirst is how many of the best cases a claim looks at before it looks at more:
// somebody else may be at one.
const atFirst = 8

// claimable says which cases that wait an agent may claim (queue.Agent.MayClaim): by
// what they ask of who takes them, and each by itself.
type claimable struct {
	asks, each         string // conditions
	ofAsks, ofEachCase []any
}

// claimableBy is what waits for an agent within its hours. past looks past urgent
// ones.
func claimableBy(a queue.Agent, by By, now hold.Instant, past bool) claimable {
	w := claimable{asks: "1 = 1", each: `status = 'waiting' AND customer_id <> ? AND (ready_until = 0 OR ready_until > ?) AND not_for <> ?`,
		ofEachCase: []any{a.CustomerID, now, by.actor()}}
	if past {
		w.each, w.ofEachCase = w.each+` AND priority < ?`, append(w.ofEachCase, hold.PriorityFreeze)
	}
	if by.Role != queue.RoleSupervisor {
		w.asks, w.ofAsks = w.asks+` AND skill = '' AND expertise IN (?)`, append(w.ofAsks, append(strings.Fields(a.Skills), ""))
	}
	if a.Languages != "" {
		w.asks, w.ofAsks = w.asks+` AND language IN (?)`, append(w.ofAsks, strings.Fields(a.Languages))
	}
	return w
}

// best is the first n of them. It goes from each kind of case that waits to the next,
// and looks at the first n of those that are the agent's: whatever waits for others
// costs nothing, but for a look at each kind.
func (t *tx) best(w claimable, n int) (q string, args []any, err error) {
	const (
		kind  = `skill, expertise, language`
		first = ` FROM cases WHERE status = 'waiting' ORDER BY ` + kind + ` LIMIT 1`
		// || '': SQLite compares a column with a column by the first of them alone
		next = ` FROM cases WHERE status = 'waiting' AND (` + kind + `) > (k.skill || '', k.expertise || '', k.language || '')
			ORDER BY ` + kind + ` LIMIT 1`
	)
	if t.s.dialect == "sqlite" { // nobody else writes
		n = 1
	}
	bound := inTurn + strconv.Itoa(n)
	of := ` FROM cases WHERE skill = k.skill AND expertise = k.expertise AND language = k.language AND ` + w.each + bound
	then, those := `CROSS JOIN LATERAL (SELECT `+kind+next+`) AS c`, `CROSS JOIN LATERAL (SELECT id, priority, deadline`+of+`) AS c`
	if t.s.dialect == "sqlite" { // it has no LATERAL; CROSS makes it take the kind first
		then, those = `CROSS JOIN cases AS c ON c.id = (SELECT id`+next+`)`, `CROSS JOIN cases AS c ON c.id = (SELECT id`+of+`)`
	}
	return sqlx.In(`WITH RECURSIVE kinds (`+kind+`) AS (SELECT * FROM (SELECT `+kind+first+`) AS one
			UNION ALL SELECT c.skill, c.expertise, c.language FROM kinds AS k `+then+`)
		SELECT c.id FROM (SELECT * FROM kinds WHERE `+w.asks+`) AS k `+those+bound, slices.Concat(w.ofAsks, w.ofEachCase)...)
}

// claim leases the best case that waits for who may claim it and that nobody else is
// at. Where others are at all that it has looked at, it looks again, and at more.
func (t *tx) claim(a queue.Agent, by By, now hold.Instant, past bool) (cs queue.Case, err error) {
	w := claimableBy(a, by, now, past)
	for n, all := atFirst, false; ; n *= 8 {
		best, of, err := t.best(w, n)
		if err != nil {
			return cs, err
		}
		args := slices.Concat([]any{by.Sub, now.Add(queue.LeaseLife), now}, of, w.ofEachCase)
		err = t.get(&cs, `UPDATE cases SET status = 'leased', agent = ?, until = ?, lease = lease + 1, tries = 0, digits = '', updated_at = ?
			WHERE id = (SELECT id FROM cases WHERE id IN (`+best+`) AND `+w.each+inTurn+`1`+t.lock("NO KEY UPDATE SKIP LOCKED")+`)
				AND status = 'waiting' RETURNING *`, args...)
		if !errors.Is(err, ErrNotFound) || all { // others are at what was there
			return cs, err
		}
		var there int
		if err := t.get(&there, `SELECT COUNT(*) FROM (`+best+`) AS best`, of...); err != nil {
			return cs, err
		}
		if there == 0 {
			return cs, ErrNotFound
		}
		all = there < n // the next look is at all of them
	}
}

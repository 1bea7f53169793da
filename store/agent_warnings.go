package store

import (
	"context"
	"time"

	"holdfast/hold"
	"holdfast/interview"
)

// maxWarned is how many groups a look at the warnings gives at most: some forty
// versions of a policy with a dozen scenarios.
const maxWarned = 500

// WarnedGroup is the payments of one scenario in one version of the policy. A payment counts
// once: by the last interview of it, the customer's before an agent's.
type WarnedGroup struct {
	Scenario      string
	PolicyVersion string
	WarnedCount
	Waits    int           // payments that were made to wait
	Delay    int64         // of all of them together, in minutes
	Median   int64         // of one, in minutes; of none it says nothing
	Calls    int           // that were connected, about them, since the answers
	ByChoice []ChoiceCount // those that there are
}

// WarnedCount is how many payments there were, and what became of them.
type WarnedCount struct {
	Holds    int `db:"holds"`
	Released int `db:"released"`
	Reversed int `db:"reversed"`
	Fraud    int `db:"fraud"` // as the bank learnt later
	Genuine  int `db:"genuine"`
	Unknown  int `db:"unknown"`
}

// ChoiceCount is of those whose customer did the same with the warning.
type ChoiceCount struct {
	Choice interview.Choice `db:"choice"` // empty: there was none, or nothing was said of it
	WarnedCount
}

// Warnings are the groups of a time. More tells that there are others.
type Warnings struct {
	Groups []WarnedGroup
	More   bool
}

// warned counts what was asked and answered in a time, by scenario, version and choice.
// A wait lasts from when the payment was first made to wait until the wait's end, or the
// decision, or now. It began with answers that call for one, or with "I was told to say
// this". The middle ones of a group give its median: one, or two.
const warned = `WITH talked AS (
	SELECT i.scenario, i.policy_version, i.choice, COALESCE(d.outcome, '') AS decided, COALESCE(u.outcome, '') AS learnt,
		CASE WHEN h.not_before = 0 THEN NULL ELSE (SELECT MIN(CASE WHEN w.level IN ('wait', 'talk', 'stop') THEN w.answered_at
			ELSE w.chosen_at END) FROM interviews w WHERE w.hold_id = i.hold_id
			AND (w.level IN ('wait', 'talk', 'stop') OR w.choice = 'told')) END AS began,
		CASE WHEN COALESCE(d.decided_at, CAST(? AS BIGINT)) < h.not_before THEN COALESCE(d.decided_at, CAST(? AS BIGINT))
			ELSE h.not_before END AS ended,
		(SELECT COUNT(DISTINCT x.id) FROM tasks k JOIN calls x ON x.case_id = k.case_id WHERE k.hold_id = i.hold_id
			AND x.connected_at >= i.answered_at AND x.connected_at >= k.created_at AND (k.closed_at = 0 OR x.connected_at <= k.closed_at)
			) AS calls
	FROM interviews i JOIN holds h ON h.id = i.hold_id LEFT JOIN decisions d ON d.hold_id = i.hold_id
		LEFT JOIN outcomes u ON u.hold_id = i.hold_id
	WHERE i.answered_at >= ? AND i.answered_at < ? AND NOT EXISTS (SELECT 1 FROM interviews n WHERE n.hold_id = i.hold_id
		AND (REPLACE(n.via, 'customer', 'z') > REPLACE(i.via, 'customer', 'z') OR n.via = i.via AND n.answered_at > i.answered_at))
), placed AS (
	SELECT talked.*, ended - began AS delay, COUNT(*) OVER kind AS all_of_kind,
		ROW_NUMBER() OVER (PARTITION BY scenario, policy_version, began IS NULL ORDER BY ended - began) AS place
	FROM talked WINDOW kind AS (PARTITION BY scenario, policy_version, began IS NULL)
)
SELECT scenario, policy_version, choice, COUNT(*) AS holds, SUM(CASE decided WHEN 'release' THEN 1 ELSE 0 END) AS released,
	SUM(CASE decided WHEN 'reverse' THEN 1 ELSE 0 END) AS reversed, SUM(CASE learnt WHEN 'fraud' THEN 1 ELSE 0 END) AS fraud,
	SUM(CASE learnt WHEN 'genuine' THEN 1 ELSE 0 END) AS genuine, SUM(CASE learnt WHEN 'unknown' THEN 1 ELSE 0 END) AS unknown,
	CAST(SUM(calls) AS BIGINT) AS calls, COUNT(began) AS waits, CAST(COALESCE(SUM(delay), 0) AS BIGINT) AS delay,
	SUM(CASE WHEN 2 * place BETWEEN all_of_kind AND all_of_kind + 2 AND began IS NOT NULL THEN 1 ELSE 0 END) AS middles,
	CAST(SUM(CASE WHEN 2 * place BETWEEN all_of_kind AND all_of_kind + 2 AND began IS NOT NULL THEN delay ELSE 0 END) AS BIGINT) AS middle
FROM placed GROUP BY scenario, policy_version, choice ORDER BY scenario, policy_version, choice LIMIT ?`

type warnedRow struct {
	Scenario      string `db:"scenario"`
	PolicyVersion string `db:"policy_version"`
	ChoiceCount
	Calls   int   `db:"calls"`
	Waits   int   `db:"waits"`
	Delay   int64 `db:"delay"`   // of all, µs
	Middles int   `db:"middles"` // of the group's middle ones, those with this choice
	Middle  int64 `db:"middle"`  // of those, µs
}

// Warnings tells what the questions, warnings and waits of a time came to, by when they
// were answered: from on, and before until.
func (s *Store) Warnings(ctx context.Context, from, until, now hold.Instant) (ws Warnings, err error) {
	const choices = 4 // the three, and none
	var rows []warnedRow
	if err := s.all(ctx, &rows, warned, now, now, from, until, maxWarned*choices+1); err != nil {
		return ws, err
	}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Scenario == rows[0].Scenario && rows[n].PolicyVersion == rows[0].PolicyVersion {
			n++
		}
		if len(ws.Groups) == maxWarned {
			ws.More = true
			return ws, nil
		}
		ws.Groups = append(ws.Groups, group(rows[:n]))
		rows = rows[n:]
	}
	return ws, nil
}

// group sums up what one scenario's payments came to.
func group(rows []warnedRow) WarnedGroup {
	g := WarnedGroup{Scenario: rows[0].Scenario, PolicyVersion: rows[0].PolicyVersion}
	var delay, middle int64
	middles := 0
	for _, r := range rows {
		g.ByChoice = append(g.ByChoice, r.ChoiceCount)
		g.add(r.WarnedCount)
		g.Calls, g.Waits = g.Calls+r.Calls, g.Waits+r.Waits
		delay, middle, middles = delay+r.Delay, middle+r.Middle, middles+r.Middles
	}
	g.Delay, g.Median = minutes(delay), minutes(middle/int64(max(1, middles)))
	return g
}

// minutes rounds microseconds.
func minutes(us int64) int64 {
	const minute = int64(time.Minute / time.Microsecond)
	return (us + minute/2) / minute
}

func (c *WarnedCount) add(o WarnedCount) {
	c.Holds, c.Released, c.Reversed = c.Holds+o.Holds, c.Released+o.Released, c.Reversed+o.Reversed
	c.Fraud, c.Genuine, c.Unknown = c.Fraud+o.Fraud, c.Genuine+o.Genuine, c.Unknown+o.Unknown
}

package store

import (
	"context"
	"slices"
	"time"

	"holdfast/hold"
)

// ChannelOutcome is what was decided in one hour by one channel's answers.
type ChannelOutcome struct {
	Hour     int    `db:"hour"` // from Outcomes.From
	Channel  string `db:"channel"`
	Released int    `db:"released"`
	Reversed int    `db:"reversed"`
	NotMe    int    `db:"not_me"`
}

// Outcomes are the decisions and calls of some hours.
type Outcomes struct {
	From    hold.Instant // a full hour in UTC
	Now     hold.Instant
	Decided []ChannelOutcome
	Calls   int           // that were connected
	Answer  time.Duration // the median of those whose task tells; -1: of none
}

// Outcomes counts the decisions of so many full hours, and of the running one.
//
// The channel is that of the latest answer that says what the decision says;
// a refusal on the phone without a question is the callback's. Deadline,
// policy, override and a "not me" without a question have none.
func (s *Store) Outcomes(ctx context.Context, hours int) (o Outcomes, err error) {
	if o.Now, err = s.Now(ctx); err != nil {
		return o, err
	}
	o.From = hold.At(o.Now.Time().Truncate(time.Hour).Add(-time.Duration(hours) * time.Hour))
	if err := s.all(ctx, &o.Decided, `SELECT hour, channel, SUM(CASE WHEN outcome = 'release' THEN 1 ELSE 0 END) AS released,
			SUM(CASE WHEN outcome = 'reverse' THEN 1 ELSE 0 END) AS reversed, SUM(CASE WHEN reason = 'not_me' THEN 1 ELSE 0 END) AS not_me
		FROM (SELECT (d.decided_at - CAST(? AS BIGINT)) / 3600000000 AS hour, d.outcome, d.reason, COALESCE(
				(SELECT c.channel FROM challenges c WHERE c.hold_id = d.hold_id AND c.status = 'answered' AND c.closed_at <= d.decided_at
					AND c.answer = CASE d.reason WHEN 'approved' THEN 'approve' WHEN 'refused' THEN 'deny' WHEN 'not_me' THEN 'not_me' END
					ORDER BY c.closed_at DESC, c.id DESC LIMIT 1),
				CASE WHEN d.author LIKE 'agent:%' AND d.reason IN ('refused', 'not_me') THEN 'callback' ELSE 'none' END) AS channel
			FROM decisions d WHERE d.decided_at >= ? AND d.decided_at <= ?) AS each_one
		GROUP BY hour, channel ORDER BY hour, channel`, o.From, o.From, o.Now); err != nil {
		return o, err
	}
	return o, s.answerTimes(ctx, &o)
}

// answerTimes measures from when a task was ready to be called, in the
// customer's hours, to when somebody was on the line: the first connection
// after that alone, by the task of the case that had waited longest. A call
// that led to another attempt moved its task's time on, and tells no more.
func (s *Store) answerTimes(ctx context.Context, o *Outcomes) error {
	var calls []struct {
		CaseID      string       `db:"case_id"`
		ConnectedAt hold.Instant `db:"connected_at"`
		ReadyAt     hold.Instant `db:"ready_at"`
	}
	if err := s.all(ctx, &calls, `SELECT x.case_id, x.connected_at, COALESCE((SELECT MIN(k.ready_at) FROM tasks k WHERE k.case_id = x.case_id
			AND k.ready_at <= x.connected_at AND (k.closed_at = 0 OR k.closed_at >= x.connected_at)), 0) AS ready_at
		FROM calls x WHERE x.connected_at <> 0 AND x.connected_at >= ? AND x.connected_at <= ?
			ORDER BY x.connected_at`, o.From, o.Now); err != nil {
		return err
	}
	type wait struct {
		caseID string
		from   hold.Instant
	}
	seen := map[wait]bool{}
	var took []time.Duration
	for _, c := range calls {
		w := wait{c.CaseID, c.ReadyAt}
		if c.ReadyAt != 0 && !seen[w] {
			seen[w] = true
			took = append(took, c.ConnectedAt.Sub(c.ReadyAt))
		}
	}
	o.Calls, o.Answer = len(calls), median(took)
	return nil
}

// median is the middle one; -1 of none.
func median(ds []time.Duration) time.Duration {
	if len(ds) == 0 {
		return -1
	}
	slices.Sort(ds)
	return (ds[(len(ds)-1)/2] + ds[len(ds)/2]) / 2
}

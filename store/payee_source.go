package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
)

// TopicPayeeAsks is published after a commit that put on record whom to ask about.
const TopicPayeeAsks = "payee_asks"

// sourceList is the list that a source's hits are kept in, as its one edition: each
// account's are replaced when the source is asked about it again.
func sourceList(source string) string { return "source:" + source }

const liveEdition = "live"

// PayeeAsk is a hold whose payee the bank's source is to be asked about.
type PayeeAsk struct {
	HoldID   hold.ID    `db:"hold_id"`
	Attempts int        `db:"attempts"` // this one included
	Payee    hold.Payee `db:"-"`
}

// askSource puts on record that the source is to be asked about a hold's payee, where
// the workers have one. Nobody waits for it.
func (t *tx) askSource(id hold.ID, r hold.Rules, now hold.Instant) {
	if !r.AskSource {
		return
	}
	t.publish(TopicPayeeAsks)
	t.later(`INSERT INTO payee_asks (hold_id, at) VALUES (?, ?) ON CONFLICT (hold_id) DO UPDATE SET at = excluded.at, attempts = 0`, id, now)
}

// ClaimPayeeAsks takes up to limit asks that are due. Nobody else gets them within the
// lease; after it they are due again.
func (s *Store) ClaimPayeeAsks(ctx context.Context, limit int, lease time.Duration) (asks []PayeeAsk, err error) {
	now, err := s.Now(ctx)
	if err != nil || limit == 0 {
		return nil, err
	}
	var found int // an idle worker does not write
	err = s.get(ctx, &found, `SELECT COUNT(*) FROM (SELECT 1 FROM payee_asks WHERE at <= ? LIMIT 1) AS found`, now)
	if err != nil || found == 0 {
		return nil, err
	}
	err = s.update(ctx, func(t *tx) error {
		if now, err = t.now(); err != nil {
			return err
		}
		return t.all(&asks, `UPDATE payee_asks SET at = ?, attempts = attempts + 1 WHERE hold_id IN (
			SELECT hold_id FROM payee_asks WHERE at <= ? ORDER BY at LIMIT ?`+t.lock("UPDATE SKIP LOCKED")+`)
			RETURNING hold_id, attempts`, now.Add(lease), now, limit)
	})
	if err != nil {
		return nil, err
	}
	var ids []hold.ID
	for _, a := range asks {
		ids = append(ids, a.HoldID)
	}
	hs, err := s.HoldsByID(ctx, ids)
	for _, h := range hs {
		for i := range asks {
			if asks[i].HoldID == h.ID {
				asks[i].Payee = h.Request.Payee
			}
		}
	}
	return asks, err
}

// EndPayeeAsk ends an ask in vain: it is due again after a pause, or, where that is 0,
// given up. What the source would have said stays unknown. Where nobody was asked, it
// was no attempt.
func (s *Store) EndPayeeAsk(ctx context.Context, a PayeeAsk, again time.Duration, asked bool) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		if again == 0 {
			t.count("payee_source_given_up")
			t.endAsk(a)
			return nil
		}
		t.count("payee_source_put_off")
		attempts := a.Attempts
		if !asked {
			attempts--
		}
		t.later(`UPDATE payee_asks SET at = ?, attempts = ? WHERE hold_id = ? AND attempts = ?`, now.Add(again), attempts, a.HoldID, a.Attempts)
		return nil
	})
}

// endAsk forgets an ask, unless the hold was amended meanwhile and is asked about anew.
func (t *tx) endAsk(a PayeeAsk) {
	t.later(`DELETE FROM payee_asks WHERE hold_id = ? AND attempts = ?`, a.HoldID, a.Attempts)
}

// SourceWord is what a source said of the payee that an ask named.
type SourceWord struct {
	Ask    PayeeAsk
	Source string
	Digest counterparties.Digest // of the account
	Hits   []counterparties.Hit
}

// LearnPayee puts on record what a source said of an account, in the place of what it
// had said before: payments that come later are judged by it. Where it is sure that the
// account passes on money from fraud, the hold that was asked about is suspected as well:
// from now on only a call releases it. No word of a source makes anything laxer.
func (s *Store) LearnPayee(ctx context.Context, w SourceWord) error {
	return s.update(ctx, func(t *tx) error {
		l, err := t.fetch(w.Ask.HoldID)
		if err != nil {
			return err
		}
		t.endAsk(w.Ask)
		t.keepWord(w, l.Now)
		var known counterparties.Known
		if known.Sum(w.Hits); len(w.Hits) == 0 {
			return nil
		}
		actor := "payee_source:" + w.Source
		said := map[string]any{"source": w.Source, "level": known.Level, "categories": known.Categories, "mule": known.Mule}
		if err := t.entry(string(l.ID), "hold.payee_told", actor, l.Now, said); err != nil {
			return err
		}
		switch {
		case !known.Mule || l.Request.Payee != w.Ask.Payee:
			return nil
		case l.Status.Decided():
			t.count("payee_source_late")
			return t.proposeRecall(&l, hold.RecallPayee, "", actor)
		}
		return t.suspectPayee(&l, actor, w.Source)
	})
}

// keepWord replaces what a source's list has of an account.
func (t *tx) keepWord(w SourceWord, now hold.Instant) {
	list := sourceList(w.Source)
	t.later(`INSERT INTO payee_lists (name, edition, in_force, author) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
		list, liveEdition, now, "payee_source:"+w.Source)
	t.later(`DELETE FROM payee_hits WHERE list = ? AND edition = ? AND digest = ?`, list, liveEdition, w.Digest.Value)
	hits := slices.SortedFunc(slices.Values(w.Hits), func(a, b counterparties.Hit) int { return cmp.Compare(a.Ref, b.Ref) })
	for _, h := range hits {
		// One reference of the source's may be of several accounts.
		t.later(`INSERT INTO payee_hits (list, edition, ref, digest, key_id, category, strength, reporters, valid_from, valid_to)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (list, edition, ref) DO UPDATE SET category = excluded.category,
			strength = excluded.strength, reporters = excluded.reporters, valid_from = excluded.valid_from, valid_to = excluded.valid_to`,
			list, liveEdition, w.Digest.Value[:12]+":"+h.Ref, w.Digest.Value,
			w.Digest.KeyID, h.Category, string(h.Strength), h.Reporters, h.From, h.To)
	}
}

// suspectPayee suspects a held hold for its payee: what was asked of the customer
// without a call, and approved so far, is taken back. Their other holds stay as they are.
func (t *tx) suspectPayee(l *hold.Standing, actor, source string) error {
	if l.SuspectedAt != 0 {
		return nil
	}
	var others []hold.Challenge
	for _, c := range l.Challenges {
		if c.Channel != hold.Callback {
			others = append(others, c)
		}
	}
	if err := t.cancelOpen(others, "suspected", l.Now); err != nil {
		return err
	}
	if err := t.suspectHold(l, actor, map[string]any{"payee_source": source}); err != nil {
		return err
	}
	t.count("payee_source_suspected")
	t.wake(l.ID, l.Now)
	return nil
}

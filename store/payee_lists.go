package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// stalled is how long an import may stand still before another takes its place.
	stalled = 5 * time.Minute
	// HitsAtOnce is how many lines of a list one transaction takes in or deletes.
	HitsAtOnce = 5000
)

// PayeeList is a list of payees that somebody keeps.
type PayeeList struct {
	Name     string       `db:"name" json:"list"`
	Edition  string       `db:"edition" json:"edition"` // in force; empty: none is
	Lines    int          `db:"lines" json:"lines"`
	InForce  hold.Instant `db:"in_force" json:"in_force"` // since when
	Author   string       `db:"author" json:"author"`
	KeyID    string       `db:"key_id" json:"key"`                  // by which its lines are kept; empty: it has none
	Public   bool         `db:"public" json:"public"`               // customers may be told of it
	Filling  string       `db:"filling" json:"importing,omitempty"` // the edition that is being imported
	FilledAt hold.Instant `db:"filled_at" json:"-"`
}

// ListedPayee is a line of a list as it is kept: by its digest, without its account.
// All of an edition are public, or none is.
type ListedPayee struct {
	counterparties.Hit
	Digest counterparties.Digest
	Public bool
}

// PayeeLists gives every list.
func (s *Store) PayeeLists(ctx context.Context) (ls []PayeeList, err error) {
	return ls, s.all(ctx, &ls, `SELECT * FROM payee_lists ORDER BY name`)
}

// BeginPayeeList begins an edition of a list. There is one import of a list at a time;
// one that has stood still for five minutes is given up.
func (s *Store) BeginPayeeList(ctx context.Context, list string) (edition string, why hold.Refusal, err error) {
	edition = NewID("edn")
	why, err = s.whole(ctx, func(t *tx) (hold.Refusal, error) {
		now, err := t.now()
		if err != nil {
			return "", err
		}
		t.later(`INSERT INTO payee_lists (name) VALUES (?) ON CONFLICT (name) DO NOTHING`, list)
		var l PayeeList
		if err := t.get(&l, `SELECT * FROM payee_lists WHERE name = ?`+t.lock("UPDATE"), list); err != nil {
			return "", err
		}
		switch {
		case l.Filling != "" && l.FilledAt >= now.Add(-stalled):
			return hold.ImportRunning, nil
		case l.Filling != "":
			t.buryEdition(list, l.Filling)
		}
		t.later(`UPDATE payee_lists SET filling = ?, filled_at = ? WHERE name = ?`, edition, now, list)
		return "", nil
	})
	return edition, why, err
}

// FillPayeeList adds lines to an edition that is being imported. A reference that the
// edition has already is RefTwice, and nothing of these lines is kept.
func (s *Store) FillPayeeList(ctx context.Context, list, edition string, lines []ListedPayee) (why hold.Refusal, err error) {
	why, err = s.whole(ctx, func(t *tx) (hold.Refusal, error) {
		now, err := t.now()
		if err != nil {
			return "", err
		}
		n, err := t.exec(`UPDATE payee_lists SET filled_at = ? WHERE name = ? AND filling = ?`, now, list, edition)
		if err != nil || n == 0 {
			return hold.ImportLost, err
		}
		return "", t.putHits(list, edition, lines)
	})
	if isUnique(err) {
		return hold.RefTwice, nil
	}
	return why, err
}

var hitColumns = []string{"list", "edition", "ref", "digest", "key_id", "category", "strength", "reporters", "valid_from", "valid_to",
	"public_digest"}

func (h ListedPayee) row(list, edition string) []any {
	public := ""
	if h.Public {
		public = h.Digest.Value
	}
	return []any{list, edition, h.Ref, h.Digest.Value, h.Digest.KeyID, h.Category, string(h.Strength), h.Reporters, int64(h.From), int64(h.To),
		public}
}

// putHits puts lines on record: by COPY on Postgres, which a million of them want.
func (t *tx) putHits(list, edition string, lines []ListedPayee) error {
	if t.s.dialect == "postgres" {
		return t.conn.Raw(func(c any) error {
			_, err := c.(*stdlib.Conn).Conn().CopyFrom(t.ctx, pgx.Identifier{"payee_hits"}, hitColumns,
				pgx.CopyFromSlice(len(lines), func(i int) ([]any, error) { return lines[i].row(list, edition), nil }))
			return err
		})
	}
	one := "(" + strings.Repeat("?, ", len(hitColumns)-1) + "?)"
	for len(lines) > 0 {
		some := lines[:min(len(lines), 500)]
		lines = lines[len(some):]
		var args []any
		for _, l := range some {
			args = append(args, l.row(list, edition)...)
		}
		if _, err := t.exec(`INSERT INTO payee_hits (`+strings.Join(hitColumns, ", ")+`) VALUES `+
			strings.Repeat(one+", ", len(some)-1)+one, args...); err != nil {
			return err
		}
	}
	return nil
}

// EndPayeeList puts an edition in force, in the place of the one before. Postgres
// counts the lines anew first, so that it reads them by their indexes; a role that may
// not have it do so goes without.
func (s *Store) EndPayeeList(ctx context.Context, list, edition string, lines int, actor string) (why hold.Refusal, err error) {
	if s.dialect == "postgres" {
		_, _ = s.write.ExecContext(ctx, `ANALYZE payee_hits`)
	}
	return s.whole(ctx, func(t *tx) (hold.Refusal, error) {
		now, err := t.now()
		if err != nil {
			return "", err
		}
		t.later(`INSERT INTO payee_editions_dead (list, edition)
			SELECT name, edition FROM payee_lists WHERE name = ? AND filling = ? AND edition <> ''`, list, edition)
		n, err := t.exec(`UPDATE payee_lists SET edition = filling, filling = '', lines = ?, in_force = ?, author = ?,
			key_id = COALESCE((SELECT key_id FROM payee_hits WHERE list = ? AND edition = ? LIMIT 1), ''),
			public = COALESCE((SELECT CASE WHEN public_digest = '' THEN 0 ELSE 1 END FROM payee_hits
				WHERE list = ? AND edition = ? LIMIT 1), 0)
			WHERE name = ? AND filling = ?`, lines, now, actor, list, edition, list, edition, list, edition)
		if err != nil || n == 0 {
			return hold.ImportLost, err
		}
		var public []bool
		if err := t.all(&public, `SELECT public FROM payee_lists WHERE name = ?`, list); err != nil {
			return "", err
		}
		return "", t.entry("payees:"+list, "payees.imported", actor, now, map[string]any{"edition": edition, "lines": lines,
			"public": slices.Contains(public, true)})
	})
}

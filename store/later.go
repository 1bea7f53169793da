package store

import (
	"errors"
	"slices"
	"strings"

	"holdfast/hold"
)

// later puts a statement off whose answer nobody needs: it is sent with the next
// that is asked for something, or with the commit, and its error is theirs.
func (t *tx) later(q string, args ...any) {
	t.queued = append(t.queued, statement{text: q, args: args})
}

// certainly is later, of a statement that is known to change something. If it does not,
// the transaction fails, also where the commit is sent with it: Postgres is made to divide
// by nought.
func (t *tx) certainly(q string, args ...any) {
	if t.s.dialect == "postgres" {
		q = `WITH changed AS (` + q + ` RETURNING 1) SELECT 1 / COUNT(*) FROM changed`
	}
	t.queued = append(t.queued, statement{text: q, args: args, surely: true})
}

// errUnchanged: what was certain to change something did not.
var errUnchanged = errors.New("what was to be changed has changed already")

// setHold puts off a change of a hold's row. Changes of other columns that wait for the
// same trip are one statement with it: each makes a new version of the row, for which
// there is a line in a dozen indexes.
func (t *tx) setHold(id hold.ID, columns []string, values ...any) {
	set := statement{of: id, columns: columns, args: values}
	for i := len(t.queued) - 1; i >= 0; i-- {
		before := t.queued[i]
		if before.of == id && !slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(before.columns, c) }) {
			set.columns, set.args = slices.Concat(before.columns, columns), slices.Concat(before.args[:len(before.columns)], values)
			t.queued = slices.Delete(t.queued, i, i+1)
			break
		}
		if strings.HasPrefix(before.text, "UPDATE holds ") {
			break
		}
	}
	set.text = `UPDATE holds SET ` + strings.Join(set.columns, ` = ?, `) + ` = ? WHERE id = ?`
	set.args = append(set.args, id)
	t.queued = append(t.queued, set)
}

// hasChanged keeps how many rows a statement changed.
func (st statement) hasChanged(n int64, err error) error {
	if err == nil && st.changed != nil {
		*st.changed = n
	}
	if err == nil && st.surely && n == 0 {
		return errUnchanged
	}
	return err
}

package ledger

import (
	"context"
	"database/sql"

	"holdfast/hold"
)

// book is what is kept: a payment by its client and that client's own id, with
// the rest to compare.
const book = `CREATE TABLE IF NOT EXISTS book (client_id TEXT NOT NULL, transaction_id TEXT NOT NULL, hold_id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	minor INTEGER NOT NULL, currency TEXT NOT NULL, payee_account TEXT NOT NULL, revision INTEGER NOT NULL,
	tx_digest TEXT NOT NULL, outcome TEXT NOT NULL,
	calls INTEGER NOT NULL DEFAULT 1, conflicts INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (client_id, transaction_id))`

const columns = `hold_id, client_id, transaction_id, customer_id, minor, currency, payee_account, revision, tx_digest,
	outcome, calls, conflicts`

// Posting is what the ledger has of one hold. Calls are how often it was told;
// Conflicts, how often it was told something else.
type Posting struct {
	hold.Settlement  // as it was told first
	Calls, Conflicts int
}

func scan(row interface{ Scan(into ...any) error }) (p Posting, err error) {
	return p, row.Scan(&p.HoldID, &p.ClientID, &p.TransactionID, &p.CustomerID, &p.Amount.Minor, &p.Amount.Currency, &p.PayeeAccount,
		&p.Revision, &p.TxDigest,
		&p.Outcome, &p.Calls, &p.Conflicts)
}

// whole tells whether everything is there that the ledger finds and compares by.
func whole(s hold.Settlement) bool {
	return s.HoldID != "" && s.ClientID != "" && s.TransactionID != "" && s.CustomerID != "" && s.Amount.Minor > 0 &&
		s.Amount.Currency != "" &&
		s.PayeeAccount != "" && s.Revision > 0 && s.TxDigest != ""
}

// same tells whether a settlement is about the payment that was posted.
func (p Posting) same(s hold.Settlement) bool {
	return p.HoldID == s.HoldID && p.CustomerID == s.CustomerID && p.Amount == s.Amount && p.PayeeAccount == s.PayeeAccount &&
		p.Revision == s.Revision && p.TxDigest == s.TxDigest
}

// post keeps the first settlement of a client's transaction and gives it.
func (l *Ledger) post(ctx context.Context, s hold.Settlement) (first Posting, err error) {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return first, err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	first, err = scan(tx.QueryRowContext(ctx, `INSERT INTO book (hold_id, client_id, transaction_id, customer_id, minor, currency,
		payee_account, revision, tx_digest, outcome)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (client_id, transaction_id) DO UPDATE SET calls = calls + 1,
		conflicts = conflicts + (outcome <> excluded.outcome OR tx_digest <> excluded.tx_digest) RETURNING `+columns,
		s.HoldID, s.ClientID, s.TransactionID, s.CustomerID, s.Amount.Minor, s.Amount.Currency, s.PayeeAccount, s.Revision, s.TxDigest,
		s.Outcome))
	if err != nil {
		return first, err
	}
	return first, tx.Commit()
}

// Postings reads a ledger's file, which may be in use.
func Postings(ctx context.Context, file string) (map[hold.ID]Posting, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	defer db.Close() //nolint:errcheck // only read
	rows, err := db.QueryContext(ctx, `SELECT `+columns+` FROM book`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to its end
	out := map[hold.ID]Posting{}
	for rows.Next() {
		p, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out[p.HoldID] = p
	}
	return out, rows.Err()
}

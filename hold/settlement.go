package hold

// Settlement is what the ledger is told: POST {hold_id, transaction_id,
// outcome, reason, decided_at}.
type Settlement struct {
	HoldID        ID      `json:"hold_id"`
	TransactionID string  `json:"transaction_id"`
	Outcome       Outcome `json:"outcome"`
	Reason        Reason  `json:"reason"`
	DecidedAt     Instant `json:"decided_at"`
}

// LedgerRefusal is an answer of the ledger that repeating cannot mend. Code
// says which ("http_422", "other_outcome") and quotes nothing.
type LedgerRefusal struct{ Code string }

func (e *LedgerRefusal) Error() string { return "the ledger refused: " + e.Code }

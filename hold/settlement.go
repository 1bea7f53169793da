package hold

// Settlement is what the ledger is told. A transaction is its client's: the
// ledger finds its own by ClientID and TransactionID, and refuses to book what
// differs in the rest from what it has.
type Settlement struct {
	HoldID        ID         `json:"hold_id"`
	ClientID      string     `json:"client_id"`
	TransactionID string     `json:"transaction_id"`
	CustomerID    CustomerID `json:"customer_id"`
	Amount        Money      `json:"amount"`
	PayeeAccount  string     `json:"payee_account"`
	Revision      int        `json:"revision"`  // counts amendments; the customer was asked about this one
	TxDigest      Digest     `json:"tx_digest"` // of the document that they were asked about
	Outcome       Outcome    `json:"outcome"`
	Reason        Reason     `json:"reason"`
	DecidedAt     Instant    `json:"decided_at"`
}

// Settlement is what the ledger is told of a decided hold.
func (h Hold) Settlement() Settlement {
	return Settlement{
		HoldID: h.ID, ClientID: h.ClientID, TransactionID: h.Request.TransactionID, CustomerID: h.Request.CustomerID,
		Amount: h.Request.Amount, PayeeAccount: h.Request.Payee.Account, Revision: h.Revision, TxDigest: h.TxDigest,
		Outcome: h.Decision.Outcome, Reason: h.Decision.Reason, DecidedAt: h.Decision.DecidedAt,
	}
}

// LedgerRefusal is an answer of the ledger that repeating cannot mend. Code
// says which ("http_422", "other_outcome") and quotes nothing.
// Passing ones (a certificate, a key or a route that somebody is mending) are
// worth another try for a while.
type LedgerRefusal struct {
	Code    string
	Passing bool
}

func (e *LedgerRefusal) Error() string { return "the ledger refused: " + e.Code }

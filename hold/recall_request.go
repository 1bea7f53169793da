package hold

// Payment names a payment as the banks on its way know it (ISO 20022). It is no part of
// what the customer is asked about.
type Payment struct {
	UETR            string `json:"uetr,omitempty"`
	EndToEndID      string `json:"end_to_end_id,omitempty"`
	TransactionID   string `json:"transaction_id,omitempty"` // TxId, the first bank's
	InstructionID   string `json:"instruction_id,omitempty"`
	SettlementDate  string `json:"settlement_date,omitempty"` // interbank; 2026-03-01
	LocalInstrument string `json:"local_instrument,omitempty"`
}

// PaymentIDs are the same as a recall carries them.
type PaymentIDs struct {
	UETR            string `json:"uetr,omitempty"`
	TxID            string `json:"tx_id,omitempty"`
	EndToEndID      string `json:"end_to_end_id,omitempty"`
	InstructionID   string `json:"instruction_id,omitempty"`
	SettlementDate  string `json:"settlement_date,omitempty"`
	LocalInstrument string `json:"local_instrument,omitempty"`
}

// RecallRequest is what the bank's endpoint is told of a confirmed recall, as camt.056
// needs it.
type RecallRequest struct {
	RecallID      RecallID   `json:"recall_id"`
	HoldID        ID         `json:"hold_id"`
	ClientID      string     `json:"client_id"`
	TransactionID string     `json:"transaction_id"`
	CustomerID    CustomerID `json:"customer_id"`
	Amount        Money      `json:"amount"`
	PayeeAccount  string     `json:"payee_account"`
	PayeeName     string     `json:"payee_name"`
	PayeeBank     string     `json:"payee_bank,omitempty"`
	ReasonCode    string     `json:"reason_code"` // ISO 20022, ExternalCancellationReason1Code
	PaymentIDs    PaymentIDs `json:"payment_ids"`
	RequestedAt   Instant    `json:"requested_at"` // when it was confirmed
}

// recallReason is FraudulentOrigin: of every source, since each says that the payment
// came of a fraud, not of a mistake.
const recallReason = "FRAD"

// Request is what is asked for a hold's recall.
func (r Recall) Request(h Hold) RecallRequest {
	q := h.Request
	ask := RecallRequest{RecallID: r.ID, HoldID: h.ID, ClientID: h.ClientID, TransactionID: q.TransactionID, CustomerID: q.CustomerID,
		Amount: r.Amount(), PayeeAccount: q.Payee.Account, PayeeName: q.Payee.Name, PayeeBank: q.Payee.Bank, ReasonCode: recallReason,
		RequestedAt: r.DecidedAt}
	if p := q.Payment; p != nil {
		ask.PaymentIDs = PaymentIDs{UETR: p.UETR, TxID: p.TransactionID, EndToEndID: p.EndToEndID, InstructionID: p.InstructionID,
			SettlementDate: p.SettlementDate, LocalInstrument: p.LocalInstrument}
	}
	return ask
}

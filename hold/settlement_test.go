package hold_test

import (
	"encoding/json"
	"testing"

	"holdfast/hold"
)

// The ledger is told whose transaction it is and everything to compare.
func TestSettlement(t *testing.T) {
	t.Parallel()
	h := hold.Hold{ID: "hold_1", ClientID: "risk", Revision: 2, TxDigest: "d0",
		Request: hold.Request{TransactionID: "tx-1", CustomerID: "maria", Amount: hold.Money{Minor: 125000, Currency: "EUR"},
			Payee: hold.Payee{Account: "DE02120300000000202051"}},
		Decision: &hold.Decision{Outcome: hold.Release, Reason: hold.ReasonApproved, DecidedAt: 1_000_000}}
	got, err := json.Marshal(h.Settlement())
	const want = `{"hold_id":"hold_1","client_id":"risk","transaction_id":"tx-1","customer_id":"maria","amount":{"minor":125000,"currency":"EUR"},` +
		`"payee_account":"DE02120300000000202051","revision":2,"tx_digest":"d0","outcome":"release","reason":"approved","decided_at":"1970-01-01T00:00:01Z"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// Package drill plays payments through a running Holdfast: it submits the
// flagged ones, plays the customers with real sockets and real keys, and checks
// afterwards that what must never happen did not.
package drill

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"holdfast/hold"
)

// Payment is one payment of an input with the truth that the simulated people
// know.
type Payment struct {
	Request hold.Request
	Flagged bool
	Fraud   bool
}

// Columns are the columns of the "holdfast" format.
var Columns = []string{"transaction_id", "customer_id", "kind", "amount_minor", "currency", "payee_name", "payee_account", "name_check",
	"score", "reasons", "flagged", "fraud"}

var paysim = []string{"step", "type", "amount", "nameOrig", "oldbalanceOrg", "newbalanceOrig", "nameDest", "oldbalanceDest",
	"newbalanceDest", "isFraud", "isFlaggedFraud"}

// Read reads payments from a CSV file, in the format "holdfast" or "paysim".
func Read(path, format string) ([]Payment, error) {
	columns, read := Columns, fromHoldfast
	switch format {
	case "holdfast":
	case "paysim":
		columns, read = paysim, fromPaySim
	default:
		return nil, fmt.Errorf("unknown format %q: holdfast or paysim", format)
	}
	f, err := os.Open(path) //nolint:gosec // the caller names it
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	r := csv.NewReader(f)
	r.FieldsPerRecord = len(columns)
	head, err := r.Read()
	if err != nil || strings.Join(head, ",") != strings.Join(columns, ",") {
		return nil, fmt.Errorf("%s: the first line must be %s", path, strings.Join(columns, ","))
	}
	var out []Payment
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		line, _ := r.FieldPos(0)
		if err == nil {
			var p Payment
			if p, err = read(row, line); err == nil {
				out = append(out, p)
				continue
			}
		}
		return nil, fmt.Errorf("%s:%d: %w", path, line, err)
	}
}

func fromHoldfast(row []string, _ int) (p Payment, err error) {
	minor, err1 := strconv.ParseInt(row[3], 10, 64)
	score, err2 := strconv.Atoi(row[8])
	flagged, err3 := strconv.ParseBool(row[10])
	fraud, err4 := strconv.ParseBool(row[11])
	p = Payment{Flagged: flagged, Fraud: fraud, Request: hold.Request{TransactionID: row[0], CustomerID: hold.CustomerID(row[1]),
		Kind:   hold.Kind(row[2]),
		Amount: hold.Money{Minor: minor, Currency: row[4]}, Payee: hold.Payee{Name: row[5], Account: row[6], NameCheck: hold.NameCheck(row[7])},
		Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Score: score, Reasons: strings.Split(row[9], ";")}}}
	return p, errors.Join(err1, err2, err3, err4)
}

// fromPaySim reads a row of PaySim: a transfer or cash-out is flagged when
// PaySim flags it, above 200,000, or when it empties the account.
func fromPaySim(row []string, line int) (p Payment, err error) {
	amount, err1 := strconv.ParseFloat(row[2], 64)
	before, err2 := strconv.ParseFloat(row[4], 64)
	after, err3 := strconv.ParseFloat(row[5], 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return p, err
	}
	kind, ok := map[string]hold.Kind{"TRANSFER": hold.KindTransfer, "CASH_OUT": hold.KindCashOut}[row[1]]
	if !ok {
		kind = hold.KindCard // never flagged
	}
	reasons := []string{}
	empties := before > 0 && after == 0
	if amount > 200_000 || row[10] == "1" {
		reasons = append(reasons, "unusual_amount")
	}
	if empties {
		reasons = append(reasons, "account_emptied")
	}
	p = Payment{Flagged: ok && len(reasons) > 0, Fraud: row[9] == "1", Request: hold.Request{
		TransactionID: fmt.Sprintf("paysim-%d", line), CustomerID: hold.CustomerID(row[3]), Kind: kind,
		Amount: hold.Money{Minor: int64(math.Round(amount * 100)), Currency: "EUR"}, // PaySim names no currency
		Payee:  hold.Payee{Name: "Account " + row[6], Account: row[6], NameCheck: hold.NameUnknown}, Origin: hold.Origin{Channel: "mobile"},
		Risk: hold.Risk{Score: 800, Reasons: reasons, Model: "paysim"}}}
	if amount <= 0 {
		p.Flagged = false // nothing to hold
	}
	return p, nil
}

// at gives the request as it is submitted now.
func (p Payment) at(run string, now time.Time) hold.Request {
	q := p.Request
	q.TransactionID = run + "-" + q.TransactionID
	q.CustomerID = hold.CustomerID(run + "-" + string(q.CustomerID))
	q.RequestedAt = hold.At(now)
	return q
}

package drill

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

var (
	firstNames = strings.Fields("Anna Ben Clara David Elif Farid Greta Hugo Ines Jonas Katja Liam Mei Nadia Oskar Petra Quentin Rosa Samir " +
		"Tilda Umar Vera Wei Xenia Yusuf Zoe")
	lastNames = strings.Fields("Kovacs Brandt Silva Nowak Haddad Lindqvist Moreau Rossi Tanaka Okafor Fischer Jensen Petrov Santos Wagner " +
		"Ito Demir Novak Larsen Costa")
	genuine    = []string{"new_payee", "unusual_amount", "many_payments", "unusual_place", "name_mismatch"}
	fraudulent = []string{"new_payee;unusual_amount", "new_device;new_payee", "name_mismatch;new_payee", "safe_account", "remote_access"}
)

// Generate writes made-up payments: count of them, three in five flagged. The
// same seed writes the same.
func Generate(w io.Writer, count int, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 1))
	out := csv.NewWriter(w)
	if err := out.Write(Columns); err != nil {
		return err
	}
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	for i := range count {
		flagged := i%5 < 3
		fraud := flagged && r.Float64() < 0.35
		kind := []string{"transfer", "transfer", "transfer", "card", "cash_out"}[r.IntN(5)]
		minor := int64(math.Exp(10.4 + 1.1*r.NormFloat64())) // about 330 in the middle
		score, reasons, check := r.IntN(400), "new_payee", "match"
		if flagged {
			score, reasons = 600+r.IntN(300), pick(genuine)
			check = []string{"match", "match", "close", "unknown"}[r.IntN(4)]
		}
		if fraud {
			minor, score, reasons = minor*4, 750+r.IntN(250), pick(fraudulent)
			check = []string{"no_match", "unknown", "close"}[r.IntN(3)]
		}
		row := []string{fmt.Sprintf("pay-%04d", i+1), fmt.Sprintf("cust-%03d", r.IntN(180)), kind, strconv.FormatInt(minor, 10), "EUR",
			pick(firstNames) + " " + pick(lastNames), fmt.Sprintf("DE%02d%018d", 10+r.IntN(89), r.Int64N(1e17)), check, strconv.Itoa(score), reasons,
			strconv.FormatBool(flagged), strconv.FormatBool(fraud)}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

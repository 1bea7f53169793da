package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"

	sandbox "holdfast/devstack/ledger"
	"holdfast/hold"
	"holdfast/ledger"
)

// A transaction is found by its client and that client's id; a repeat is
// acknowledged, the other outcome is a conflict, and what is about another
// payment under the same name is not booked.
func TestFirstPostingStands(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	file := filepath.Join(t.TempDir(), "ledger.db")
	book, err := sandbox.Start(sandbox.Options{File: file, Listen: "127.0.0.1:0", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Stop() })
	told, err := ledger.New(book.URL(), secret, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	first := hold.Settlement{HoldID: "hold_1", ClientID: "risk", TransactionID: "tx-1", CustomerID: "maria",
		Amount:       hold.Money{Minor: 1000000, Currency: "EUR"},
		PayeeAccount: "DE02120300000000202051", Revision: 1, TxDigest: hold.DigestOf([]byte("a payment")), Outcome: hold.Release,
		Reason: hold.ReasonApproved, DecidedAt: 1}
	with := func(change func(s *hold.Settlement)) hold.Settlement { s := first; change(&s); return s }
	for _, c := range []struct {
		name string
		told hold.Settlement
		want string
	}{
		{"the first", first, ""},
		{"a repeat", first, ""},
		{"the other outcome", with(func(s *hold.Settlement) { s.Outcome = hold.Reverse }), "other_outcome"},
		{"another client's of the same name", with(func(s *hold.Settlement) { s.HoldID, s.ClientID = "hold_2", "guesser" }), ""},
		{"another amount", with(func(s *hold.Settlement) { s.Amount.Minor = 1 }), "http_422"},
		{"another payee", with(func(s *hold.Settlement) { s.PayeeAccount = "GB33BUKB20201555555555" }), "http_422"},
		{"another customer", with(func(s *hold.Settlement) { s.CustomerID = "omar" }), "http_422"},
		{"another revision", with(func(s *hold.Settlement) { s.Revision = 2 }), "http_422"},
		{"another document", with(func(s *hold.Settlement) { s.TxDigest = hold.DigestOf([]byte("another")) }), "http_422"},
		{"another hold", with(func(s *hold.Settlement) { s.HoldID = "hold_3" }), "http_422"},
		{"of no client", with(func(s *hold.Settlement) { s.HoldID, s.ClientID = "hold_4", "" }), "http_422"},
	} {
		got := ""
		var refused *hold.LedgerRefusal
		if err := told.Post(context.Background(), c.told); errors.As(err, &refused) {
			got = refused.Code
		} else if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	kept, err := sandbox.Postings(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if p := kept["hold_1"]; len(kept) != 2 || p.Amount != first.Amount || p.Outcome != hold.Release || p.Calls != 9 || p.Conflicts != 2 {
		t.Errorf("kept %+v", kept)
	}
}

// The sandbox takes a recall of what it has released, once however often it is asked, and
// then plays the payee's bank: it agrees, and the money comes or does not, by the amount.
func TestSandboxAnswersRecalls(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	book, err := sandbox.Start(sandbox.Options{File: filepath.Join(t.TempDir(), "ledger.db"), Listen: "127.0.0.1:0", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Stop() })
	said := make(chan hold.RecallReport, 16)
	var lost atomic.Bool
	book.Answers(sandbox.Reporting{Report: func(_ context.Context, _ hold.RecallID, p hold.RecallReport) error {
		if lost.CompareAndSwap(false, true) {
			return errors.New("lost")
		}
		said <- p
		return nil
	}})
	told, err := ledger.New(book.URL(), secret, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	recalls, err := ledger.NewRecalls(book.RecallURL(), secret, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	for minor, want := range map[int64]hold.RecallReport{125000: {Status: hold.RecallReturned, Minor: 125000, ReasonCode: "FOCR"},
		600000: {Status: hold.RecallReturned, Minor: 300000, ReasonCode: "FOCR"}, 107: {Status: hold.RecallRefused, ReasonCode: "AM04"}} {
		id := hold.ID(fmt.Sprint("hold_", minor))
		ask := hold.RecallRequest{RecallID: hold.RecallID(fmt.Sprint("rcl_", minor)), HoldID: id,
			Amount: hold.Money{Minor: minor, Currency: "EUR"}, PayeeAccount: "DE02", ReasonCode: "FRAD"}
		if err := recalls.Post(t.Context(), ask); err == nil || errors.As(err, new(*hold.LedgerRefusal)) {
			t.Errorf("%d, before it went: %v", minor, err)
		}
		err := told.Post(t.Context(), hold.Settlement{HoldID: id, ClientID: "risk", TransactionID: string(id), CustomerID: "maria",
			Amount: ask.Amount, PayeeAccount: "DE02", Revision: 1, TxDigest: "d", Outcome: hold.Release, Reason: hold.ReasonApproved, DecidedAt: 1})
		for range 2 {
			err = errors.Join(err, recalls.Post(t.Context(), ask))
		}
		if err != nil {
			t.Fatal(err)
		}
		first, last := <-said, <-said
		if first.Status != hold.RecallAccepted || last.Status != want.Status || last.Minor != want.Minor || last.ReasonCode != want.ReasonCode ||
			last.Reference == "" {
			t.Errorf("%d: %+v, then %+v", minor, first, last)
		}
	}
}

package store_test

import (
	"testing"

	"holdfast/contacts"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A reply waits for nobody whose question to the number is over.
func TestRepliesPassByOldQuestions(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	friend, p := b.Customer, trusted()
	b.Customer = b.NewCustomer("asked-long-ago")
	named(b, "Ines", p)
	b.Clock.Forward(contacts.AskLife)
	raw := storetest.Raw(t, b.URL).MustBegin()
	raw.MustExec(`SELECT 1 FROM customers WHERE id = $1 FOR UPDATE`, b.Customer.ID)
	b.Customer = friend
	replied(b, p, store.ReplyStop, false)
	b.Must(raw.Rollback())
}

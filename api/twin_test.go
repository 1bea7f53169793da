package api_test

import (
	"bytes"
	"testing"

	"holdfast/api/client"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// A repeat whose customer somebody else has, for longer than anybody waits, finds what
// its twin was told meanwhile. Who has no twin is told to come again.
func TestTwinOfABusyCustomer(t *testing.T) {
	t.Parallel()
	other := request("tx-1")
	other["amount"] = map[string]any{"minor": 1, "currency": "EUR"}
	for name, c := range map[string]struct {
		key    string
		body   map[string]any
		status int
		code   string
	}{
		"the same":                {"key-1", request("tx-1"), 202, ""},
		"another body":            {"key-1", other, 422, "idempotency_key_reused"},
		"another key, the same":   {"key-2", request("tx-1"), 409, "transaction_already_held"},
		"another key and payment": {"key-2", request("tx-2"), 503, "busy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := benchOn(t, storetest.New(t, storetest.PostgresURL(t)))
			var h client.Hold
			first := x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "key-1")
			x.read(first, 202, &h)
			raw := storetest.Raw(t, x.store.URL)
			keeping := raw.MustBegin()
			keeping.MustExec(`SELECT 1 FROM customers WHERE id = 'lin' FOR NO KEY UPDATE`)
			if at := x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "key-1"); !bytes.Equal(at.body, first.body) {
				t.Errorf("a repeat of what stands: %d %s", at.status, at.body)
			}
			asIfHidden(x, raw, true)
			done := make(chan reply, 1)
			go func() { done <- x.do("POST", "/v1/holds", c.body, "Idempotency-Key", c.key) }()
			waitForLock(x, raw, done)
			asIfHidden(x, raw, false) // its twin commits now
			got := <-done
			if got.status != c.status || got.code() != c.code {
				t.Errorf("%d %s, want %d %s", got.status, got.body, c.status, c.code)
			}
			switch c.status {
			case 202:
				if !bytes.Equal(got.body, first.body) {
					t.Errorf("it was told %s, its twin %s", got.body, first.body)
				}
			case 409:
				var p client.Problem
				if x.read(got, 409, &p); p.Stands == nil || p.Stands.HoldId != h.Id {
					t.Errorf("what stands: %s", got.body)
				}
			case 503:
				if got.header.Get("Retry-After") == "" {
					t.Error("it is not told when to come again")
				}
			}
			x.store.Must(keeping.Rollback())
		})
	}
}

// asIfHidden has a hold and its reply, as if they were not committed yet, or shows them.
func asIfHidden(x *bench, raw *sqlx.DB, is bool) {
	x.t.Helper()
	keys, holds := `UPDATE idempotency SET key = 'key-1'`, `UPDATE holds SET transaction_id = 'tx-1'`
	if is {
		keys, holds = `UPDATE idempotency SET key = 'hidden'`, `UPDATE holds SET transaction_id = 'hidden'`
	}
	tx := raw.MustBegin()
	tx.MustExec(holds)
	tx.MustExec(keys)
	x.store.Must(tx.Commit())
}

// waitForLock waits until a request waits for a lock.
func waitForLock(x *bench, raw *sqlx.DB, done chan reply) {
	x.t.Helper()
	for waiting := 0; waiting == 0; {
		x.store.Must(raw.Get(&waiting,
			`SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`))
		select {
		case r := <-done:
			x.t.Fatalf("it waited for nobody: %d %s", r.status, r.body)
		default:
		}
	}
}

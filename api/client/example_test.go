package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/serve"
	"holdfast/store"
)

// A risk engine holds a payment. The key makes a repeat harmless: after a lost
// reply the same call gives the same hold.
func Example() {
	ctx := context.Background()
	url, key, stop := holdfast(ctx)
	defer stop()
	c, err := client.NewClient(url, client.OnlyGiven, client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+key)
		return nil
	}))
	must(err)
	_, err = c.PutCustomer(ctx, "maria", client.PutCustomerJSONRequestBody{Name: "Maria Rossi", Locale: "en", TimeZone: "Europe/Rome",
		Phrase: "blue kettle"})
	must(err)
	held := hold.Request{TransactionID: "tx-1", CustomerID: "maria", Kind: hold.KindTransfer, Amount: hold.Money{Minor: 125000,
		Currency: "EUR"},
		Payee: hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051"}, RequestedAt: hold.At(time.Now()),
		Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Score: 870, Reasons: []string{"new_payee"}}}
	var ids []hold.ID
	for range 2 {
		res, err := c.SubmitHold(ctx, &client.SubmitHoldParams{IdempotencyKey: "tx-1"}, held)
		must(err)
		var h client.Hold
		must(json.NewDecoder(res.Body).Decode(&h))
		must(res.Body.Close())
		fmt.Println(res.StatusCode, h.Status)
		ids = append(ids, h.Id)
	}
	fmt.Println("the same hold:", ids[0] == ids[1])
	// Output:
	// 202 held
	// 202 held
	// the same hold: true
}

// holdfast is the API on a database of its own.
func holdfast(ctx context.Context) (url, key string, stop func()) {
	dir, err := os.MkdirTemp("", "holdfast")
	must(err)
	dsn := "sqlite:" + filepath.Join(dir, "holdfast.db")
	db, err := store.Open(ctx, dsn, store.Options{})
	must(err)
	must(db.Migrate(ctx))
	key, row, err := api.NewKey("bank", api.Scopes)
	must(err)
	must(db.AddKey(ctx, row, "example"))
	p, err := serve.Start(ctx, serve.Config{Roles: []string{"api"}, Database: dsn, Listen: "127.0.0.1:0",
		PublicURL: "https://pay.bank.example", BankName: "Nordbank"},
		slog.New(slog.DiscardHandler))
	must(err)
	return "http://" + p.Address, key, func() {
		must(p.Stop())
		must(db.Close())
		must(os.RemoveAll(dir))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

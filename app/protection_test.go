package app_test

import (
	"os"
	"testing"
	"time"

	"holdfast/app"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// A call is promised to who can be called, where somebody can call.
func TestPromise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		calls bool
		want  app.Promise
	}{{"calls are set up", true, app.PromiseCall}, {"they are not", false, app.PromiseNone}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := storetest.New(t, storetest.SQLiteURL(t))
			b.Must(b.AskForHelp(t.Context(), b.Customer.ID))
			d := &app.Desk{Store: b.Store, Policies: policy.NewSet(policy.Default()), Calls: c.calls, Phone: "+49 30 5550100"}
			ps, err := d.Protections(t.Context(), []hold.CustomerID{b.Customer.ID})
			b.Must(err)
			if p := ps[b.Customer.ID]; p.Call != c.want || p.CallAt != 0 || p.Phone != d.Phone {
				t.Errorf("promised %+v", p)
			}
			ana := b.Agent("ana", "agent")
			v := b.Case(ana)
			call := b.Rang(ana, v, time.Second)
			ps, err = d.Protections(t.Context(), []hold.CustomerID{b.Customer.ID})
			b.Must(err)
			if p := ps[b.Customer.ID]; p.Call != app.PromiseNow {
				t.Errorf("while somebody calls: %+v", p)
			}
			b.Hung(call, time.Second)
		})
	}
}

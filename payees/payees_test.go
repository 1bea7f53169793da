package payees_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/payees"
	"holdfast/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const mule = "DE89370400440532013000"

var (
	ctx     = context.Background()
	keys, _ = counterparties.ReadKeys([]string{"one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="})
)

// outside is a source that says what it is told, or is down.
type outside struct {
	hits  []counterparties.Hit
	err   error
	asked []hold.Payee
}

func (o *outside) Look(_ context.Context, p hold.Payee) ([]counterparties.Hit, error) {
	o.asked = append(o.asked, p)
	return o.hits, o.err
}

// bench is a hold that waits, and who asks about its payee.
type bench struct {
	*storetest.Bundle
	*payees.Asker
	outside *outside
	log     *bytes.Buffer
	id      hold.ID
}

func setup(t *testing.T, b *storetest.Bundle) *bench {
	t.Helper()
	x := &bench{Bundle: b, outside: &outside{}, log: &bytes.Buffer{}}
	r := storetest.CallRules
	r.AskSource = true
	b.Must(b.Deploy(ctx, r))
	a := b.Accepting(storetest.PushLadder())
	a.Request.Payee.Account = mule
	a.Payee = keys.All(counterparties.Normal(mule, ""))
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	x.id = res.HoldID
	x.Asker = &payees.Asker{Store: b.Store, Source: x.outside, Name: "bank", Keys: keys, Log: slog.New(slog.NewJSONHandler(x.log, nil))}
	return x
}

func (x *bench) once(want int) {
	x.T.Helper()
	n, err := x.Once(ctx)
	x.Must(err)
	if n != want {
		x.T.Errorf("%d were asked about, want %d", n, want)
	}
}

// A mule that the source is sure of is suspected after the payment was taken in; each
// payment is asked about once.
func TestAsker(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := setup(t, b)
		x.outside.hits = []counterparties.Hit{{Ref: "r-1", Category: "mule_confirmed", Strength: counterparties.Confirmed}}
		x.once(1)
		x.once(0)
		if x.Look(x.id).SuspectedAt == 0 || len(x.outside.asked) != 1 || x.outside.asked[0].Account != mule {
			t.Errorf("suspected at %d, asked %d times", x.Look(x.id).SuspectedAt, len(x.outside.asked))
		}
		known, hits, err := x.LookPayee(ctx, keys.All(counterparties.Normal(mule, "")))
		x.Must(err)
		if !known.Mule || len(hits) != 1 || hits[0].List != "source:bank" || !strings.HasSuffix(hits[0].Ref, ":r-1") {
			t.Errorf("%+v, %+v", known, hits)
		}
	})
}

// A source that is down is asked again and again, and then no more; the hold is none the
// worse for it, none the better, and no account is logged.
func TestAskerWhileItIsDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := setup(t, b)
		x.outside.err = errors.New("down")
		for range 8 {
			x.once(1)
			x.once(0)
			x.Clock.Forward(11 * time.Minute)
		}
		x.once(0)
		h := x.Look(x.id)
		if h.SuspectedAt != 0 || h.Status != hold.Held || len(x.outside.asked) != 8 {
			t.Errorf("suspected at %d, %s, asked %d times", h.SuspectedAt, h.Status, len(x.outside.asked))
		}
		if strings.Contains(x.log.String(), mule[4:]) || x.log.Len() == 0 {
			t.Errorf("logged: %s", x.log)
		}
	})
}

// A source that is not asked for now has not been tried: it is asked once it is back,
// however long that takes.
func TestAskerWhileItIsAway(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := setup(t, b)
		x.outside.err = counterparties.ErrAway
		for range 12 {
			x.once(1)
			x.once(0)
			x.Clock.Forward(31 * time.Second)
		}
		x.outside.err = nil
		x.outside.hits = []counterparties.Hit{{Ref: "r-1", Category: "mule_confirmed", Strength: counterparties.Confirmed}}
		x.once(1)
		x.once(0)
		if x.Look(x.id).SuspectedAt == 0 || len(x.outside.asked) != 13 {
			t.Errorf("suspected at %d, asked %d times", x.Look(x.id).SuspectedAt, len(x.outside.asked))
		}
	})
}

// Whatever a list is not taken for, the one before stands, and the error says why.
func TestImport(t *testing.T) {
	t.Parallel()
	const head, good = "account,ref,category,strength\n", mule + ",m-1,mule_confirmed,confirmed\n"
	b := storetest.New(t, storetest.SQLiteURL(t))
	run := func(i payees.Import, text string) error {
		i.Lists, i.Keys, i.List, i.Actor = b.Store, keys, "own", "test"
		_, _, err := i.Run(ctx, strings.NewReader(text))
		return err
	}
	b.Must(run(payees.Import{Public: true}, head+good+strings.ReplaceAll(good, "m-1", "m-2")+strings.ReplaceAll(good, "m-1", "m-3")))
	var bad counterparties.BadLine
	if err := run(payees.Import{}, head+good+"x\n"); !errors.As(err, &bad) || bad.Number != 3 {
		t.Errorf("a bad line: %v", err)
	}
	shared := head + good + mule + ",m-2,shared_tax,confirmed\n"
	err := run(payees.Import{Public: true}, shared)
	if !errors.As(err, &bad) || bad.Number != 3 || !strings.Contains(bad.Error(), "category") {
		t.Errorf("a public list with an account that many use: %v", err)
	}
	b.Must(run(payees.Import{}, shared))
	b.Must(run(payees.Import{Public: true}, head+good+strings.ReplaceAll(good, "m-1", "m-2")+strings.ReplaceAll(good, "m-1", "m-3")))
	var refused *payees.RefusedError
	if err := run(payees.Import{}, head+good+good); !errors.As(err, &refused) || refused.Why != hold.RefTwice || refused.To != 2 {
		t.Errorf("a reference twice: %v", err)
	}
	var short *payees.ShortError
	if err := run(payees.Import{}, head+good); !errors.As(err, &short) || *short != (payees.ShortError{Lines: 1, Before: 3}) {
		t.Errorf("a short one: %v", err)
	}
	ls, err := b.PayeeLists(ctx)
	b.Must(err)
	if len(ls) != 1 || ls[0].Lines != 3 || !ls[0].Public || ls[0].Filling != "" {
		t.Errorf("it stands: %+v", ls)
	}
	b.Must(run(payees.Import{Shrink: true}, head+good))
	edition, why, err := b.BeginPayeeList(ctx, "own")
	b.Granted(why, err)
	if err := run(payees.Import{}, head+good); !errors.As(err, &refused) || refused.Why != hold.ImportRunning {
		t.Errorf("while somebody imports: %v", err)
	}
	b.Must(b.DropPayeeList(ctx, "own", edition))
}

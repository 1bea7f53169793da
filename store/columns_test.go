package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A reader passes over a column that it does not know: so each one that there is has
// its field, and a name that is mistyped shows here.
func TestEveryColumnHasItsField(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		for _, table := range readWhole(b) {
			of, known := store.Structs[table]
			if !known {
				t.Errorf("%s is read with all its columns: name its struct in store.Structs", table)
				continue
			}
			found, err := storetest.Raw(t, b.URL).Query(`SELECT * FROM ` + table + ` WHERE 1 = 0`)
			b.Must(err)
			columns, err := found.Columns()
			b.Must(err)
			b.Must(found.Close())
			if none := store.Unplaced(of, columns); len(none) > 0 {
				t.Errorf("%T has no field for %s.%s", of, table, strings.Join(none, ", "))
			}
		}
	})
}

// whole are the ways in which a statement reads all columns of a table.
var whole = regexp.MustCompile("SELECT \\* FROM (\\w+)|SELECT \\w\\.\\*[^`]*?\\sFROM (\\w+) \\w\\b|UPDATE (\\w+)[^`]*RETURNING \\*")

// readWhole are the tables that the store's statements read with all their columns.
func readWhole(b *storetest.Bundle) (tables []string) {
	b.T.Helper()
	files, err := filepath.Glob("*.go")
	b.Must(err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		b.Must(err)
		for _, m := range whole.FindAllStringSubmatch(string(text), -1) {
			if table := m[1] + m[2] + m[3]; table != "kinds" && !strings.HasSuffix(f, "_test.go") { // a query's own
				tables = append(tables, table)
			}
		}
	}
	slices.Sort(tables)
	return slices.Compact(tables)
}

// A migration of the next version adds a column to every table while this one serves:
// nobody notices, whatever was prepared before. The plans of Postgres are refused once a
// connection, and there are as many as there is work.
func TestColumnsAddedWhileServing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, storetest.CallRules))
		var wg sync.WaitGroup
		var stop atomic.Bool
		ended, news := make([]atomic.Int64, atWork), make(chan struct{}, 1)
		for i := range ended {
			c, by := b.NewCustomer(hold.CustomerID(fmt.Sprint("c", i))), b.Agent(fmt.Sprint("agent", i), "agent")
			wg.Go(func() {
				for !stop.Load() {
					if err := serve(b, c, by); err != nil {
						t.Errorf("%d, round %d: %v", i, ended[i].Load(), err)
						stop.Store(true)
					}
					ended[i].Add(1)
					select {
					case news <- struct{}{}:
					default:
					}
				}
			})
		}
		// wait lasts until everybody has begun a round and ended it.
		wait := func() {
			for i := range ended {
				for until := ended[i].Load() + 2; ended[i].Load() < until && !stop.Load(); {
					<-news
				}
			}
		}
		raw := storetest.Raw(t, b.URL)
		if raw.SetMaxOpenConns(1); b.Dialect() == "sqlite" {
			raw.MustExec(`PRAGMA busy_timeout = 120000`)
		}
		for _, column := range []string{"of_the_next", "of_the_one_after"} {
			wait() // everything is prepared
			for table := range store.Structs {
				raw.MustExec(`ALTER TABLE ` + table + ` ADD COLUMN ` + column + ` BIGINT NOT NULL DEFAULT 7`)
			}
		}
		wait()
		stop.Store(true)
		wg.Wait()
		verify(b)
	})
}

// atWork is how many serve at once.
const atWork = 4

// serve takes a hold in, asks and hears its customer, shows it to everybody, has an
// agent take what waits, and releases it.
func serve(b *storetest.Bundle, c hold.Customer, by store.By) error {
	a := b.Accepting(storetest.PushLadder())
	a.Request.CustomerID = c.ID
	res, err := b.AcceptHold(ctx, a)
	if err != nil {
		return fmt.Errorf("accepting: %w", err)
	}
	cs, err := b.Challenges(ctx, res.HoldID)
	if err != nil || len(cs) != 1 {
		return fmt.Errorf("%d questions: %w", len(cs), err)
	}
	for what, do := range map[string]func() error{
		"shown":   func() error { _, err := b.Shown(ctx, []hold.CustomerID{c.ID}, nil, []hold.ID{res.HoldID}); return err },
		"story":   func() error { _, _, err := b.Story(ctx, by, res.HoldID); return err },
		"holds":   func() error { _, err := b.ListHolds(ctx, store.HoldFilter{CustomerID: c.ID, Limit: 5}); return err },
		"queue":   func() error { _, err := b.Queue(ctx, by, store.QueuePage{Limit: 5}); return err },
		"session": func() error { return signIn(b, c) },
		"call":    func() error { return takeCall(b, c, by) },
		"waits":   func() error { _, err := b.Approvals(ctx, by, 5); return err },
	} {
		if err := do(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	old := slices.IndexFunc(c.Devices, func(d hold.Device) bool { return d.Name == "old" })
	attempt := b.Attempt(cs[0].ID, c.Devices[old].ID, hold.Approve)
	attempt.CustomerID = c.ID
	said, err := b.Answer(ctx, attempt)
	if err != nil || said.Outcome != hold.AnswerAccepted {
		return fmt.Errorf("answering: %s %s: %w", said.Outcome, said.Refusal, err)
	}
	h, _, err := b.Finish(ctx, res.HoldID, storetest.CallRules)
	if err != nil || h.Decision == nil || h.Decision.Outcome != hold.Release {
		return fmt.Errorf("finishing: %s: %w", h.Status, err)
	}
	return b.MarkSettled(ctx, res.HoldID)
}

func signIn(b *storetest.Bundle, c hold.Customer) error {
	digest := store.NewNonce()
	if _, err := b.CreateSession(ctx, c.ID, digest, time.Minute, "test"); err != nil {
		return err
	}
	_, err := b.SessionByDigest(ctx, digest)
	return err
}

// takeCall has an agent hear a refusal of whatever waits for a call.
func takeCall(b *storetest.Bundle, c hold.Customer, by store.By) error {
	a := b.Accepting(storetest.CallLadder())
	a.Request.CustomerID = c.ID
	res, err := b.AcceptHold(ctx, a)
	if err != nil {
		return err
	}
	if _, err := b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.CallRules); err != nil {
		return err
	}
	id, err := b.NextCase(ctx, by)
	if err != nil || id == "" {
		return err
	}
	v, why, err := b.ViewCase(ctx, by, id)
	if err != nil || why != "" {
		return storetest.ErrorOf(why, err)
	}
	for _, k := range v.Tasks {
		if _, err := b.Dispose(ctx, store.Dispose{By: by, CaseID: id, TaskID: k.ID, Disposition: hold.Refused, Revision: k.Revision,
			Judge: storetest.JudgeCall(hold.Deny)}); err != nil {
			return err
		}
	}
	return nil
}

package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/audit"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// fraud is a client's word that a hold was a scam, learnt now.
func fraud(b *storetest.Bundle, id hold.ID) store.Learnt {
	return store.Learnt{Client: storetest.Client, Word: hold.KnownOutcome{HoldID: id, Outcome: hold.AftermathFraud, Kind: "romance",
		At: b.Clock.Now(), Source: hold.SourceCustomer}}
}

// genuine is the word that corrects it.
func genuine(b *storetest.Bundle, id hold.ID) store.Learnt {
	l := fraud(b, id)
	l.Word.Outcome, l.Word.Kind, l.Word.Source = hold.AftermathGenuine, "", hold.SourceInvestigation
	return l
}

// learn says what became of a payment and gives what stands.
func learn(b *storetest.Bundle, l store.Learnt) hold.KnownOutcome {
	b.T.Helper()
	k, why, err := b.LearnOutcome(ctx, l)
	b.Granted(why, err)
	return k
}

// known is what the table has of a hold.
func known(b *storetest.Bundle, id hold.ID) hold.KnownOutcome {
	b.T.Helper()
	ks, err := b.KnownOutcomes(ctx, []hold.ID{id})
	b.Must(err)
	return append(ks, hold.KnownOutcome{})[0]
}

// toldOf are the bodies of a hold's entries that say what became of it.
func toldOf(b *storetest.Bundle, id hold.ID) (bodies []string) {
	b.T.Helper()
	chain, _, err := b.Chain(ctx, string(id))
	b.Must(err)
	for _, kept := range chain {
		e, err := audit.Parse(kept.Bytes)
		b.Must(err)
		if e.Kind == "hold.outcome_learnt" {
			bodies = append(bodies, e.Actor+" "+string(e.Body))
		}
	}
	return bodies
}

// The row keeps the last word, the chain every one; the same again is neither.
func TestOutcomeIsLearnt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(b *storetest.Bundle, id hold.ID){
		"once": func(b *storetest.Bundle, id hold.ID) {
			k := learn(b, fraud(b, id))
			expect(b, "told", k, known(b, id))
			expect(b, "revision and author", fmt.Sprint(k.Revision, k.Author, k.RecordedAt == b.Clock.Now()), "1client:banktrue")
			expect(b, "entries", strings.Join(toldOf(b, id), "\n"),
				`client:bank {"kind":"romance","learnt_at":"`+k.At.String()+`","outcome":"fraud","revision":1,"source":"customer_report"}`)
		},
		"the same again": func(b *storetest.Bundle, id hold.ID) {
			first := fraud(b, id)
			k := learn(b, first)
			b.Clock.Forward(time.Hour)
			expect(b, "told", learn(b, first), k)
			expect(b, "on record", known(b, id), k)
			expect(b, "entries", len(toldOf(b, id)), 1)
		},
		"corrected": func(b *storetest.Bundle, id hold.ID) {
			learn(b, fraud(b, id))
			b.Clock.Forward(time.Hour)
			k := learn(b, genuine(b, id))
			expect(b, "revision", k.Revision, 2)
			expect(b, "on record", known(b, id), k)
			expect(b, "entries", len(toldOf(b, id)), 2)
			expect(b, "the last", toldOf(b, id)[1], `client:bank {"learnt_at":"`+k.At.String()+
				`","outcome":"genuine","revision":2,"source":"investigation"}`)
		},
		"and back": func(b *storetest.Bundle, id hold.ID) {
			first := fraud(b, id)
			learn(b, first)
			learn(b, genuine(b, id))
			expect(b, "on record", learn(b, first).Outcome, hold.AftermathFraud)
			expect(b, "entries", len(toldOf(b, id)), 3)
		},
		"by the transaction": func(b *storetest.Bundle, id hold.ID) {
			l := fraud(b, "")
			l.TransactionID = b.Look(id).Request.TransactionID
			expect(b, "of the hold", learn(b, l).HoldID, id)
			expect(b, "entries", len(toldOf(b, id)), 1)
		},
		"in the future": func(b *storetest.Bundle, id hold.ID) {
			l := fraud(b, id)
			l.Word.At = b.Clock.Now().Add(time.Microsecond)
			_, why, err := b.LearnOutcome(ctx, l)
			b.Must(err)
			expect(b, "refused", why, hold.OutcomeTimeInvalid)
			expect(b, "on record", known(b, id), hold.KnownOutcome{})
			expect(b, "entries", len(toldOf(b, id)), 0)
		},
		"another client's": func(b *storetest.Bundle, id hold.ID) {
			b.Must(b.AddKey(ctx, store.Key{ID: store.NewID("key"), ClientID: "other", Digest: store.NewNonce(), Scopes: "outcomes:write"}, "test"))
			l, byTransaction := fraud(b, id), fraud(b, "")
			byTransaction.TransactionID = b.Look(id).Request.TransactionID
			l.Client, byTransaction.Client = "other", "other"
			for _, l := range []store.Learnt{l, byTransaction} {
				if _, _, err := b.LearnOutcome(ctx, l); !errors.Is(err, store.ErrNotFound) {
					b.T.Errorf("%+v: %v", l, err)
				}
			}
			expect(b, "on record", known(b, id), hold.KnownOutcome{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				id := b.Held(storetest.PushLadder())
				test(b, id)
				verify(b)
			})
		})
	}
}

// What is learnt moves nothing: whatever state the hold is in, every table but the
// outcomes' and the trail's is as it was.
func TestOutcomeChangesNothingElse(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]func(b *storetest.Bundle) hold.ID{
		"held": func(b *storetest.Bundle) hold.ID { id, _ := b.Asked(storetest.PushLadder()); return id },
		"approved, not decided": func(b *storetest.Bundle) hold.ID {
			id, c := b.Asked(storetest.PushLadder())
			b.Say(c.ID, b.Old(), hold.Approve)
			return id
		},
		"to be released": func(b *storetest.Bundle) hold.ID {
			id, c := b.Asked(storetest.PushLadder())
			b.Say(c.ID, b.Old(), hold.Approve)
			expect(b, "released", released(b, id), true)
			return id
		},
		"reversed, and the customer frozen": func(b *storetest.Bundle) hold.ID {
			id, c := b.Asked(storetest.PushLadder())
			b.Held(storetest.PushLadder())
			b.Say(c.ID, b.Old(), hold.NotMe)
			expect(b, "released", released(b, id), false)
			return id
		},
		"suspected": func(b *storetest.Bundle) hold.ID {
			id, _ := b.Called(storetest.CallLadder(), 100_00)
			ana := b.Agent("ana", "agent")
			v := rangIn(b, ana)
			talked(b, ana, v, 31*time.Second)
			b.Disposed(ana, v, hold.SuspectedScam)
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				id := given(b)
				before := everything(b)
				learn(b, fraud(b, id))
				learn(b, genuine(b, id))
				now := everything(b)
				for table, was := range before {
					if now[table] != was {
						t.Errorf("%s was\n%s\nand is\n%s", table, was, now[table])
					}
				}
				verify(b)
			})
		})
	}
}

// everything is what each table has, but those that an outcome is written to.
func everything(b *storetest.Bundle) map[string]string {
	b.T.Helper()
	db := storetest.Raw(b.T, b.URL)
	tables := `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	if b.Dialect() == "sqlite" {
		tables = `SELECT name FROM sqlite_master WHERE type = 'table'`
	}
	var names []string
	b.Must(db.Select(&names, tables))
	all := map[string]string{}
	for _, name := range names {
		if slices.Contains([]string{"outcomes", "audit_entries", "audit_heads"}, name) {
			continue
		}
		rows, err := db.Queryx(`SELECT * FROM ` + name)
		b.Must(err)
		var lines []string
		for rows.Next() {
			row, err := rows.SliceScan()
			b.Must(err)
			lines = append(lines, fmt.Sprint(row...))
		}
		b.Must(rows.Err())
		slices.Sort(lines)
		all[name] = strings.Join(lines, "\n")
	}
	if len(all) < 30 || all["holds"] == "" {
		b.T.Fatalf("only %d tables", len(all))
	}
	return all
}

// Many words at once on one hold: one row, the last entry's, and each entry says what
// the one before did not.
func TestOutcomesAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id := b.Held(storetest.PushLadder())
		words := []store.Learnt{fraud(b, id), genuine(b, id), fraud(b, id)}
		words[2].Word.Outcome, words[2].Word.Kind = hold.AftermathUnknown, ""
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				if _, why, err := b.LearnOutcome(ctx, words[i%len(words)]); err != nil || why != "" {
					t.Errorf("%s, %v", why, err)
				}
			})
		}
		all.Wait()
		entries := toldOf(b, id)
		before := ""
		for i, e := range entries {
			var body struct {
				Outcome  string
				Revision int
			}
			b.Must(json.Unmarshal([]byte(strings.TrimPrefix(e, "client:bank ")), &body))
			if body.Revision != i+1 || body.Outcome == before {
				t.Errorf("entry %d, after %s: %s", i+1, before, e)
			}
			before = body.Outcome
		}
		var rows int
		b.Must(storetest.Raw(t, b.URL).Get(&rows, `SELECT COUNT(*) FROM outcomes`))
		expect(b, "rows", rows, 1)
		expect(b, "the row is the last entry's", fmt.Sprint(known(b, id).Outcome, known(b, id).Revision), fmt.Sprint(before, len(entries)))
		verify(b)
	})
}

// A hold takes a hundred words, so that its trail has an end; the last may be repeated.
func TestOutcomesHaveALimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id := b.Held(storetest.PushLadder())
		words := []store.Learnt{genuine(b, id), fraud(b, id)}
		for i := range hold.MaxWords {
			learn(b, words[i%2])
		}
		_, why, err := b.LearnOutcome(ctx, words[0])
		b.Must(err)
		expect(b, "one more", why, hold.OutcomeLimit)
		expect(b, "repeated", learn(b, words[1]).Revision, hold.MaxWords)
		expect(b, "entries", len(toldOf(b, id)), hold.MaxWords)
	})
}

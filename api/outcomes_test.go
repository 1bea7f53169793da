package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// word is what a bank says became of a payment, learnt now, with what is put in
// another's place; nil takes a key away.
func (x *bench) word(other ...any) map[string]any {
	w := map[string]any{"outcome": "fraud", "kind": "romance", "at": x.store.Clock.Now(), "source": "customer_report"}
	for i := 0; i < len(other); i += 2 {
		if w[other[i].(string)] = other[i+1]; other[i+1] == nil {
			delete(w, other[i].(string))
		}
	}
	return w
}

func (x *bench) learn(id hold.ID, word map[string]any, headers ...string) reply {
	x.t.Helper()
	return x.do("POST", "/v1/holds/"+string(id)+"/outcome", word, headers...)
}

func (x *bench) look(id hold.ID) (h client.Hold) {
	x.t.Helper()
	x.read(x.do("GET", "/v1/holds/"+string(id), nil), 200, &h)
	return h
}

// What became of a payment is said, corrected and read back, where the bank and its
// supervisors look; the rest of the hold is as it was, and no customer hears of it.
func TestOutcomeOverHTTP(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := benchOn(t, b)
		h, c := x.held("tx-1")
		before := x.look(h.Id)
		if before.OutcomeKnown != nil {
			t.Errorf("known before: %+v", before.OutcomeKnown)
		}
		var first, again, corrected client.KnownOutcome
		word := x.word()
		x.read(x.learn(h.Id, word), 200, &first)
		x.read(x.learn(h.Id, word), 200, &again)
		if again != first || first.HoldID != h.Id || first.Kind != "romance" || first.Author != "client:risk" || first.Revision != 1 {
			t.Errorf("first %+v, then %+v", first, again)
		}
		x.read(x.learn(h.Id, x.word("outcome", "genuine", "kind", nil, "source", "investigation")), 200, &corrected)
		after := x.look(h.Id)
		if after.OutcomeKnown == nil || *after.OutcomeKnown != corrected || corrected.Revision != 2 {
			t.Errorf("known %+v, want %+v", after.OutcomeKnown, corrected)
		}
		if after.OutcomeKnown = nil; !reflect.DeepEqual(after, before) {
			t.Errorf("the hold was\n%+v\nand is\n%+v", before, after)
		}
		var page client.HoldPage
		x.read(x.do("GET", "/v1/holds", nil), 200, &page)
		if len(page.Holds) != 1 || page.Holds[0].OutcomeKnown == nil {
			t.Errorf("listed %+v", page)
		}
		var story client.Story
		x.read(x.as("sam", "supervisor", "GET", "/v1/supervision/holds/"+string(h.Id), nil), 200, &story)
		if story.Hold.OutcomeKnown == nil || *story.Hold.OutcomeKnown != corrected || story.Trail != "verified" {
			t.Errorf("story %+v, %s", story.Hold.OutcomeKnown, story.Trail)
		}
		token := x.token("lin")
		for _, path := range []string{"/v1/app/challenges", "/v1/app/log"} {
			if r := x.do("GET", path, nil, by(token)...); r.status != 200 || bytes.Contains(r.body, []byte("romance")) ||
				bytes.Contains(r.body, []byte("genuine")) {
				t.Errorf("%s: %d %s", path, r.status, r.body)
			}
		}
		x.read(x.answer(token, c.ID, x.sign(x.old, c, hold.Approve)), 200, nil) // it can still be answered
	})
}

// Another client's hold is as if there were none, whoever asks by whatever name; a key
// without the scope is told of that.
func TestOutcomeOfAnothersHold(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	h, _ := x.held("tx-1")
	other := by(x.newKey("other", "outcomes:write"))
	theirs, none := x.learn(h.Id, x.word(), other...), x.learn(hold.ID(store.NewID("hold")), x.word(), other...)
	if theirs.status != 404 || none.status != 404 || string(theirs.body) != string(none.body) {
		t.Errorf("another's: %d %s; none: %d %s", theirs.status, theirs.body, none.status, none.body)
	}
	for _, name := range []string{"hold_id", "transaction_id"} {
		line := x.word(name, map[string]any{"hold_id": h.Id, "transaction_id": "tx-1"}[name])
		if res := x.learnMany(other, line); res[0].Status != 404 || res[0].OutcomeKnown != nil || res[0].Problem.Code != "not_found" {
			t.Errorf("by %s: %+v", name, res[0])
		}
	}
	if k := x.look(h.Id).OutcomeKnown; k != nil {
		t.Errorf("another client said %+v", k)
	}
	if r := x.learn(h.Id, x.word(), by(x.newKey("risk", "holds:write", "holds:amend", "holds:override"))...); r.status != 403 ||
		r.code() != "scope_missing" {
		t.Errorf("without the scope: %d %s", r.status, r.body)
	}
	x.read(x.learn(h.Id, x.word(), by(x.newKey("risk", "outcomes:write"))...), 200, nil)
}

// What cannot be true, or is no code, is refused by name, echoes nothing and is
// nowhere on record.
func TestBadOutcomes(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	h, _ := x.held("tx-1")
	now := x.store.Clock.Now()
	const iban, card = "de02120300000000202051", "4111111111111111"
	for name, c := range map[string]struct {
		word        map[string]any
		status      int
		code, field string
	}{
		"in the future":         {x.word("at", now.Add(time.Microsecond)), 422, "outcome_time_invalid", "/at"},
		"before it was held":    {x.word("at", now.Add(-time.Microsecond)), 422, "outcome_time_invalid", "/at"},
		"no time":               {x.word("at", nil), 400, "field_invalid", "/at"},
		"no outcome":            {x.word("outcome", nil), 400, "field_invalid", "/outcome"},
		"a decision's outcome":  {x.word("outcome", "release"), 400, "field_invalid", "/outcome"},
		"no source":             {x.word("source", nil), 400, "field_invalid", "/source"},
		"another source":        {x.word("source", "rumour"), 400, "field_invalid", "/source"},
		"a kind of the genuine": {x.word("outcome", "genuine"), 400, "field_invalid", "/kind"},
		"a kind of the unknown": {x.word("outcome", "unknown"), 400, "field_invalid", "/kind"},
		"no kind":               {x.word("kind", ""), 400, "field_invalid", "/kind"},
		"a long kind":           {x.word("kind", strings.Repeat("k", 65)), 400, "field_invalid", "/kind"},
		"free text":             {x.word("kind", "He said Anna rang."), 400, "field_invalid", "/kind"},
		"an account":            {x.word("kind", iban), 400, "field_invalid", "/kind"},
		"a card":                {x.word("kind", card), 400, "field_invalid", "/kind"},
		"a note":                {x.word("note", iban), 400, "field_invalid", "/note"},
	} {
		t.Run(name, func(t *testing.T) {
			var p client.Problem
			x.read(x.learn(h.Id, c.word), c.status, &p)
			if p.Code != c.code || p.Field != c.field {
				t.Errorf("%s %s, want %s %s", p.Code, p.Field, c.code, c.field)
			}
			c.word["hold_id"] = h.Id
			if res := x.learnMany(nil, c.word)[0]; res.Status != c.status || res.Problem.Code != c.code || res.Problem.Field != c.field {
				t.Errorf("as a line: %+v", res)
			}
			if b, _ := json.Marshal(p); bytes.Contains(b, []byte(iban)) || bytes.Contains(b, []byte(card)) || bytes.Contains(b, []byte("Anna")) {
				t.Errorf("it repeats what was refused: %s", b)
			}
		})
	}
	chain, _, err := x.store.Chain(t.Context(), string(h.Id))
	x.store.Must(err)
	for _, kept := range chain {
		if bytes.Contains(kept.Bytes, []byte("outcome_learnt")) {
			t.Errorf("on record: %s", kept.Bytes)
		}
	}
	for _, kind := range []string{"a", "_", "419", "app_fraud_2026", strings.Repeat("k", 64)} {
		x.read(x.learn(h.Id, x.word("kind", kind)), 200, nil)
	}
}

// learnMany sends a batch and gives its results.
func (x *bench) learnMany(key []string, lines ...any) (results []gen.OutcomeResult) {
	x.t.Helper()
	var body strings.Builder
	for _, l := range lines {
		b, is := l.(string)
		if !is {
			raw, err := json.Marshal(l)
			x.store.Must(err)
			b = string(raw)
		}
		body.WriteString(b + "\n")
	}
	r := x.do("POST", "/v1/outcomes/batch", body.String(), append(key, "Content-Type", "application/x-ndjson")...)
	if r.status != 200 {
		x.t.Fatalf("%d %s", r.status, r.body)
	}
	for line := range strings.Lines(string(r.body)) {
		var res gen.OutcomeResult
		x.store.Must(json.Unmarshal([]byte(line), &res))
		results = append(results, res)
	}
	if len(results) != len(lines) {
		x.t.Fatalf("%d results of %d lines", len(results), len(lines))
	}
	return results
}

// Each line has its own result, in order; a bad one hinders no other, and of two about
// one hold the later stands. Sent again, what each hold has is as it was.
func TestOutcomeBatch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := benchOn(t, b)
		first, _ := x.held("tx-1")
		second, _ := x.held("tx-2")
		lines := []any{
			x.word("hold_id", first.Id),
			"rubbish",
			x.word("transaction_id", "tx-2", "outcome", "unknown", "kind", nil),
			x.word(),
			x.word("hold_id", first.Id, "transaction_id", "tx-1"),
			x.word("transaction_id", "tx-9"),
			x.word("transaction_id", "tx-2", "at", x.store.Clock.Now().Add(time.Second)),
			x.word("transaction_id", "tx-1", "source", "police"),
			`{"transaction_id":"` + strings.Repeat("x", 65<<10) + `"}`,
			x.word("hold_id", second.Id, "source", "recall"),
		}
		const want = "200 400 200 400 /hold_id 400 /hold_id 404 422 /at 200 413 200"
		for range 2 {
			var got []string
			for i, res := range x.learnMany(nil, lines...) {
				if got = append(got, fmt.Sprint(res.Status)); res.Problem != nil && res.Problem.Field != "" {
					got = append(got, res.Problem.Field)
				}
				if res.Line != i+1 || (res.OutcomeKnown != nil) != (res.Status == 200) || (res.Problem == nil) != (res.Status == 200) {
					t.Errorf("line %d: %+v", i+1, res)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("results %v, want %s", got, want)
			}
			one, two := x.look(first.Id).OutcomeKnown, x.look(second.Id).OutcomeKnown
			if one.Source != hold.SourcePolice || two.Outcome != hold.AftermathFraud || two.Source != hold.SourceRecall {
				t.Errorf("known %+v and %+v", one, two)
			}
		}
	})
}

// A batch has the bounds of the holds' one.
func TestOutcomeBatchIsBounded(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	for name, c := range map[string]struct {
		body, kind, code string
	}{
		"lines":        {strings.Repeat("\n", 10_000) + "{}", "application/x-ndjson", "body_too_large"},
		"bytes":        {strings.Repeat("x", 8<<20+1), "application/x-ndjson", "body_too_large"},
		"content type": {"{}", "application/json", "content_type_unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := x.do("POST", "/v1/outcomes/batch", c.body, "Content-Type", c.kind); r.code() != c.code {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
}

// A client's batches come one after the other, so that the last word stands; neither
// another's nor its holds wait for them.
func TestOutcomeBatchesTakeTurns(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	const path = "/v1/outcomes/batch"
	slow := x.newKey("risk", "outcomes:write")
	if line, err := x.send("POST", path, slow).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatal(line, err)
	}
	if !tooMany(t, x.send("POST", path, slow)) {
		t.Error("a second batch is taken beside the first")
	}
	if res := x.learnMany(by(x.newKey("other", "outcomes:write")), "{}"); res[0].Status != 400 {
		t.Errorf("another's: %+v", res[0])
	}
	if r := x.do("POST", "/v1/holds/batch", "{}", "Content-Type", "application/x-ndjson"); r.status != 200 {
		t.Errorf("its holds: %d %s", r.status, r.body)
	}
}

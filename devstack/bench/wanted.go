package bench

import (
	"context"
	"fmt"
)

// Wanted is a figure of the bench: what is measured against what, and the ratio
// that is wanted.
type Wanted struct {
	ID      string // row, and which of its figures
	Row     string
	Measure string
	Against string
	AtLeast bool // or else at most
	Bound   float64
	// Held is what make bench-check holds it to where the wanted bound is out of reach:
	// docs/performance.md says by what. 0: to the wanted one.
	Held float64
}

// wanted is the one table of what Holdfast is held to. `make bench-check` fails
// where a median falls short.
var wanted = []Wanted{
	{"1 CPU", "1", "a hold's whole life: posted, asked over a socket, answered, the ledger told; by CPU",
		"V1: start, signal, complete", true, .7, 0},
	{"1 rate", "1", "the same, by rate", "V1", true, .7, 0},
	{"1w CPU", "1w", "the same, by CPU", "V1w: the workflow that is signalled once it waits", true, 1.1, 0},
	{"2 CPU", "2", "the same, by CPU", "V6s: the customary shape, same rows", true, 3.5, 3},
	{"1 CPU SQLite", "1", "row 1 on SQLite, by CPU", "V1", true, .7, 0},
	{"1 rate SQLite", "1", "row 1 on SQLite, by rate", "V1", true, .7, 0},
	{"1w CPU SQLite", "1w", "row 1w on SQLite, by CPU", "V1w", true, 1.1, 1},
	{"asleep CPU", "asleep", "a hold's whole life with a phone that sleeps: posted, woken over HTTP, fetched, answered; by CPU", "V1",
		true, .5, 0},
	{"3", "3", "answer to ledger, p50", "bare signal to completion", false, 1, 1.2},
	{"3 start", "3", "the same", "bare signal with start to completion", false, 1, 0},
	{"3a", "3a", "202 to the question on the phone, p50", "one commit and one NOTIFY", false, 3, 0},
	{"4", "4", "POST /v1/holds, 32 connections, by rate", "the same rows by single INSERTs, a transaction a hold", true, .5, 0},
	{"5", "5", "batch, lines a second", "COPY of the same rows", true, .25, 0},
	{"6", "6", "acknowledgement of an answer, p99, 100 in flight", "the same statements through pgx", false, 1.5, 0},
	{"7 heap", "7", "memory of an idle socket: heap and stacks", "a minimal echo server", false, 1.15, 0},
	{"7 RSS", "7", "memory of an idle socket: resident", "a minimal echo server", false, 1.15, 0},
	{"7 CPU", "7", "10,000 idle sockets, part of a core", "5 % of a core", false, 1, 0},
	{"8", "8", "one question to each socket: the last one, from the last 202", "the echo server, same bytes to each", false, 1.5, 0},
	{"9", "9", "a claim with 100,000 waiting, p99", "with 1,000", false, 1.2, 0},
	{"9 skills", "9", "a claim past 100,000 whose skill nobody has, p99", "with 1,000", false, 1.2, 0},
	{"10", "10", "a hold's cost with 100,000 open holds and workflows, by CPU", "with 1,000", false, 1.1, 0},
	{"12", "12", "20 times the sustainable rate: answers to open questions, answer to ledger, p99", "2 s", false, 1, 0},
	{"12 lost", "12", "the same: accepted holds and answers that were lost", "1", false, 0, 0},
	{"12 memory", "12", "the same: Holdfast's memory at its most", "twice that of before", false, 1, 0},
	{"13", "13", "the demo, 300 holds", "its people's own delays", false, 1.3, 0},
}

// row is something that runs by itself and gives figures.
type row struct {
	ids  []string // of rows that it measures
	what string
	run  func(b *Bench, ctx context.Context) error
}

// table gives the rows in the order of running.
func table() []row {
	return []row{
		{[]string{"1", "1w", "2"}, "a hold's whole life", (*Bench).life},
		{[]string{"asleep"}, "a hold's life with a phone that sleeps", (*Bench).asleep},
		{[]string{"3", "3a"}, "delays, one hold at a time", (*Bench).delays},
		{[]string{"4", "5"}, "intake", (*Bench).intake},
		{[]string{"6"}, "acknowledgements", (*Bench).acknowledgements},
		{[]string{"9"}, "claims", (*Bench).claims},
		{[]string{"7", "8"}, "sockets", (*Bench).sockets},
		{[]string{"12"}, "a burst", (*Bench).burst},
		{[]string{"13"}, "the demo", (*Bench).demo},
		{[]string{"10"}, "many open holds", (*Bench).open},
	}
}

// wantedOf finds a figure in the table, and says where it stands there.
func wantedOf(id string) (Wanted, int, error) {
	for i, w := range wanted {
		if w.ID == id {
			return w, i, nil
		}
	}
	return Wanted{}, 0, fmt.Errorf("the table of what is wanted has no %q", id)
}

// Met tells whether a ratio is what is wanted.
func (w Wanted) Met(ratio float64) bool {
	if w.AtLeast {
		return ratio >= w.Bound
	}
	return ratio <= w.Bound
}

// Holds tells whether a ratio is what bench-check holds it to.
func (w Wanted) Holds(ratio float64) bool {
	if w.Held != 0 {
		w.Bound = w.Held
	}
	return w.Met(ratio)
}

// HeldTo is that bound, for tables; empty: the wanted one.
func (w Wanted) HeldTo() string {
	if w.Held == 0 {
		return ""
	}
	w.Bound = w.Held
	return w.String()
}

// String is the bound, for tables.
func (w Wanted) String() string {
	if w.AtLeast {
		return fmt.Sprintf("≥ %g", w.Bound)
	}
	return fmt.Sprintf("≤ %g", w.Bound)
}

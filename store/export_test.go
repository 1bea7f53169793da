package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
)

// Parameters reads what a connection of the store has its parameters at.
func Parameters(t *testing.T, dsn string, into map[string]*string) error {
	t.Helper()
	s, err := Open(context.Background(), dsn, Options{})
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // a test's own
	for name, to := range into {
		if err := s.get(context.Background(), to, "SHOW "+name); err != nil {
			return err
		}
	}
	return nil
}

// ProposeRecall proposes the recall of a hold, as somebody does who looks at it.
func (s *Store) ProposeRecall(ctx context.Context, id hold.ID, source hold.RecallSource, verdict, actor string) error {
	return s.update(ctx, func(t *tx) error {
		l, err := t.fetch(id)
		if err != nil {
			return err
		}
		return t.proposeRecall(&l, source, verdict, actor)
	})
}

// CloseTwice closes a hold's first question twice, as somebody does who knows that it is
// open.
func (s *Store) CloseTwice(ctx context.Context, id hold.ID) error {
	return s.update(ctx, func(t *tx) error {
		t.fresh = true
		l, err := t.fetch(id)
		if err != nil {
			return err
		}
		return errors.Join(t.closeChallenge(l.Challenges[0], hold.Cancelled, "once", l.Now),
			t.closeChallenge(l.Challenges[0], hold.Cancelled, "twice", l.Now))
	})
}

// KeepPace is how many holds a verdict is brought to at once.
var KeepPace = keepPace

// CarryAgain is when a verdict is carried once more.
const CarryAgain = carryAgain

// BestCases is the statement that finds the n best cases for an agent, with its
// arguments put in.
func (s *Store) BestCases(a queue.Agent, by By, n int) (string, error) {
	q, args, err := (&tx{s: s}).best(claimableBy(a, by, 1, true), n)
	return filled(q, args...), err
}

// WarningsQuery is the statement that counts what warnings came to, likewise.
func WarningsQuery(from, to, now hold.Instant) string { return filled(warned, now, now, from, to, 100) }

// PublicHitsQuery is the statement by which a customer's question is looked up, likewise.
func PublicHitsQuery(digests []counterparties.Digest, now hold.Instant) string {
	st := publicHits(nil, digests, now)
	return filled(st.text, st.args...)
}

// LookPublic is the look of a customer's question, without its count.
func (s *Store) LookPublic(digests []counterparties.Digest, now hold.Instant) error {
	var said []counterparties.Hit
	return s.reads(context.Background(), publicHits(&said, digests, now))
}

func filled(q string, args ...any) string {
	for _, arg := range args {
		text := "'" + fmt.Sprint(arg) + "'"
		switch v := arg.(type) {
		case hold.Instant:
			text = strconv.FormatInt(int64(v), 10)
		case int:
			text = strconv.Itoa(v)
		}
		q = strings.Replace(q, "?", text, 1)
	}
	return q
}

// Leaves tells whether rows of a table leave with a hold.
func Leaves(table string) bool {
	for _, d := range goes {
		if strings.HasPrefix(d.text, "DELETE FROM "+table+" ") {
			return true
		}
	}
	return false
}

// Turns are a pool's, without the pool.
type Turns struct{ turns }

// NewTurns gives turns at so many connections.
func NewTurns(n int) Turns { return Turns{make(turns, n)} }

func (t Turns) Wait(ctx context.Context) error { return t.wait(ctx) }
func (t Turns) End()                           { t.end() }

// Structs are what rows of a table are read into with all their columns.
var Structs = map[string]any{
	"agents": queue.Agent{}, "api_keys": Key{}, "approvals": queue.Approval{}, "calls": queue.Call{}, "cases": queue.Case{},
	"challenges": hold.Challenge{}, "complaints": queue.Complaint{}, "contacts": ContactRow{}, "console_sessions": ConsoleSession{},
	"customers": hold.Customer{}, "devices": hold.Device{},
	"emergencies": Emergency{}, "holds": holdRow{}, "interviews": KeptInterview{}, "links": linkRow{}, "locks": lockRow{},
	"outcomes": hold.KnownOutcome{}, "payee_lists": PayeeList{},
	"payee_proposals": queue.Proposal{}, "payee_verdicts": queue.Verdict{},
	"recall_requests": hold.Recall{}, "referrals": queue.Referral{}, "reservations": reservationRow{},
	"sessions": Session{}, "tasks": queue.Task{}, "texts": textRow{},
}

// Unplaced are the columns that have no field of a struct.
func Unplaced(of any, columns []string) (names []string) {
	for i, at := range fields.TraversalsByName(reflect.TypeOf(of), columns) {
		if len(at) == 0 {
			names = append(names, columns[i])
		}
	}
	return names
}

// CarryTo brings a verdict to one hold alone.
func (s *Store) CarryTo(ctx context.Context, verdict string, id hold.ID) (done, recalled bool, err error) {
	var v carriage
	if err := s.get(ctx, &v, `SELECT `+carriageColumns+` FROM payee_verdicts WHERE id = ?`, verdict); err != nil {
		return false, false, err
	}
	v.rules.Channels = []hold.Channel{hold.Push, hold.Callback}
	done, recalled, topics, err := s.carryTo(ctx, v, id, 0)
	s.publish(topics)
	return done, recalled, err
}

package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/cli"
	"holdfast/devstack/ledger"
	"holdfast/devstack/temporal"
	"holdfast/hold"
	"holdfast/store"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// Check is one invariant of docs/architecture.md as this run found it.
type Check struct {
	Invariant string   `json:"invariant"`
	Looked    int      `json:"looked_at"`
	Broken    []string `json:"broken"`
}

func (c *Check) must(ok bool, format string, a ...any) {
	c.Looked++
	if !ok && len(c.Broken) < 20 {
		c.Broken = append(c.Broken, fmt.Sprintf(format, a...))
	}
}

// evidence is what database and ledger hold after a run.
type evidence struct {
	holds    map[hold.ID]hold.Hold
	answers  map[hold.ID][]answerRow
	postings map[hold.ID]ledger.Posting
	calls    map[hold.ID]called // of callbacks
	rings    map[hold.ID]int    // calls in cases about it
	trails   map[hold.ID]trail
	verdicts []verdictRow // on payees
	recalls  []recallRow
}

type answerRow struct {
	challenge hold.ChallengeID
	device    hold.DeviceID
	channel   hold.Channel
	number    string
	answer    hold.Answer
	late      string
	at        hold.Instant
}

// check looks at everything the run has left behind.
func (d *Drill) check(ctx context.Context, decided map[hold.ID]hold.Decision) ([]Check, evidence, error) {
	db, err := store.Open(ctx, d.Database, store.Options{})
	if err != nil {
		return nil, evidence{}, err
	}
	defer db.Close() //nolint:errcheck // only read
	e, err := d.gather(ctx, db)
	if err != nil {
		return nil, e, err
	}
	one := Check{Invariant: "1: one decision for every hold, ever", Broken: d.twice}
	two := Check{Invariant: "2: no release without a valid approval on record"}
	early := Check{Invariant: "2: no approval counts before its interview, its warning, or the end of its wait"}
	falls := Check{Invariant: "2: levels never fall, and after a talk or a stop a call alone releases"}
	three := Check{Invariant: "3: what was acknowledged is on record"}
	four := Check{Invariant: "4: audit and state agree, and the trail verifies"}
	eight := Check{Invariant: "8: the ledger heard one outcome of each hold, and of the payment that was sent"}
	for _, p := range d.plans {
		h, ok := e.holds[p.hold]
		three.must(ok, "%s was acknowledged and is not on record", p.hold)
		one.must(h.Decision != nil && sameDecision(*h.Decision, decided[p.hold]), "%s: record and feed differ", p.hold)
		if h.Decision == nil {
			continue
		}
		if h.Decision.Outcome == hold.Release {
			two.must(d.approved(ctx, db, h, e.answers[p.hold], e.calls[p.hold]), "%s was released without an approval that counts", p.hold)
		}
		post, ok := e.postings[p.hold]
		eight.must(ok && post.Outcome == h.Decision.Outcome && post.Conflicts == 0, "%s: decided %s, the ledger has %q with %d conflicts",
			p.hold, h.Decision.Outcome, post.Outcome, post.Conflicts)
		q := p.Payment.Request
		eight.must(post.TransactionID == q.TransactionID && post.CustomerID == q.CustomerID &&
			post.Amount == q.Amount && post.PayeeAccount == q.Payee.Account, "%s: the ledger heard of another payment than was sent", p.hold)
		t, err := readTrail(ctx, db, h.ID)
		if err != nil {
			return nil, e, err
		}
		e.trails[h.ID] = t
		t.agrees(h, &one, &four)
		t.counts(h, e.answers[h.ID], &early)
		t.tightens(h, e.answers[h.ID], &falls)
		d.attacked(p, h, &two)
	}
	d.outran(e, &two)
	standing := map[hold.ChallengeID]hold.Answer{}
	for _, as := range e.answers {
		for _, a := range as {
			if a.late == "" {
				standing[a.challenge] = a.answer
			}
		}
	}
	for id, a := range d.acks {
		three.must(standing[id] == a, "%s: %s was acknowledged, %q stands", id, a, standing[id])
	}
	two.must(d.attacks[ownDevice+"accepted"] == 0, "an attacker's device approved %d times", d.attacks[ownDevice+"accepted"])
	two.must(d.attacks[string(SIMSwap)+": codes received"] == 0, "a SIM swapped two days ago got %d codes",
		d.attacks[string(SIMSwap)+": codes received"])
	two.must(d.attacks["unsigned replies: 200"] == 0, "%d unsigned replies were taken", d.attacks["unsigned replies: 200"])
	two.must(d.attacks["second person is the first: approved"] == 0, "one person was two %d times",
		d.attacks["second person is the first: approved"])
	report, err := cli.VerifyAudit(ctx, db, "", func(int, int) {})
	if err != nil {
		return nil, e, err
	}
	four.Looked += report.Entries
	for _, f := range report.Faults {
		four.must(false, "%s", f)
	}
	flow, err := d.workflows(ctx, len(d.plans))
	return append([]Check{one, two, d.played(), early, falls, three, four, eight, flow}, d.judged(e)...), e, err
}

// sameDecision leaves out what may come after a decision: a wish to have the
// money back.
func sameDecision(a, b hold.Decision) bool {
	a.RecallAt, b.RecallAt = 0, 0
	return a == b
}

func (d *Drill) gather(ctx context.Context, db *store.Store) (e evidence, err error) {
	e = evidence{holds: map[hold.ID]hold.Hold{}, answers: map[hold.ID][]answerRow{}, rings: map[hold.ID]int{}, trails: map[hold.ID]trail{}}
	var ids []hold.ID
	for _, p := range d.plans {
		ids = append(ids, p.hold)
	}
	for len(ids) > 0 {
		n := min(len(ids), 200)
		hs, err := db.HoldsByID(ctx, ids[:n])
		if err != nil {
			return e, err
		}
		for _, h := range hs {
			e.holds[h.ID] = h
		}
		ids = ids[n:]
	}
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(d.Database, "sqlite:")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return e, err
	}
	defer raw.Close() //nolint:errcheck // only read
	rows, err := raw.QueryContext(ctx, `SELECT c.hold_id, a.challenge_id, a.device_id, c.channel, c.number_id, a.answer, a.late, a.at
		FROM answers a JOIN challenges c ON c.id = a.challenge_id`)
	if err != nil {
		return e, err
	}
	defer rows.Close() //nolint:errcheck // read to its end
	for rows.Next() {
		var id hold.ID
		var a answerRow
		if err := rows.Scan(&id, &a.challenge, &a.device, &a.channel, &a.number, &a.answer, &a.late, &a.at); err != nil {
			return e, err
		}
		e.answers[id] = append(e.answers[id], a)
	}
	if err := rows.Err(); err != nil {
		return e, err
	}
	if err := errors.Join(e.readCalls(ctx, raw), e.readRings(ctx, raw), e.readJudged(ctx, raw)); err != nil {
		return e, err
	}
	e.postings, err = ledger.Postings(ctx, d.LedgerFile)
	return e, err
}

func (e *evidence) readCalls(ctx context.Context, raw *sql.DB) error {
	e.calls = map[hold.ID]called{}
	rows, err := raw.QueryContext(ctx, evidenceOfCalls)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to its end
	for rows.Next() {
		var challenge, id string
		var us int64
		var c called
		if err := rows.Scan(&challenge, &id, &us, &c.seconds, &c.confirmed); err != nil {
			return err
		}
		c.connected = time.Duration(us) * time.Microsecond
		if had := e.calls[hold.ID(id)]; had.confirmed > c.confirmed { // of a face check and a call, the one that counted
			c = had
		}
		e.calls[hold.ID(id)] = c
	}
	return rows.Err()
}

// attacked looks whether an attack decided what it must not.
func (d *Drill) attacked(p *plan, h hold.Hold, two *Check) {
	switch p.Behaviour {
	case FaceThief:
		two.must(h.Decision.Outcome == hold.Reverse, "%s (%s) was released to somebody else's face", p.hold, p.Behaviour)
	case SIMSwap, Forger, Pumped:
		two.must(h.Decision.Outcome == hold.Reverse && h.Decision.Reason != hold.ReasonRefused, "%s (%s) was decided by the attack: %s for %s",
			p.hold, p.Behaviour, h.Decision.Outcome, h.Decision.Reason)
	}
}

// approved tells whether a release stands on an approval in time by a device
// that may approve, or by a code that went to a number old enough about an
// amount below the ceiling, or on a talk with an agent, which alone releases a
// scam.
func (d *Drill) approved(ctx context.Context, db *store.Store, h hold.Hold, answers []answerRow, talk called) bool {
	c, err := db.Customer(ctx, h.Request.CustomerID)
	if err != nil {
		return false
	}
	for _, a := range answers {
		if a.answer != hold.Approve || a.late != "" {
			continue
		}
		if a.channel == hold.Callback {
			return talk.spoken(h)
		}
		if h.Terms.Scam {
			continue
		}
		if a.channel == hold.FaceLink {
			return talk.seen(h)
		}
		if a.channel == hold.SMS {
			q := h.Request
			for _, ph := range c.Phones {
				if ph.ID == a.number && ph.Since.Add(time.Duration(h.Terms.MinContactAge)) <= h.AcceptedAt &&
					q.Amount.Minor <= h.Terms.SMS.Ceilings[q.Amount.Currency] {
					return true
				}
			}
			continue
		}
		for _, dev := range c.Devices {
			if dev.ID == a.device && hold.MayApprove(h, dev) == "" {
				return true
			}
		}
	}
	return false
}

// workflows asks Temporal: every hold's workflow has completed.
func (d *Drill) workflows(ctx context.Context, want int) (Check, error) {
	c := Check{Invariant: "1: every workflow has completed", Looked: want}
	t, err := client.Dial(client.Options{HostPort: d.Temporal, Namespace: temporal.Namespace, Logger: quiet{}})
	if err != nil {
		return c, err
	}
	defer t.Close()
	var left int64
	for try := 0; try < 60; try++ { // Temporal's index follows after a while
		res, err := t.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: temporal.Namespace,
			Query: `WorkflowType = "Hold" AND ExecutionStatus != "Completed"`})
		if err != nil {
			return c, err
		}
		if left = res.Count; left == 0 {
			break
		}
		pause(ctx, 500*time.Millisecond)
	}
	c.must(left == 0, "%d workflows have not completed", left)
	return c, nil
}

type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

package drill

import (
	"context"
	"database/sql"
	"slices"

	"holdfast/hold"
)

// verdictRow is a verdict on a payee as the database has it.
type verdictRow struct {
	id, payee, kind, status, first, second string
	agreed, ended                          hold.Instant
}

// recallRow is a recall as the database has it, with the sum of what the bank reported.
type recallRow struct {
	hold                     hold.ID
	status, decidedBy        string
	amount, returned, report int64
}

func (e *evidence) readJudged(ctx context.Context, raw *sql.DB) error {
	const verdicts = `SELECT id, payee_id, kind, status, first, second, closed_at, ended_at FROM payee_verdicts`
	err := each(ctx, raw, verdicts, func(scan scanner) error {
		var v verdictRow
		err := scan(&v.id, &v.payee, &v.kind, &v.status, &v.first, &v.second, &v.agreed, &v.ended)
		e.verdicts = append(e.verdicts, v)
		return err
	})
	if err != nil {
		return err
	}
	return each(ctx, raw, `SELECT r.hold_id, r.status, r.decided_by, r.amount_minor, r.returned_minor,
		COALESCE((SELECT SUM(p.minor) FROM recall_reports p WHERE p.recall_id = r.id), 0) FROM recall_requests r`, func(scan scanner) error {
		var r recallRow
		err := scan(&r.hold, &r.status, &r.decidedBy, &r.amount, &r.returned, &r.report)
		e.recalls = append(e.recalls, r)
		return err
	})
}

type scanner func(into ...any) error

// each gives the rows of a query, one after the other.
func each(ctx context.Context, raw *sql.DB, query string, row func(scanner) error) error {
	rows, err := raw.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to its end
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// judged looks at what came of verdicts and recalls.
func (d *Drill) judged(e evidence) []Check {
	two := Check{
		Invariant: "2: each verdict on a payee is two people's, marks nothing but what is paid to it, and is no more told than a block"}
	after := Check{Invariant: "2: after a verdict on its payee a payment is released by a call and two people alone"}
	back := Check{Invariant: "2: money is asked for again by a person's word, of what was released, and no more comes back than was paid"}
	for _, v := range e.verdicts {
		two.must(v.twoPeople(), "%s is %s by %q and %q", v.id, v.status, v.first, v.second)
	}
	two.must(d.attacks[oneAsTwo+"approved"] == 0, "one person was both of a verdict %d times", d.attacks[oneAsTwo+"approved"])
	d.recalls.learnt(&two)
	d.contactsHeld(&two)
	for _, p := range d.plans {
		if h := e.holds[p.hold]; h.Decision != nil {
			e.marks(h, &two)
			e.afterVerdict(h, &after)
		}
	}
	for _, r := range e.recalls {
		e.cameBack(r, &back)
	}
	return []Check{two, after, back}
}

// twoPeople tells whether what is said of a payee was said by two, or is only asked for.
func (v verdictRow) twoPeople() bool {
	switch v.status {
	case "asked", "void":
		return v.first != ""
	}
	return v.first != "" && v.second != "" && v.first != v.second
}

// agreedTo tells whether a verdict of a kind was ever in force.
func (v verdictRow) agreedTo(kind string) bool {
	return v.kind == kind && (v.status == "in_force" || v.status == "ended")
}

// marks holds each mark of a verdict in a hold's trail against the verdicts there are:
// reports alone mark nothing.
func (e evidence) marks(h hold.Hold, two *Check) {
	for _, s := range e.trails[h.ID] {
		if s.kind != "hold.payee_verdict" {
			continue
		}
		i := slices.IndexFunc(e.verdicts, func(v verdictRow) bool { return v.id == s.VerdictID })
		two.must(i >= 0 && e.verdicts[i].agreedTo(s.Verdict) && e.verdicts[i].payee == h.PayeeID && s.at >= e.verdicts[i].agreed,
			"%s has the mark of %s, which nobody agreed to or which is of another payee", h.ID, s.VerdictID)
	}
}

// afterVerdict holds a release against the verdicts that were in force on its payee, and
// against the marks in its own trail.
func (e evidence) afterVerdict(h hold.Hold, after *Check) {
	if h.Decision.Outcome != hold.Release {
		return
	}
	judged := e.trails[h.ID].until(h.Decision.DecidedAt).marked()
	for _, v := range e.verdicts {
		judged = judged || v.agreedTo("mule") && v.payee == h.PayeeID && h.Decision.DecidedAt > v.agreed &&
			(v.ended == 0 || h.Decision.DecidedAt < v.ended)
	}
	if judged {
		after.must(e.calls[h.ID].byTwo(), "%s was released after the verdict on its payee, and not by a call and two people", h.ID)
	}
}

// cameBack holds a recall against its payment.
func (e evidence) cameBack(r recallRow, back *Check) {
	h := e.holds[r.hold]
	if h.Decision == nil { // of another run
		return
	}
	back.must(h.Decision.Outcome == hold.Release && r.amount == h.Request.Amount.Minor, "%s: a recall of %d, and the decision was %s of %d",
		r.hold, r.amount, h.Decision.Outcome, h.Request.Amount.Minor)
	back.must(r.returned <= r.amount && r.returned == r.report, "%s: %d is back of %d, and the bank reported %d", r.hold, r.returned, r.amount,
		r.report)
	back.must(r.status == "proposed" || r.decidedBy != "", "%s: a recall is %s, and nobody confirmed it", r.hold, r.status)
}

// byTwo tells whether a call that lasted was confirmed, and by a second person.
func (c called) byTwo() bool {
	return c.confirmed == 1 && c.seconds == 1 && c.connected >= hold.MinConnected
}

// marked tells whether a verdict has come to a hold and was not lifted.
func (t trail) marked() (is bool) {
	for _, s := range t {
		switch s.kind {
		case "hold.payee_verdict":
			is = true
		case "hold.payee_cleared":
			is = false
		}
	}
	return is
}

// verdictCame is when the first verdict on its payee came to a hold.
func (t trail) verdictCame() (at hold.Instant, came bool) {
	for _, s := range t {
		if s.kind == "hold.payee_verdict" {
			return s.at, true
		}
	}
	return 0, false
}

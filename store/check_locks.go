package store

import (
	"slices"
	"strings"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/protection"
)

// guard is what a customer's payments have to pass: their locks, in force and coming, and
// what their last days have been counted for.
type guard struct {
	records []protection.Record
	spent   []spent
}

// spent is what was paid, waits or is reserved on a customer's day.
type spent struct {
	Day      string    `db:"day"`
	Kind     hold.Kind `db:"-"`
	Currency string    `db:"currency"`
	Tx       string    `db:"tx"`   // of one that was asked for by its transaction
	Held     bool      `db:"held"` // by holds; else by reservations
	Minor    int64     `db:"minor"`
}

// guardRow is a row of a lock, or, without an id, a sum.
type guardRow struct {
	lockRow
	spent
}

// guardsOf reads, in one statement, the locks of customers and what is counted of their
// last two days: reservations that were booked or have not lapsed, and holds, but for what
// was reversed. Those of txs are told apart.
func (t *tx) guardsOf(rows *[]guardRow, who, txs []string) statement {
	now, args := `SELECT CAST(? AS BIGINT) AS now`, []any{hold.Instant(0)}
	if t.s.clock != nil {
		args[0] = t.s.clock()
	} else {
		now, args = t.s.clockText()+` AS now`, nil
	}
	day := `to_char(to_timestamp(now / 1000000 - 172800) AT TIME ZONE 'UTC', 'YYYY-MM-DD')`
	if t.s.dialect == "sqlite" {
		day = `date(now / 1000000 - 172800, 'unixepoch')`
	}
	return some(rows, `WITH d AS (SELECT now, `+day+` AS day FROM (`+now+`) c)
		SELECT customer_id, id, kind, value, asked_at, from_at, '' AS day, '' AS currency, '' AS tx, FALSE AS held, 0 AS minor
		FROM locks WHERE ended_at = 0 AND customer_id IN `, args...).in(who).then(`
		UNION ALL SELECT customer_id, '', kind, '', 0, 0, day, currency, tx, held, CAST(SUM(minor) AS BIGINT) FROM (
			SELECT r.customer_id, r.kind, r.day, r.currency, r.minor, FALSE AS held, CASE WHEN r.transaction_id IN `).in(txs).then(
		` THEN r.transaction_id ELSE '' END AS tx FROM reservations r
			WHERE r.day >= (SELECT day FROM d) AND (r.status = 'booked' OR r.status = 'reserved' AND r.until_at > (SELECT now FROM d))
			AND r.customer_id IN `).in(who).then(`
			UNION ALL SELECT h.customer_id, h.count_kind, h.count_day, h.count_currency, h.count_minor, TRUE,
			CASE WHEN h.transaction_id IN `).in(txs).then(` THEN h.transaction_id ELSE '' END FROM holds h
			WHERE h.count_day <> '' AND h.count_day >= (SELECT day FROM d) AND h.status IN ('held', 'releasing', 'released')
			AND h.customer_id IN `).in(who).
		then(`) s GROUP BY customer_id, kind, day, currency, tx, held ORDER BY asked_at, id`)
}

// guards puts the rows together, by customer.
func guards(rows []guardRow) (map[hold.CustomerID]*guard, error) {
	locks, all := map[hold.CustomerID][]lockRow{}, map[hold.CustomerID]*guard{}
	for _, r := range rows {
		g := all[r.CustomerID]
		if g == nil {
			g = &guard{}
			all[r.CustomerID] = g
		}
		if r.ID == "" {
			r.spent.Kind = hold.Kind(r.lockRow.Kind)
			g.spent = append(g.spent, r.spent)
			continue
		}
		locks[r.CustomerID] = append(locks[r.CustomerID], r.lockRow)
	}
	for id, rows := range locks {
		rs, err := recordsOf(rows)
		if err != nil {
			return nil, err
		}
		all[id].records = rs
	}
	return all, nil
}

// limit is the one of locks that counts what is paid over a day; nil: none does.
func limit(locks []protection.Lock) *protection.Lock {
	for i, l := range locks {
		if l.Counts() {
			return &locks[i]
		}
	}
	return nil
}

// on sums, by kind, what is spent of a limit on a day, but for what is passed over.
func (g *guard) on(day string, l *protection.Lock, passed func(spent) bool) map[hold.Kind]int64 {
	sum := map[hold.Kind]int64{}
	for _, s := range g.spent {
		if l != nil && s.Day == day && s.Currency == l.Currency && !passed(s) {
			sum[s.Kind] += s.Minor
		}
	}
	return sum
}

// of sums what a transaction's hold counts as, or its reservations do; found: there is some.
func (g *guard) of(tx string, held bool, currency string) (minor int64, found bool) {
	for _, s := range g.spent {
		if tx != "" && s.Tx == tx && s.Held == held && s.Currency == currency {
			minor, found = minor+s.Minor, true
		}
	}
	return minor, found
}

// meets rules on a held payment, and says what it counts as. What was reserved for it
// counts no more beside it: see takeOver. before: it is a hold already, and was counted.
func (g *guard) meets(r hold.Request, c hold.Customer, home string, now hold.Instant, before bool) (m hold.Met) {
	if g == nil { // they have no locks
		return m
	}
	locks, zone := protection.InForce(g.records, now), c.Zone()
	counts, day := limit(locks), protection.DayOf(now, zone)
	takes := g.takesOver(r)
	ruling := protection.Rule(locks, protection.Payment{Kind: r.Kind, Way: protection.Way(r.Way), Amount: r.Amount,
		Country: counterparties.PaidIn(r.Kind, r.Country, r.Payee.Account, r.Payee.Country), Home: home, Device: r.Origin.DeviceID,
		PayeeSince: r.Payee.Since, At: orderedAt(r.RequestedAt, now), Zone: zone, Spent: g.on(day, counts, func(s spent) bool {
			return s.Tx == r.TransactionID && (s.Held && before || !s.Held && takes)
		})})
	switch ruling.Result {
	case protection.Locked:
		m.LockAction = hold.LockRefuses
	case protection.Asked:
		m.LockAction = hold.LockAsks
	}
	kinds := make([]string, len(ruling.By))
	for i, k := range ruling.By {
		kinds[i] = string(k)
	}
	m.Locked = strings.Join(kinds, " ")
	if counts != nil && !m.Refused() && r.Amount.Currency == counts.Currency {
		m.CountDay, m.CountKind, m.CountCurrency = day, r.Kind, r.Amount.Currency
		m.CountMinor = min(r.Amount.Minor, protection.MaxCounted)
	}
	return m
}

// takesOver tells whether a hold counts in place of what was reserved for it: that is no
// more than it is itself.
func (g *guard) takesOver(r hold.Request) bool {
	minor, found := g.of(r.TransactionID, false, r.Amount.Currency)
	return found && minor <= r.Amount.Minor
}

// takeOver has a hold count in place of what was reserved for it, and then, for the next
// line of its batch, as itself.
func (t *tx) takeOver(g *guard, h hold.Hold) {
	if g == nil || h.CountDay == "" {
		return
	}
	r := h.Request
	if g.takesOver(r) {
		t.later(`UPDATE reservations SET minor = 0 WHERE customer_id = ? AND transaction_id = ? AND currency = ?`, r.CustomerID,
			r.TransactionID, r.Amount.Currency)
		g.spent = slices.DeleteFunc(g.spent, func(s spent) bool { return s.Tx == r.TransactionID && !s.Held })
	}
	g.spent = append(g.spent, spent{Day: h.CountDay, Kind: h.CountKind, Currency: h.CountCurrency, Tx: r.TransactionID, Held: true,
		Minor: h.CountMinor})
}

// orderedAt is when a payment was ordered, by the bank's word, if that can be: in the last
// day.
func orderedAt(said, now hold.Instant) hold.Instant {
	if said > now || said < now.Add(-24*time.Hour) {
		return now
	}
	return said
}

package store

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"holdfast/hold"
)

// phonesOf reads a customer's numbers, those known longest first.
const phonesOf = `SELECT ` + phoneColumns + ` WHERE p.customer_id = ? ORDER BY p.since, n.id`

const phoneColumns = `n.id, n.number, n.country, n.prefix, n.line, n.opted_out_at, p.since, p.unusable_at
	FROM phones p JOIN numbers n ON n.id = p.number_id`

// putPhones replaces the customer's list. What is asked on a number that is
// taken off becomes undeliverable. Numbers are locked in their order.
func (t *tx) putPhones(p PutCustomer, old hold.Customer, now hold.Instant) (hold.Refusal, error) {
	if p.Phones == nil {
		return "", nil
	}
	if _, err := t.exec(`DELETE FROM phones WHERE customer_id = ?`, p.ID); err != nil {
		return "", err
	}
	phones := slices.Clone(p.Phones)
	slices.SortFunc(phones, func(a, b hold.Phone) int { return compare(a.Number, b.Number) })
	kept := map[string]bool{}
	for _, ph := range phones {
		known, unusable := hold.Instant(0), hold.Instant(0)
		if i := slices.IndexFunc(old.Phones, func(o hold.Phone) bool { return ph.Is(o.Number) }); i >= 0 {
			known, unusable = old.Phones[i].Since, old.Phones[i].UnusableAt
		}
		since, why := hold.SettledSince(ph.Since, known, now, p.MayBackdate)
		if why != "" {
			return why, nil
		}
		id, err := t.putNumber(ph)
		if err != nil {
			return "", err
		}
		if since > known { // the bank says that it is theirs, since then
			unusable = 0
		}
		kept[id] = true
		if _, err := t.exec(`INSERT INTO phones (customer_id, number_id, since, unusable_at) VALUES (?, ?, ?,
			?)`, p.ID, id, since, unusable); err != nil {
			return "", err
		}
	}
	for _, o := range old.Phones {
		if !kept[o.ID] {
			if err := t.dropNumber(p.ID, o.ID, now); err != nil {
				return "", err
			}
		}
	}
	return "", nil
}

// putNumber finds a number's id, in whichever form it is on record, or keeps a
// new one.
func (t *tx) putNumber(p hold.Phone) (id string, err error) {
	for _, form := range p.Forms {
		var known string
		switch err := t.get(&known, `SELECT number FROM numbers WHERE number = ?`, form); {
		case err == nil:
			p.Number = known
		case !errors.Is(err, ErrNotFound):
			return "", err
		}
	}
	return id, t.get(&id, `INSERT INTO numbers (id, number, country, prefix, line) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (number) DO UPDATE SET country = excluded.country, prefix = excluded.prefix, line = excluded.line RETURNING id`,
		NewID("num"), p.Number, p.Country, p.Prefix, p.Line)
}

// lockNumbers locks rows of numbers, whose ids are in order.
func (t *tx) lockNumbers(ids []string) error {
	for _, id := range ids {
		if err := t.get(new(int), `SELECT 1 FROM numbers WHERE id = ?`+t.lock("NO KEY UPDATE"), id); err != nil {
			return err
		}
	}
	return nil
}

// lockLines keeps the numbers that are new, in the order of numbers, and then locks every row
// of their lines, in the order of ids: two lists in opposite order never wait for each other.
func (t *tx) lockLines(phones ...hold.Phone) error {
	if len(phones) == 0 {
		return nil
	}
	phones = slices.Clone(phones)
	slices.SortFunc(phones, func(a, b hold.Phone) int { return compare(a.Number, b.Number) })
	var all []string
	for _, p := range phones {
		forms := append([]string{p.Number}, p.Forms...)
		known, err := t.numbersOf(forms)
		if err == nil && len(known) == 0 {
			_, err = t.putNumber(p)
		}
		if err != nil {
			return err
		}
		all = append(all, forms...)
	}
	ids, err := t.numbersOf(all)
	if err != nil {
		return err
	}
	return t.lockNumbers(ids)
}

// dropNumber ends what is asked on a number that is not the customer's any
// more.
func (t *tx) dropNumber(id hold.CustomerID, number string, now hold.Instant) error {
	var open []hold.Challenge
	if err := t.all(&open, `SELECT * FROM challenges WHERE customer_id = ? AND number_id = ? AND status = 'open' ORDER BY hold_id,
		id`, id, number); err != nil {
		return err
	}
	return t.giveUp(open, causeNumberGone, now)
}

// giveUp makes open challenges undeliverable and wakes their holds, in the
// order given: by hold.
func (t *tx) giveUp(open []hold.Challenge, cause string, now hold.Instant) error {
	for _, c := range open {
		if c.Status != hold.Open {
			continue
		}
		if err := t.closeChallenge(c, hold.Undeliverable, cause, now); err != nil {
			return err
		}
		t.count("undeliverable_" + string(c.Channel) + "_" + cause)
		t.wake(c.HoldID, now)
	}
	return nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func hours(at hold.Instant) int64 { return at.Time().Unix() / int64(time.Hour/time.Second) }

func rulesJSON(r hold.ContactRules) []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain values
	}
	return b
}

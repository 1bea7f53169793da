package store

import (
	"context"
	"slices"

	"holdfast/hold"
)

// shownChunk is how many ids one statement asks for.
const shownChunk = 500

// Shown is what the app's sockets of some customers show, and what that needs.
type Shown struct {
	Open       map[hold.CustomerID][]hold.Challenge // that wait, those asked first before the others
	Challenges map[hold.ChallengeID]hold.Challenge  // those asked about by id
	Holds      map[hold.ID]hold.Hold                // of the open challenges, and those asked about by id
	Owners     map[hold.CustomerID]hold.Customer    // without numbers, and with the devices that are in use
}

// openInApp are the open challenges c that the app shows, of customers who are not
// frozen. What follows it is a list of customers and openFirst.
const (
	openInApp = ` FROM challenges c JOIN customers u ON u.id = c.customer_id
		WHERE c.status = 'open' AND ` + inApp + ` AND u.frozen_at = 0 AND c.customer_id IN `
	openFirst = ` ORDER BY c.opened_at, c.id LIMIT 5000`
)

// Shown reads what is open for up to 1,000 customers, and what became of challenges
// and holds that are named, on Postgres in one round trip. What is unknown is left
// out.
func (s *Store) Shown(ctx context.Context, customers []hold.CustomerID, challenges []hold.ChallengeID, holds []hold.ID) (Shown, error) {
	out := Shown{map[hold.CustomerID][]hold.Challenge{}, map[hold.ChallengeID]hold.Challenge{}, map[hold.ID]hold.Hold{},
		map[hold.CustomerID]hold.Customer{}}
	if len(customers) == 0 {
		return out, nil
	}
	var open []hold.Challenge
	var asked []holdRow
	var owners []hold.Customer
	var devices []hold.Device
	who := texts(customers)
	ask := []statement{
		some(&open, `SELECT c.*`+openInApp).in(who).then(openFirst),
		some(&asked, holdRows+`WHERE h.id IN (SELECT c.hold_id`+openInApp).in(who).then(openFirst + `)`),
		some(&owners, `SELECT * FROM customers WHERE id IN `).in(who),
		some(&devices, `SELECT * FROM devices WHERE revoked_at = 0 AND customer_id IN `).in(who).then(` ORDER BY id`),
	}
	named := parts[hold.Challenge](&ask, `SELECT * FROM challenges WHERE id IN `, challenges)
	rows := parts[holdRow](&ask, holdRows+`WHERE h.id IN `, holds)
	if err := s.reads(ctx, ask...); err != nil {
		return out, err
	}
	for _, c := range open {
		out.Open[c.CustomerID] = append(out.Open[c.CustomerID], c)
	}
	for _, c := range named() {
		out.Challenges[c.ID] = c
	}
	for _, c := range owners {
		out.Owners[c.ID] = c
	}
	for _, d := range devices {
		if c, known := out.Owners[d.CustomerID]; known {
			c.Devices = append(c.Devices, d)
			out.Owners[c.ID] = c
		}
	}
	hs, err := holdsOf(append(asked, rows()...))
	for _, h := range hs {
		out.Holds[h.ID] = h
	}
	return out, err
}

// parts adds statements that end in a list, so many ids each, and gives how to read
// what they all found.
func parts[Row any, ID ~string](ask *[]statement, q string, ids []ID) (all func() []Row) {
	var found []*[]Row
	for part := range slices.Chunk(texts(ids), shownChunk) {
		rows := new([]Row)
		found = append(found, rows)
		*ask = append(*ask, some(rows, q).in(part))
	}
	return func() (all []Row) {
		for _, rows := range found {
			all = append(all, *rows...)
		}
		return all
	}
}

func texts[T ~string](ids []T) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/issuer"
	"holdfast/devstack/pages"
	"holdfast/devstack/provider"
	"holdfast/hold"
)

// HTTPStatus is the status with which the API refused.
func (r *Refused) HTTPStatus() int { return r.Status }

// front is what the stack's own pages can do: what a bank, its customers'
// network and two supervisors could.
type front struct {
	*Stack
	dir    string
	bank   *Bank
	desks  sync.Map // agents by sub
	payees sync.Map // by hold
}

func (f *front) People() (p pages.People) {
	for _, c := range Names {
		locale := "en"
		if c.Locale != "" {
			locale = c.Locale
		}
		p.Customers = append(p.Customers, pages.Customer{ID: c.ID, Name: c.Name, Number: c.Number, Locale: locale})
	}
	for _, a := range issuer.People {
		if number, ok := AgentNumbers[a.Sub]; ok {
			p.Agents = append(p.Agents, pages.Agent{Sub: a.Sub, Name: a.Name, Role: a.Role, Number: number})
		}
	}
	return p
}

func (f *front) Session(ctx context.Context, id hold.CustomerID) (string, error) {
	if _, ok := Named(id); !ok {
		return "", pages.ErrUnknown
	}
	return f.bank.Session(ctx, id)
}

// KnowDevice adds a device to those on record, known as long as the others.
func (f *front) KnowDevice(ctx context.Context, id hold.CustomerID, name string, jwk json.RawMessage) (hold.DeviceID, error) {
	who, ok := Named(id)
	if !ok {
		return "", pages.ErrUnknown
	}
	c, err := f.bank.put(ctx, who, []client.DeviceRequest{{Name: name, PublicKey: jwk, Since: hold.At(knownSince)}})
	if err != nil {
		return "", err
	}
	var newest hold.DeviceID // ids are ordered by time
	for _, d := range c.Devices {
		if d.Name == name && d.RevokedAt == 0 {
			newest = max(newest, d.Id)
		}
	}
	return newest, nil
}

func (f *front) Hold(ctx context.Context, id hold.ID) (out json.RawMessage, err error) {
	res, err := f.bank.GetHold(ctx, id, &client.GetHoldParams{})
	return out, Reply(res, err, &out)
}

// Held are a customer's holds that wait: a program's as well as the door's own.
func (f *front) Held(ctx context.Context, id hold.CustomerID) (ids []hold.ID, err error) {
	if _, ok := Named(id); !ok {
		return nil, pages.ErrUnknown
	}
	var open client.HoldPage
	res, err := f.bank.ListHolds(ctx, &client.ListHoldsParams{CustomerId: id, Status: hold.Held, Limit: 200})
	if err := Reply(res, err, &open); err != nil {
		return nil, err
	}
	for _, h := range open.Holds {
		ids = append(ids, h.Id)
	}
	slices.SortFunc(ids, func(a, b hold.ID) int { return strings.Compare(string(b), string(a)) }) // ids are ordered by time
	return ids, nil
}

// Play begins a scenario anew: what the ones before have left is cleared away.
func (f *front) Play(ctx context.Context, name string, id hold.CustomerID) ([]hold.ID, error) {
	s, known := scenarios[name]
	if _, ok := Named(id); !known || !ok {
		return nil, pages.ErrUnknown
	}
	if s.caught {
		return f.playCaught(ctx, s, id)
	}
	if err := f.prepare(ctx, s, id); err != nil {
		return nil, err
	}
	h, err := f.submit(ctx, name, s, id)
	if err != nil {
		return nil, err
	}
	return []hold.ID{h.Id}, nil
}

// prepare clears away what a customer's stories before have left, and has the world be as
// the scenario wants it.
func (f *front) prepare(ctx context.Context, s scenario, id hold.CustomerID) error {
	who, ok := Named(id)
	if !ok {
		return pages.ErrUnknown
	}
	if err := f.clear(ctx, id); err != nil {
		return fmt.Errorf("clearing away what was before: %w", err)
	}
	line := provider.Line{}
	if s.swapped {
		line.Swapped = f.Now().Add(-time.Hour)
	}
	return (provider.Handset{URL: f.Provider, Number: who.Number}).SetLine(ctx, line)
}

func (f *front) submit(ctx context.Context, name string, s scenario, id hold.CustomerID) (h client.Hold, err error) {
	req := s.request
	req.TransactionID, req.CustomerID, req.RequestedAt = fmt.Sprintf("door-%s-%d", name, f.Now().UnixNano()), id, hold.At(f.Now())
	req.Metadata = map[string]string{"scenario": name}
	if s.deadline > 0 {
		req.Deadline = hold.At(f.Now().Add(s.deadline))
	}
	res, err := f.bank.SubmitHold(ctx, &client.SubmitHoldParams{IdempotencyKey: req.TransactionID}, req)
	return h, Reply(res, err, &h)
}

// links are where everybody's page is.
func (s *Stack) links() map[string]string {
	all := map[string]string{"app": "/app", "phones": "/phone", "console": "/console", "docs": "/docs"}
	if s.UI != "" {
		all["temporal"] = s.UI
	}
	return all
}

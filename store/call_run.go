package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// BeginCall marks a call as being placed and gives it, when it is still wanted
// and the number may still be called. Otherwise it ends the call and gives nil.
func (s *Store) BeginCall(ctx context.Context, id string) (out *hold.Call, err error) {
	err = s.update(ctx, func(t *tx) error {
		c, w, err := t.fetchCall(id)
		if err != nil || c.Status != queue.CallWaiting && c.Status != queue.CallPlacing {
			return err
		}
		call, cause, err := t.goes(c, w)
		if err != nil {
			return err
		}
		if cause != "" {
			return t.endCall(c, w, queue.CallFailed, cause, 0)
		}
		call.Repeated = c.Status == queue.CallPlacing
		if !call.Repeated {
			if _, err := t.exec(`UPDATE calls SET status = 'placing', rings = rings + 1 WHERE id = ?`, id); err != nil {
				return err
			}
		}
		out = call
		return nil
	})
	return out, err
}

// fetchCall locks what a call is about, in the order of all locks, and reads it.
func (t *tx) fetchCall(id string) (c queue.Call, w *caseWork, err error) {
	if err = t.get(&c, `SELECT * FROM calls WHERE id = ?`, id); err != nil {
		return c, nil, err
	}
	l, cs, err := t.lockWork("", c.CustomerID, c.CaseID)
	if err != nil {
		return c, nil, err
	}
	w = &caseWork{customer: l.Customer, cs: cs, now: l.Now}
	if err = t.readWork(w); err != nil {
		return c, nil, err
	}
	return c, w, t.get(&c, `SELECT * FROM calls WHERE id = ?`, id)
}

// goes tells whether a call is still wanted, and who is to be called.
func (t *tx) goes(c queue.Call, w *caseWork) (*hold.Call, string, error) {
	var rules hold.ContactRules
	if err := json.Unmarshal(c.Rules, &rules); err != nil {
		return nil, "", err
	}
	_, at := queue.CallRules(w.holds, rules, w.now)
	p := w.customer.Phone(c.NumberID)
	switch cause := uncallable(p, rules, at); {
	case !w.cs.Leased(c.Agent, w.now) || w.cs.Lease != c.Lease:
		return nil, "lease_lost", nil
	case cause != "":
		return nil, cause, nil
	case w.now >= c.CreatedAt.Add(callLife):
		return nil, "too_late", nil
	}
	out := &hold.Call{ID: c.ID, CustomerID: c.CustomerID, Customer: p.Number, Locale: w.customer.Locale, Rules: rules, CreatedAt: c.CreatedAt}
	if err := t.all(&out.Known, `SELECT r.sid FROM rings r JOIN calls c ON c.id = r.call_id WHERE c.agent = ? AND c.id <> ?
		AND c.created_at > ?`, c.Agent, c.ID, w.now.Add(-time.Hour)); err != nil {
		return nil, "", err
	}
	err := t.get(&out.Agent, `SELECT n.number FROM agents a JOIN numbers n ON n.id = a.number_id WHERE a.sub = ?`, c.Agent)
	if errors.Is(err, ErrNotFound) {
		return nil, string(hold.AgentNumberMissing), nil
	}
	return out, "", err
}

// RepeatCall counts a second ring, when the first may have been lost and the
// call is still wanted. There is never a third.
func (s *Store) RepeatCall(ctx context.Context, id string) (again bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		c, w, err := t.fetchCall(id)
		if err != nil || c.Status != queue.CallPlacing || c.Rings != 1 {
			return err
		}
		_, cause, err := t.goes(c, w)
		if err != nil || cause != "" {
			return err
		}
		again = true
		_, err = t.exec(`UPDATE calls SET rings = 2 WHERE id = ?`, id)
		return err
	})
	return again, err
}

// CallUnplaced takes back a ring that surely did not happen.
func (s *Store) CallUnplaced(ctx context.Context, id string) error {
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE calls SET rings = rings - 1, status = CASE WHEN rings = 1 THEN 'waiting' ELSE 'placing' END
			WHERE id = ? AND status = 'placing' AND rings > 0`, id)
		return err
	})
}

// CallPlaced records that the provider took the call under an id of its own.
func (s *Store) CallPlaced(ctx context.Context, id, sid string) error {
	return s.update(ctx, func(t *tx) error {
		c, w, err := t.fetchCall(id)
		if err != nil {
			return err
		}
		return t.callPlaced(&c, w, sid)
	})
}

func (t *tx) callPlaced(c *queue.Call, w *caseWork, sid string) error {
	if _, err := t.exec(`INSERT INTO rings (sid, call_id) VALUES (?, ?) ON CONFLICT (sid) DO NOTHING`, sid, c.ID); err != nil {
		return err
	}
	if c.SID != "" || c.Over() {
		return nil
	}
	c.SID = sid
	if c.Status == queue.CallWaiting || c.Status == queue.CallPlacing {
		c.Status = queue.CallPlaced
	}
	if _, err := t.exec(`UPDATE calls SET sid = ?, status = ? WHERE id = ?`, sid, c.Status, c.ID); err != nil {
		return err
	}
	if err := t.touch(w); err != nil {
		return err
	}
	t.count("call_placed")
	return t.entry(w.cs.ID, "call.placed", ActorSystem, w.now, map[string]any{"call_id": c.ID, "lease": c.Lease, "rings": c.Rings})
}

// CallFailed records that a call cannot be placed.
func (s *Store) CallFailed(ctx context.Context, id, code string) error {
	return s.update(ctx, func(t *tx) error {
		c, w, err := t.fetchCall(id)
		if err != nil {
			return err
		}
		return t.endCall(c, w, queue.CallFailed, code, 0)
	})
}

func (t *tx) endCall(c queue.Call, w *caseWork, status queue.CallStatus, code string, connected time.Duration) error {
	if c.Over() {
		return nil
	}
	if _, err := t.exec(`UPDATE calls SET status = ?, code = ?, connected_us = ?, ended_at = ? WHERE id = ?`, status, code,
		connected.Microseconds(), w.now, c.ID); err != nil {
		return err
	}
	if err := t.touch(w); err != nil {
		return err
	}
	t.count("call_" + string(status))
	return t.entry(w.cs.ID, "call."+string(status), ActorSystem, w.now, map[string]any{"call_id": c.ID, "code": code,
		"connected": int(connected / time.Second)})
}

// touch tells whoever follows the case, and the customer's app, that its call
// has moved on.
func (t *tx) touch(w *caseWork) error {
	t.publish(string(w.customer.ID), TopicQueue)
	_, err := t.exec(`UPDATE cases SET updated_at = ? WHERE id = ?`, w.now, w.cs.ID)
	return err
}

// AnsweredCall is asked as the agent picks up: whom to ring now, or nil when
// nobody is to be rung any more.
func (s *Store) AnsweredCall(ctx context.Context, id, sid string) (out *hold.Call, known bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		c, w, err := t.fetchCall(id)
		if errors.Is(err, ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		known = true
		if c.SID != "" && c.SID != sid { // the second ring of one call: hang up
			return t.callPlaced(&c, w, sid)
		}
		if err := t.callPlaced(&c, w, sid); err != nil {
			return err
		}
		call, cause, err := t.goes(c, w)
		if err != nil || c.Over() || c.ConnectedAt != 0 {
			return err
		}
		if cause != "" {
			return t.endCall(c, w, queue.CallFailed, cause, 0)
		}
		out = call
		return nil
	})
	return out, known, err
}

// CallStatus records what the provider says of one leg of a call. The first end
// stands.
func (s *Store) CallStatus(ctx context.Context, id string, n hold.CallNews) (out hold.Taken, err error) {
	return s.ofCall(ctx, id, n.SID, n.Word, func(t *tx, c *queue.Call, w *caseWork) error {
		if n.Leg == hold.LegAgent {
			return t.agentLeg(c, w, n)
		}
		return t.customerLeg(c, w, n)
	})
}

// ofCall takes news of a call once.
func (s *Store) ofCall(ctx context.Context, id, sid, word string,
	take func(*tx, *queue.Call, *caseWork) error) (out hold.Taken, err error) {
	err = s.update(ctx, func(t *tx) error {
		c, w, err := t.fetchCall(id)
		if errors.Is(err, ErrNotFound) {
			out = hold.TakenUnknown
			return nil
		} else if err != nil {
			return err
		}
		if out, err = t.isNews(sid, word, w.now); err != nil || out != hold.TakenUp {
			return err
		}
		return take(t, &c, w)
	})
	return out, err
}

// CallHeard records whether the provider heard a machine answer at the
// customer's. A machine is no talk, whatever comes of the call.
func (s *Store) CallHeard(ctx context.Context, id, sid string, machine bool) (out hold.Taken, err error) {
	return s.ofCall(ctx, id, sid, "answered-by", func(t *tx, c *queue.Call, w *caseWork) error {
		if !machine {
			return nil
		}
		if _, err := t.exec(`UPDATE calls SET machine = 1 WHERE id = ?`, c.ID); err != nil {
			return err
		}
		if err := t.touch(w); err != nil {
			return err
		}
		t.count("call_machine")
		return t.entry(w.cs.ID, "call.machine", ActorSystem, w.now, map[string]any{"call_id": c.ID})
	})
}

func (t *tx) agentLeg(c *queue.Call, w *caseWork, n hold.CallNews) error {
	if err := t.callPlaced(c, w, n.SID); err != nil { // the provider has it, whatever we heard before
		return err
	}
	if !n.Event.Ends() || c.SID != n.SID {
		return nil
	}
	if c.ConnectedAt != 0 {
		return nil // the customer's own leg tells how long
	}
	return t.endCall(*c, w, queue.CallEnded, "agent_"+string(n.Event), 0)
}

func (t *tx) customerLeg(c *queue.Call, w *caseWork, n hold.CallNews) error {
	switch {
	case c.Over():
		return nil
	case n.Event == hold.CallAnswered:
		return t.callConnected(c, w, w.now)
	case n.Event == hold.CallRinging && c.ConnectedAt == 0:
		if _, err := t.exec(`UPDATE calls SET status = 'ringing' WHERE id = ?`, c.ID); err != nil {
			return err
		}
		return t.touch(w)
	case n.Event.Ends():
		if n.Event == hold.CallCompleted && c.ConnectedAt == 0 && n.Connected > 0 { // the end overtook the answer
			if err := t.callConnected(c, w, max(c.CreatedAt, w.now.Add(-n.Connected))); err != nil {
				return err
			}
		}
		connected := n.Connected
		if c.ConnectedAt == 0 {
			connected = 0 // a leg that was never answered proves nothing
		}
		return t.endCall(*c, w, queue.CallEnded, string(n.Event), connected)
	}
	return nil
}

// callConnected records that somebody at the customer's answered, at that time.
func (t *tx) callConnected(c *queue.Call, w *caseWork, at hold.Instant) error {
	if c.ConnectedAt != 0 {
		return nil
	}
	c.Status, c.ConnectedAt = queue.CallConnected, at
	if _, err := t.exec(`UPDATE calls SET status = ?, connected_at = ? WHERE id = ?`, c.Status, at, c.ID); err != nil {
		return err
	}
	if err := t.touch(w); err != nil {
		return err
	}
	return t.entry(w.cs.ID, "call.connected", ActorSystem, w.now, map[string]any{"call_id": c.ID})
}

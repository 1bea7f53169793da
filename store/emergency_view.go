package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// EmergencyOfCase is a customer's emergency as who works their case sees it.
type EmergencyOfCase struct {
	Emergency
	Hidden bool // nothing of their payments and devices is shown: they rang in, and nobody knows who it is
}

// Emergency is a customer's last, whether it stands or is over; its id is empty where there
// was none.
func (s *Store) Emergency(ctx context.Context, id hold.CustomerID) (e Emergency, err error) {
	var known int
	var es []Emergency
	if err = s.reads(ctx, one(&known, `SELECT 1 FROM customers WHERE id = ?`, id), some(&es, lastEmergency, id)); err == nil && len(es) > 0 {
		e = es[0]
	}
	return e, err
}

const lastEmergency = `SELECT * FROM emergencies WHERE customer_id = ? ORDER BY at DESC, id DESC LIMIT 1`

// EmergencyInCase is the same for who may look at the customer's case.
func (s *Store) EmergencyInCase(ctx context.Context, by By, caseID string) (v EmergencyOfCase, why hold.Refusal, err error) {
	err = s.view(ctx, func(t *tx) error {
		var c CaseView
		if why, err = t.showCase(&c, by, caseID); err != nil || why != "" {
			return err
		}
		v = EmergencyOfCase{Hidden: c.Hidden}
		if err := t.get(&v.Emergency, lastEmergency, c.CustomerID); !errors.Is(err, ErrNotFound) {
			return err
		}
		return nil
	})
	return v, why, err
}

// emergencyKept is how long one is kept after its end.
const emergencyKept = 400 * aDay

// ForgetEmergencies deletes those that ended long enough ago, and counts of FREEZE by text
// that bound nothing any more. That there was an emergency is in the trail for good.
func (s *Store) ForgetEmergencies(ctx context.Context, most int) (n int, err error) {
	err = s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		gone, err := t.exec(`DELETE FROM emergencies WHERE id IN (SELECT id FROM emergencies WHERE ended_at <> 0 AND ended_at < ?
			ORDER BY ended_at LIMIT ?)`, now.Add(-emergencyKept), most)
		if err != nil {
			return err
		}
		n = int(gone)
		_, err = t.exec(`DELETE FROM freeze_hours WHERE hour <= ?`, hours(now)-freezesOver)
		return err
	})
	return n, err
}

package store

import "holdfast/hold"

// proposeRecall proposes to call back the money of a release.
func (t *tx) proposeRecall(l *hold.Standing, source, verdictID, actor string) error {
	return t.entry(string(l.ID), "recall.proposed", actor, l.Now, map[string]any{"source": source, "verdict_id": verdictID})
}

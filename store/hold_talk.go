package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/interview"
)

// AuthorLink is who answered on the page of a face check's link: whoever holds it.
const AuthorLink = "link"

// Interview is answers to what comes before paying, by a customer or, Via agent or
// counter, as somebody took them down. Judge is pure and is called under the locks.
type Interview struct {
	CustomerID  hold.CustomerID
	ChallengeID hold.ChallengeID
	// Link stands for customer and challenge: by the link's digest, or by the cookie's of
	// the check that it began.
	Link     hold.Digest
	Via      interview.Via
	Author   string        // device:<id>, AuthorLink or agent:<sub>
	DeviceID hold.DeviceID // which signed; empty: none did
	Judge    func(h hold.Hold, c hold.Challenge, d *hold.Device, now hold.Instant) (Interviewed, hold.Refusal, error)
}

// Interviewed is what was said, as judged.
type Interviewed struct {
	interview.Ruling
	Scenario string
	Version  string // of the policy
	Said     []interview.Said
	Signals  hold.Signals
	Wait     time.Duration
}

// InterviewOutcome says what became of answers.
type InterviewOutcome string

const (
	InterviewKept    InterviewOutcome = "kept"
	InterviewAgain   InterviewOutcome = "again"        // the same was said before
	InterviewStands  InterviewOutcome = "answered"     // something else was said before, and stands
	InterviewLate    InterviewOutcome = "hold_decided" // after the decision
	InterviewRefused InterviewOutcome = "refused"      // Refusal says why
)

// InterviewResult is the outcome with what stands.
type InterviewResult struct {
	Outcome InterviewOutcome
	Refusal hold.Refusal
	Kept    KeptInterview
	Hold    hold.Hold
	Now     hold.Instant
}

// KeptInterview is one interview as it is on record.
type KeptInterview struct {
	HoldID        hold.ID          `db:"hold_id"`
	TxDigest      hold.Digest      `db:"tx_digest"`
	Via           interview.Via    `db:"via"`
	Revision      int              `db:"revision"`
	Scenario      string           `db:"scenario"`
	PolicyVersion string           `db:"policy_version"`
	Author        string           `db:"author"`
	Answers       []byte           `db:"answers"` // JSON, see Said
	Signals       []byte           `db:"signals"`
	Level         interview.Level  `db:"level"`
	Warning       string           `db:"warning"`
	Contradicted  []byte           `db:"contradicted"` // JSON: codes of questions
	AnsweredAt    hold.Instant     `db:"answered_at"`
	Locale        string           `db:"locale"`
	WarningDigest hold.Digest      `db:"warning_digest"`
	ShownSeconds  int              `db:"shown_seconds"`
	Choice        interview.Choice `db:"choice"`
	ChosenAt      hold.Instant     `db:"chosen_at"`
}

// Said are the answers.
func (k KeptInterview) Said() (said []interview.Said) {
	_ = json.Unmarshal(k.Answers, &said) // what we wrote ourselves
	return said
}

// TakeInterview keeps answers and does what follows, in one transaction. A document
// is asked about once by each; what was said first stands.
func (s *Store) TakeInterview(ctx context.Context, i Interview) (res InterviewResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, c, why, err := t.fetchTalk(i.CustomerID, i.ChallengeID, i.Link)
		if err != nil || why != "" {
			res = InterviewResult{Outcome: InterviewRefused, Refusal: why}
			return err
		}
		res, err = t.takeInterview(&l, c, i)
		res.Hold, res.Now = l.Hold, l.Now
		return err
	})
	return res, err
}

func (t *tx) takeInterview(l *hold.Standing, c *hold.Challenge, i Interview) (res InterviewResult, err error) {
	t.later(`UPDATE challenges SET attempts = attempts + 1 WHERE id = ?`, c.ID)
	said, why, err := i.Judge(l.Hold, *c, l.Customer.Device(i.DeviceID), l.Now)
	if err != nil || why != "" {
		return InterviewResult{Outcome: InterviewRefused, Refusal: why}, err
	}
	before, err := t.interviewOf(l.ID, l.TxDigest, i.Via)
	switch {
	case err != nil:
		return res, err
	case before != nil && slices.Equal(before.Said(), said.Said):
		return InterviewResult{Outcome: InterviewAgain, Kept: *before}, nil
	case before != nil:
		return InterviewResult{Outcome: InterviewStands, Kept: *before}, nil
	case l.Status.Decided():
		return InterviewResult{Outcome: InterviewLate}, nil
	}
	k, err := t.keepInterview(*l, i, said)
	if err != nil {
		return res, err
	}
	switch i.Via {
	case interview.ViaAgent:
		l.AgentInterviewedAt = l.Now
	case interview.ViaCounter:
		l.CounterInterviewedAt = l.Now
	case interview.ViaLink:
		if l.LinkInterviewedAt = l.Now; said.Level.AtLeast(interview.Warn) {
			l.LinkWarningAt = l.Now
		}
	default:
		if l.InterviewedAt = l.Now; said.Level.AtLeast(interview.Warn) {
			l.WarningAt = l.Now
		}
	}
	if i.DeviceID != "" && said.Signals != (hold.Signals{}) {
		if err := t.keepSignals(i.DeviceID, said.Signals, l.Now); err != nil {
			return res, err
		}
	}
	t.keepTalk(l.Hold)
	t.count("interview_" + string(said.Level))
	return InterviewResult{Outcome: InterviewKept, Kept: k}, t.tighten(l, said.Level, said.Wait, k.actor(), "interview")
}

// actor is in whose name what follows is done.
func (k KeptInterview) actor() string {
	if k.Via == interview.ViaCustomer || k.Via == interview.ViaLink {
		return ActorCustomer
	}
	return k.Author
}

// keepTalk puts on record who was asked and warned.
func (t *tx) keepTalk(h hold.Hold) {
	t.later(`UPDATE holds SET interviewed_at = ?, agent_interviewed_at = ?, counter_interviewed_at = ?, warning_at = ?,
		warning_passed_at = ?, link_interviewed_at = ?, link_warning_at = ?, link_warning_passed_at = ? WHERE id = ?`,
		h.InterviewedAt, h.AgentInterviewedAt, h.CounterInterviewedAt, h.WarningAt, h.WarningPassedAt, h.LinkInterviewedAt, h.LinkWarningAt,
		h.LinkWarningPassedAt, h.ID)
}

// interviewOf is what was said about a document; nil: nothing.
func (t *tx) interviewOf(id hold.ID, doc hold.Digest, via interview.Via) (*KeptInterview, error) {
	var k KeptInterview
	err := t.get(&k, `SELECT * FROM interviews WHERE hold_id = ? AND tx_digest = ? AND via = ?`, id, doc, via)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return &k, err
}

// talkedOf is what was said of a document that a hold has come to, perhaps again.
func (t *tx) talkedOf(h *hold.Hold) error {
	h.InterviewedAt, h.AgentInterviewedAt, h.CounterInterviewedAt, h.WarningAt, h.WarningPassedAt = 0, 0, 0, 0, 0
	h.LinkInterviewedAt, h.LinkWarningAt, h.LinkWarningPassedAt = 0, 0, 0
	var ks []KeptInterview
	if err := t.all(&ks, `SELECT * FROM interviews WHERE hold_id = ? AND tx_digest = ?`, h.ID, h.TxDigest); err != nil {
		return err
	}
	for _, k := range ks {
		var warned, passed hold.Instant
		if k.Level.AtLeast(interview.Warn) {
			warned = k.AnsweredAt
		}
		if k.Choice == interview.WentOn {
			passed = k.ChosenAt
		}
		switch k.Via {
		case interview.ViaAgent:
			h.AgentInterviewedAt = k.AnsweredAt
		case interview.ViaCounter:
			h.CounterInterviewedAt = k.AnsweredAt
		case interview.ViaLink:
			h.LinkInterviewedAt, h.LinkWarningAt, h.LinkWarningPassedAt = k.AnsweredAt, warned, passed
		default:
			h.InterviewedAt, h.WarningAt, h.WarningPassedAt = k.AnsweredAt, warned, passed
		}
	}
	return nil
}

func (t *tx) keepInterview(l hold.Standing, i Interview, said Interviewed) (KeptInterview, error) {
	k := KeptInterview{HoldID: l.ID, TxDigest: l.TxDigest, Via: i.Via, Revision: l.Revision, Scenario: said.Scenario,
		PolicyVersion: said.Version, Author: i.Author, Level: said.Level, Warning: said.Warning, AnsweredAt: l.Now}
	var err1, err2, err3 error
	k.Answers, err1 = json.Marshal(said.Said)
	k.Signals, err2 = json.Marshal(said.Signals)
	k.Contradicted, err3 = json.Marshal(append([]string{}, said.Contradicted...))
	if err := errors.Join(err1, err2, err3); err != nil {
		return k, err
	}
	t.later(`INSERT INTO interviews (hold_id, tx_digest, via, revision, scenario, policy_version, author, answers, signals, level, warning,
		contradicted, answered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, k.HoldID, k.TxDigest, k.Via, k.Revision, k.Scenario,
		k.PolicyVersion, k.Author, string(k.Answers), string(k.Signals), k.Level, k.Warning, string(k.Contradicted), k.AnsweredAt)
	return k, t.entry(string(l.ID), "interview.answered", k.actor(), l.Now, map[string]any{"by": i.Author, "via": i.Via,
		"scenario": k.Scenario, "policy_version": k.PolicyVersion, "answers": said.Said, "signals": said.Signals, "level": k.Level,
		"warning": k.Warning, "contradicted": said.Contradicted, "tx_digest": k.TxDigest})
}

// Interviews are what was said about a hold's document, and about those before it.
func (s *Store) Interviews(ctx context.Context, id hold.ID) (ks []KeptInterview, err error) {
	return ks, s.all(ctx, &ks, `SELECT * FROM interviews WHERE hold_id = ? ORDER BY answered_at, via`, id)
}

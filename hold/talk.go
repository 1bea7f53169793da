package hold

// Talk is what has come of talking to the customer before they pay: what was
// asked, the warning, and the wait. Whatever is in it makes a hold slower or
// stricter; none of it releases anything.
type Talk struct {
	InterviewedAt      Instant `db:"interviewed_at"`       // the customer answered what comes before paying
	WarningAt          Instant `db:"warning_at"`           // since when a warning is to be read; zero: none is
	WarningPassedAt    Instant `db:"warning_passed_at"`    // they read it, and went on
	AgentInterviewedAt Instant `db:"agent_interviewed_at"` // an agent asked the same, aloud
	// CounterInterviewedAt: a clerk did, at the counter. It stands for nobody else's.
	CounterInterviewedAt Instant `db:"counter_interviewed_at"`
	// Link…: the same of what was asked on the page of a face check's link. Whoever holds
	// the link may have answered: it counts for that check alone.
	LinkInterviewedAt   Instant `db:"link_interviewed_at"`
	LinkWarningAt       Instant `db:"link_warning_at"`
	LinkWarningPassedAt Instant `db:"link_warning_passed_at"`
	// NotBefore is the end of the wait: no approval counts before it.
	NotBefore Instant `db:"not_before"`
	// AskAnewAt is NotBefore until the customer has been asked anew after the
	// wait, and then zero. Without a wait it is when a verdict on the payee was lifted
	// while somebody was at the payment: then it is asked anew after them.
	AskAnewAt Instant `db:"ask_anew_at"`
	// NoticeAt is when the customer is to hear of the wait next; zero: never.
	NoticeAt Instant `db:"notice_at"`
	// TalkAt is since when only a call releases; zero: other ways do, too.
	TalkAt Instant `db:"talk_at"`
}

// Said is one answer of an interview, by codes.
type Said struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// MayPay says why an approval of c does not count yet; "" means that nothing of
// the interview, the warning and the wait stands against it. It is what is shown,
// and what is enforced. Refusing is always possible.
func (h Hold) MayPay(c Challenge, now Instant) Refusal {
	asked := h.Interviews(c) != ""
	switch {
	case now < h.NotBefore:
		return TooEarly
	case c.Channel == Callback:
		if asked && h.AgentInterviewedAt == 0 {
			return InterviewMissing
		}
		return ""
	case c.Channel == FaceLink && (h.AppPassed() || h.linkPassed()):
		return ""
	case c.Channel == FaceLink && h.LinkInterviewedAt != 0:
		return WarningUnread
	case asked && (h.InterviewedAt == 0 || c.Channel == FaceLink):
		return InterviewMissing
	case h.WarningAt != 0 && h.WarningPassedAt == 0: // of whatever question it came
		return WarningUnread
	}
	return ""
}

// AppPassed tells whether the customer answered what their app asked, and read what it
// warned of.
func (t Talk) AppPassed() bool {
	return t.InterviewedAt != 0 && (t.WarningAt == 0 || t.WarningPassedAt != 0)
}

func (t Talk) linkPassed() bool {
	return t.LinkInterviewedAt != 0 && (t.LinkWarningAt == 0 || t.LinkWarningPassedAt != 0)
}

// Interviews is the scenario whose questions come before c is answered by an
// approval; empty: none does.
func (h Hold) Interviews(c Challenge) string {
	if c.Revision != h.Revision || c.Rung < 0 || c.Rung >= len(h.Terms.Ladder.Rungs) {
		return ""
	}
	for _, a := range h.Terms.Ladder.Rungs[c.Rung].Asks {
		if a.Channel == c.Channel {
			return a.Interview
		}
	}
	return ""
}

// Waits tells whether the wait goes on.
func (h Hold) Waits(now Instant) bool {
	return !h.Status.Decided() && now < h.NotBefore && now < h.Deadline
}

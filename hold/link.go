package hold

import "time"

// The one-time links of a face check.
const (
	MaxLinks = 3                // of one question
	LinkLife = 10 * time.Minute // of one, at most
	FaceLife = 15 * time.Minute // from the start to the pictures
)

// QuestionLife is how long the question can be answered: as long as its proof,
// or as long as its links one after the other. Zero: until the hold is decided.
func (a Ask) QuestionLife() Duration {
	if a.Channel == FaceLink {
		return MaxLinks * a.Lifetime
	}
	return a.Lifetime
}

// MayOpenLink says why a question gets no further link after those that it had;
// "" means that it may. judged: somebody judges the pictures of one.
func (s Standing) MayOpenLink(c Challenge, had int, judged bool) Refusal {
	switch {
	case s.Late(c) != AnswerAccepted, s.Customer.FrozenAt != 0, judged:
		return LinkDead
	case s.Waits(s.Now): // what else comes before the camera, the link's page asks
		return TooEarly
	case had >= MaxLinks:
		return LinksSpent
	}
	return ""
}

// LinkLife is how long one link of a question of the hold's lives.
func (s Standing) LinkLife(c Challenge) time.Duration {
	for _, ask := range s.Terms.Ladder.Rungs[c.Rung].Asks {
		if ask.Channel == FaceLink && ask.Lifetime > 0 {
			return min(LinkLife, time.Duration(ask.Lifetime))
		}
	}
	return LinkLife
}

package policy

import "time"

// Verdicts are how long what two people say of a payee is in force, and how far back
// the releases to one are proposed for recall once they say that it is a mule. They are
// no terms of a hold: the policy counts that runs as the second person agrees.
type Verdicts struct {
	Expire time.Duration
	Recall time.Duration
}

var defaultVerdicts = Verdicts{Expire: 90 * 24 * time.Hour, Recall: 14 * 24 * time.Hour}

// maxRecall bounds how far back releases are looked for: holds are kept for so long.
const maxRecall = 90 * 24 * time.Hour

// Verdicts are the policy's.
func (p *Policy) Verdicts() Verdicts { return p.verdicts }

func (r *reader) verdicts(p place) Verdicts {
	v := defaultVerdicts
	fs := r.fields(p, "expire", "recall")
	if at, ok := fs["expire"]; ok {
		v.Expire, _ = r.duration(at, time.Hour, maxAge)
	}
	if at, ok := fs["recall"]; ok {
		v.Recall, _ = r.duration(at, 0, maxRecall)
	}
	return v
}

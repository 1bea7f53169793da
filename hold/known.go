package hold

// Aftermath is what became of a payment that was held, as the bank learns it later.
type Aftermath string

const (
	AftermathFraud   Aftermath = "fraud"   // the customer, or the bank, was deceived or robbed
	AftermathGenuine Aftermath = "genuine" // it was what the customer wanted
	AftermathUnknown Aftermath = "unknown" // it was looked into, and nobody can tell
)

// Aftermaths lists every Aftermath.
var Aftermaths = []Aftermath{AftermathFraud, AftermathGenuine, AftermathUnknown}

// KnownSource is where the bank knows it from.
type KnownSource string

const (
	SourceCustomer      KnownSource = "customer_report"
	SourceChargeback    KnownSource = "chargeback"
	SourceRecall        KnownSource = "recall"
	SourcePolice        KnownSource = "police"
	SourceInvestigation KnownSource = "investigation" // the bank's own
	SourceOther         KnownSource = "other"
)

// KnownSources lists every KnownSource.
var KnownSources = []KnownSource{SourceCustomer, SourceChargeback, SourceRecall, SourcePolice, SourceInvestigation, SourceOther}

// KnownOutcome is the bank's newest word on what became of a held payment. It is
// knowledge alone: no status, decision, freeze or suspicion follows from it.
type KnownOutcome struct {
	HoldID     ID          `db:"hold_id" json:"hold_id"`
	Outcome    Aftermath   `db:"outcome" json:"outcome"`
	Kind       string      `db:"kind" json:"kind,omitempty"` // the code of a kind of scam; of fraud alone
	At         Instant     `db:"at" json:"at"`               // when the bank learnt it
	Source     KnownSource `db:"source" json:"source"`
	Revision   int         `db:"revision" json:"revision"` // counts the words, from 1
	Author     string      `db:"author" json:"author"`     // "client:<id>"
	RecordedAt Instant     `db:"recorded_at" json:"recorded_at"`
}

// MaxWords is how many words there are on one hold: who goes to and fro does not make
// its trail grow without bound.
const MaxWords = 100

// Follow is what is on record once a word has come to what is known already, nil for
// nothing, of a hold that was accepted then. The same word again changes nothing. The
// last that comes stands, whenever the bank learnt it: it may correct that time, too.
func (k KnownOutcome) Follow(known *KnownOutcome, accepted, now Instant) (stands KnownOutcome, changed bool, why Refusal) {
	if known != nil {
		if k.Outcome == known.Outcome && k.Kind == known.Kind && k.At == known.At && k.Source == known.Source {
			return *known, false, ""
		}
		stands, k.Revision = *known, known.Revision
	}
	switch {
	case k.At > now, k.At < accepted:
		return stands, false, OutcomeTimeInvalid
	case k.Revision >= MaxWords:
		return stands, false, OutcomeLimit
	}
	k.Revision, k.RecordedAt = k.Revision+1, now
	return k, true, ""
}

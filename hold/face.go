package hold

// FaceCheck is a check that a link may start, or has started, as its page needs it.
type FaceCheck struct {
	Hold      Hold
	Challenge Challenge
	Locale    string
	BySMS     bool   // its link went by text
	Gesture   string // once it is started
	Submitted bool
	Now       Instant
}

// FaceResult is what a vendor says of a session, in our words.
type FaceResult struct {
	Session     string
	HoldID      ID
	ChallengeID ChallengeID
	Pass        bool
	At          Instant
}

// Sealed is one picture as the record keeps it.
type Sealed struct {
	Bytes  []byte
	Digest Digest // of the picture
}

// FrameOf is what the n-th picture of a check is sealed for.
func FrameOf(id ChallengeID, n int) string {
	return "frame " + string(id) + " " + string(rune('0'+n))
}

// PortraitOf is what a customer's portrait is sealed for.
func PortraitOf(id CustomerID) string { return "portrait " + string(id) }

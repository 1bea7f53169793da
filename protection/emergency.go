package protection

// Did is what an emergency did, in numbers.
type Did struct {
	Held       int `db:"held" json:"held"`             // payments that wait, by call alone from then on
	Approvals  int `db:"approvals" json:"approvals"`   // that were given and not yet acted upon: void
	Questions  int `db:"questions" json:"questions"`   // taken back
	Sessions   int `db:"sessions" json:"sessions"`     // ended
	Devices    int `db:"devices" json:"devices"`       // that may refuse, and nothing else
	Loosenings int `db:"loosenings" json:"loosenings"` // of locks, that were coming: none does
}

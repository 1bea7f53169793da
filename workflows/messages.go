package workflows

// Every name that Temporal's histories keep. Changing one breaks open
// workflows.
const (
	// TypeDelayed is the workflow of one hold. Its id is the hold's id, its input
	// the hold's id and nothing else.
	TypeDelayed = "DelayedHold"
	// TypeHold is what it was before: those that were open go on. It is started no
	// more.
	TypeHold = "Hold"
	// TypeText is the workflow of one text message. Its id is the text's id, its
	// input the same.
	TypeText = "Text"
	// TypeCall is the workflow of one call. Its id is the call's id, its input
	// the same.
	TypeCall = "Call"
	// TypeRecall is the workflow of one recall. Its id is the recall's id, its input
	// the same.
	TypeRecall = "Recall"
	// Queue is where holds, texts, calls and recalls run.
	Queue = "holds"
	// SignalWake says that something happened to the hold, or recall. It carries nothing:
	// the database is the record.
	SignalWake = "wake"
)

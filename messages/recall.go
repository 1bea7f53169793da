package messages

import "holdfast/hold"

var recalls = map[hold.RecallStatus]Text{
	hold.RecallProposed:  "messages.recalls.proposed",
	hold.RecallDeclined:  "messages.recalls.declined",
	hold.RecallRequested: "messages.recalls.requested",
	hold.RecallAccepted:  "messages.recalls.accepted",
	hold.RecallRefused:   "messages.recalls.refused",
}

var (
	recallAsks  = Text("messages.recallAsks")
	recallWhole = Text("messages.recallWhole")
	recallPart  = Text("messages.recallPart")
)

// Recall tells the customer how far the recall of a payment has come. It is empty where
// they are not told: of what others only proposed.
func Recall(r hold.Recall, locale string) string {
	switch {
	case r.Status == hold.RecallRequested && r.RequestedAt == 0: // nobody has been asked yet, perhaps nobody can be
		return recallAsks.In(locale)
	case r.Status == hold.RecallReturned && r.Whole():
		return recallWhole.In(locale)
	case r.Status == hold.RecallReturned:
		return recallPart.In(locale)
	case (r.Status == hold.RecallProposed || r.Status == hold.RecallDeclined) && !r.Theirs():
		return ""
	}
	return recalls[r.Status].In(locale)
}

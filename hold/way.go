package hold

// Way is how a question comes to the customer.
type Way string

const (
	WayApp   Way = "app"   // the app shows it; a device without a socket is woken
	WayText  Way = "text"  // a text message has its code or link
	WayAgent Way = "agent" // somebody calls
	WayOwn   Way = "own"   // its channel brings it, by a queue of its own
)

// Way is how the question comes: every channel that is not named here brings its
// own.
func (a Ask) Way() Way { return way(a.Channel, a.BySMS) }

// Way is how the challenge comes.
func (c Challenge) Way() Way { return way(c.Channel, c.NumberID != "") }

func way(c Channel, text bool) Way {
	switch c {
	case Push:
		return WayApp
	case FaceLink:
		if !text {
			return WayApp
		}
		return WayText
	case SMS:
		return WayText
	case Callback:
		return WayAgent
	}
	return WayOwn
}

// Errand is a question that its channel has to bring.
type Errand struct {
	Challenge ChallengeID `json:"challenge"`
	Channel   Channel     `json:"channel"`
}

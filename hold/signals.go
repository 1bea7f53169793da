package hold

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Sign is what a device can tell of one thing: yes, no, or that it cannot know.
type Sign string

const (
	Yes     Sign = "yes"
	No      Sign = "no"
	Unknown Sign = "unknown" // also the empty one: it stays unknown, and is no reason for anything
)

// Integrity is how far the platform vouches for the app and the device it runs on.
type Integrity string

const (
	IntegrityNone   Integrity = "none"
	IntegrityBasic  Integrity = "basic"
	IntegrityStrong Integrity = "strong"
	IntegrityFailed Integrity = "failed"
)

// Signals is what a device says of itself, signed by its key. Whoever holds the
// device can make it lie: signals make a hold slower, and never release one.
type Signals struct {
	OnCall       Sign      `json:"on_call,omitempty"`       // a telephone call is going on
	ScreenShared Sign      `json:"screen_shared,omitempty"` // somebody else sees the screen
	RemoteTool   Sign      `json:"remote_tool,omitempty"`   // a program by which somebody else works the device is running
	Overlay      Sign      `json:"overlay,omitempty"`       // another app draws over this one
	Integrity    Integrity `json:"integrity,omitempty"`
}

// Of gives a signal by its name in JSON: "yes" only where the device says so.
func (s Signals) Of(name string) Sign {
	switch name {
	case "on_call":
		return s.OnCall
	case "screen_shared":
		return s.ScreenShared
	case "remote_tool":
		return s.RemoteTool
	case "overlay":
		return s.Overlay
	}
	return Unknown
}

// Valid tells whether every signal is one that a device may give.
func (s Signals) Valid() bool {
	for _, name := range SignalNames {
		if !slices.Contains([]Sign{"", Yes, No, Unknown}, s.Of(name)) {
			return false
		}
	}
	return slices.Contains([]Integrity{"", Integrity(Unknown), IntegrityNone, IntegrityBasic, IntegrityStrong, IntegrityFailed}, s.Integrity)
}

// SignalNames lists what Of knows.
var SignalNames = []string{"on_call", "screen_shared", "remote_tool", "overlay"}

// SignalsLast is for how long what a device said of itself is a fact for policies.
const SignalsLast = 15 * time.Minute

// Scan reads signals as they are kept: JSON, or nothing.
func (s *Signals) Scan(kept any) error {
	*s = Signals{}
	switch v := kept.(type) {
	case string:
		return s.read([]byte(v))
	case []byte:
		return s.read(v)
	case nil:
		return nil
	}
	return errors.New("signals are kept as a text")
}

func (s *Signals) read(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, s)
}

// Signals are the worst of what the customer's devices said of themselves not too long
// ago.
func (c Customer) Signals(now Instant) (worst Signals) {
	for _, d := range c.Devices {
		worst = worst.Worse(d.LateSignals(now))
	}
	return worst
}

// LateSignals is what the device said of itself, if that is not too long ago.
func (d Device) LateSignals(now Instant) Signals {
	if d.RevokedAt != 0 || d.SignalsAt.Add(SignalsLast) < now {
		return Signals{}
	}
	return d.Signals
}

// Worse is the worse of two by each signal: a yes stays one, and what one knows is known.
func (s Signals) Worse(o Signals) Signals {
	worse := func(a, b Sign) Sign {
		if a == Yes || b == "" || b == Unknown {
			return a
		}
		if b == Yes || a == "" || a == Unknown {
			return b
		}
		return a
	}
	s.OnCall, s.ScreenShared = worse(s.OnCall, o.OnCall), worse(s.ScreenShared, o.ScreenShared)
	s.RemoteTool, s.Overlay = worse(s.RemoteTool, o.RemoteTool), worse(s.Overlay, o.Overlay)
	if o.Integrity == IntegrityFailed || s.Integrity == "" || s.Integrity == Integrity(Unknown) {
		s.Integrity = o.Integrity
	}
	return s
}

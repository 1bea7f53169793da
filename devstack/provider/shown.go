package provider

import (
	"context"
	"time"
)

// Written is a text that a phone sent, and the status with which Holdfast
// answered it; 0: not at all.
type Written struct {
	From     string    `json:"from"`
	Body     string    `json:"body"`
	At       time.Time `json:"at"`
	Answered int       `json:"answered"`
}

// Shown is what all phones show, and how the provider is. One long poll brings
// it: a browser has six connections, and there are more phones.
type Shown struct {
	Version int             `json:"version"`
	Texts   []Message       `json:"texts"` // the oldest first, as the others
	Replies []Written       `json:"replies"`
	Calls   []Ring          `json:"calls"`
	Lines   map[string]Line `json:"lines"` // numbers of which something is known
	Faults  []Fault         `json:"faults"`
	Now     time.Time       `json:"now"`
}

const (
	shownWait = 20 * time.Second
	shownMost = 500 // of each, the latest
)

// awaitShown gives what the phones show as soon as it is another version.
func (p *Provider) awaitShown(ctx context.Context, after int) Shown {
	ctx, cancel := context.WithTimeout(ctx, shownWait)
	defer cancel()
	for {
		shown, news := p.shown()
		if shown.Version != after {
			return shown
		}
		select {
		case <-news:
		case <-ctx.Done():
			return shown
		case <-p.stopped.Done():
			return shown
		}
	}
}

func (p *Provider) shown() (Shown, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Shown{Version: p.version, Texts: []Message{}, Replies: append([]Written{}, latest(p.replies)...), Calls: []Ring{},
		Lines: map[string]Line{}, Faults: []Fault{}, Now: p.Now()}
	for _, m := range latest(p.messages) {
		s.Texts = append(s.Texts, *m)
	}
	for _, c := range latest(p.rings) {
		s.Calls = append(s.Calls, *c)
	}
	for number, l := range p.lines {
		s.Lines[number] = l
	}
	for _, f := range p.faults {
		if f.Times != 0 {
			s.Faults = append(s.Faults, *f)
		}
	}
	return s, p.news
}

func latest[T any](all []T) []T { return all[max(0, len(all)-shownMost):] }

package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"holdfast/devstack/pages"
)

// How far one call puts the clock forward at most, and all of them together.
const (
	longestAdvance = 90 * 24 * time.Hour
	farthest       = 10 * 365 * 24 * time.Hour
)

// clock is the stack's time: the machine's, put forward by what was asked for. It
// never goes back, nor does it over a restart: the file is written first.
type clock struct {
	file  string
	ahead atomic.Int64 // time.Duration
}

func openClock(dir string) (*clock, error) {
	c := &clock{file: filepath.Join(dir, "clock")}
	b, err := os.ReadFile(c.file)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	} else if err != nil {
		return nil, err
	}
	ahead, err := time.ParseDuration(strings.TrimSpace(string(b)))
	if err != nil || ahead < 0 || ahead > farthest {
		return nil, fmt.Errorf("%s: want how far the clock is ahead of the machine's, such as 24h0m0s", c.file)
	}
	c.ahead.Store(int64(ahead))
	return c, nil
}

func (c *clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

func (c *clock) Now() time.Time { return time.Now().Add(c.Ahead()) }

// badAdvance is a way that the clock does not go.
type badAdvance string

func (b badAdvance) Error() string { return string(b) }

// HTTPStatus is 400.
func (badAdvance) HTTPStatus() int { return http.StatusBadRequest }

// forward puts the clock forward; one caller at a time.
func (c *clock) forward(by time.Duration) error {
	switch {
	case by <= 0:
		return badAdvance("the clock only goes forward: want a time such as 24h")
	case by > longestAdvance:
		return badAdvance("want at most 2160h (90 days) at once")
	case c.Ahead()+by > farthest:
		return badAdvance("the clock is ten years ahead: begin anew with an empty directory")
	}
	ahead := c.Ahead() + by
	if err := WriteFile(c.file, []byte(ahead.String()+"\n")); err != nil {
		return err
	}
	c.ahead.Store(int64(ahead))
	return nil
}

// Now is the stack's time.
func (s *Stack) Now() time.Time { return s.clock.Now() }

// Clock is what the stack's clock shows.
func (s *Stack) Clock() pages.Clock {
	return pages.Clock{Now: s.Now().UTC().Round(time.Millisecond), Ahead: s.clock.Ahead().String()}
}

// Advance puts the clock of the whole stack forward. Whoever was told the time and
// goes by it is told anew, and what has come due is done.
func (s *Stack) Advance(ctx context.Context, by time.Duration) error {
	s.advancing.Lock()
	defer s.advancing.Unlock()
	if !s.runs.Load() {
		return errors.New("the stack is starting: try again")
	}
	if err := s.clock.forward(by); err != nil {
		return err
	}
	s.listening.end()
	return s.Holdfast.CatchUp(context.WithoutCancel(ctx)) // whoever asked may be gone
}

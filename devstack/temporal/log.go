package temporal

import (
	"fmt"
	"log/slog"
	"os"

	"go.temporal.io/server/common/log/tag"
)

// logger hands the server's words to slog.
type logger struct{ to *slog.Logger }

func (l logger) at(level func(string, ...any), msg string, tags []tag.Tag) {
	args := make([]any, 0, 2*len(tags))
	for _, t := range tags {
		args = append(args, t.Key(), t.Value())
	}
	level(msg, args...)
}

func (l logger) Debug(msg string, tags ...tag.Tag)  { l.at(l.to.Debug, msg, tags) }
func (l logger) Info(msg string, tags ...tag.Tag)   { l.at(l.to.Info, msg, tags) }
func (l logger) Warn(msg string, tags ...tag.Tag)   { l.at(l.to.Warn, msg, tags) }
func (l logger) Error(msg string, tags ...tag.Tag)  { l.at(l.to.Error, msg, tags) }
func (l logger) DPanic(msg string, tags ...tag.Tag) { l.at(l.to.Error, msg, tags) }

func (l logger) Panic(msg string, tags ...tag.Tag) {
	l.at(l.to.Error, msg, tags)
	panic(msg)
}

func (l logger) Fatal(msg string, tags ...tag.Tag) {
	l.at(l.to.Error, msg, tags)
	fmt.Fprintln(os.Stderr, "Temporal's server ends:", msg) // whatever the log is set to
	os.Exit(1)
}

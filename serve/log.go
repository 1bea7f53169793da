package serve

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
)

// private is what must never reach a log, whoever wrote the text: keys and
// tokens, proofs, secrets of webhooks, international phone numbers, IBANs and
// other long numbers, and passwords in URLs.
var private = regexp.MustCompile(`\bhfc?_[A-Za-z0-9_-]{16,}|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*|\bwhsec_[A-Za-z0-9+/=]+|` +
	`\+[0-9][0-9 ]{6,}[0-9]|\b[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}\b|\b[0-9]{9,19}\b|://[^/\s:@]+:[^/\s@]+@`)

// Log writes JSON lines without private values: the one place that redacts.
func Log(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redact}))
}

func redact(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Redact(a.Value.String()))
	case slog.KindAny:
		if _, ok := a.Value.Any().(*slog.Source); !ok {
			a.Value = slog.StringValue(Redact(fmt.Sprint(a.Value.Any())))
		}
	}
	return a
}

// Redact takes private values out of a text.
func Redact(s string) string { return private.ReplaceAllString(s, "[redacted]") }

package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// text is a scalar of 1 to max characters.
func (r *reader) text(p place, max int) (string, bool) {
	if !r.is(p, yaml.ScalarNode, "text") {
		return "", false
	}
	n := utf8.RuneCountInString(p.node.Value)
	switch {
	case p.node.ShortTag() != "!!str":
		r.fault(p, "must be text; put it in quotes")
	case strings.TrimSpace(p.node.Value) == "":
		r.fault(p, "must not be empty")
	case n > max:
		r.fault(p, "has %d characters, at most %d", n, max)
	default:
		return p.node.Value, true
	}
	return "", false
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

const nameRule = "must be a lower-case letter, then at most 63 of a-z, 0-9, _ and -"

// name is the name of a rung, ladder or rule.
func (r *reader) name(p place) (string, bool) {
	s, ok := r.text(p, 64)
	if ok && !namePattern.MatchString(s) {
		r.fault(p, nameRule)
		return "", false
	}
	return s, ok
}

func (r *reader) flag(p place) bool {
	if !r.is(p, yaml.ScalarNode, "true or false") {
		return false
	}
	if p.node.ShortTag() != "!!bool" {
		r.fault(p, "must be true or false")
		return false
	}
	return strings.EqualFold(p.node.Value, "true")
}

// duration is in Go's notation ("90s", "1h30m"), from min to max.
func (r *reader) duration(p place, min, max time.Duration) (time.Duration, bool) {
	if !r.is(p, yaml.ScalarNode, "a duration such as 90s or 1h30m") {
		return 0, false
	}
	d, err := time.ParseDuration(p.node.Value)
	switch {
	case err != nil:
		r.fault(p, "must be a duration such as 90s or 1h30m")
	case d < min:
		r.fault(p, "must be at least %s", brief(min))
	case d > max:
		r.fault(p, "must be at most %s", brief(max))
	default:
		return d, true
	}
	return 0, false
}

// whole is a whole number from min to max.
func (r *reader) whole(p place, min, max int64) int64 {
	if !r.is(p, yaml.ScalarNode, "a whole number") {
		return 0
	}
	n, err := strconv.ParseInt(p.node.Value, 10, 64)
	if err != nil || p.node.ShortTag() != "!!int" || n < min || n > max {
		r.fault(p, "must be a whole number from %d to %d", min, max)
		return 0
	}
	return n
}

// oneOf reads a word of a closed list.
func oneOf[T ~string](r *reader, p place, words ...T) (T, bool) {
	if !r.is(p, yaml.ScalarNode, "text") {
		return "", false
	}
	w := T(p.node.Value)
	if !slices.Contains(words, w) {
		r.fault(p, "must be one of %s", list(words))
		return "", false
	}
	return w, true
}

func list[T ~string](words []T) string {
	var s []string
	for _, w := range words {
		s = append(s, string(w))
	}
	return strings.Join(s, ", ")
}

// brief prints a duration without trailing zero units: 10m, not 10m0s.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

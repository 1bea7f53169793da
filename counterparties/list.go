package counterparties

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"

	"holdfast/hold"
)

// Line is a line of a bank's own list, as it is given.
type Line struct {
	Account   string       `json:"account"`
	Country   string       `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Ref       string       `json:"ref"`               // by which the bank knows it; once in a list
	Category  string       `json:"category"`          // a code of Categories
	Strength  Strength     `json:"strength"`          // reported or confirmed
	Reporters int          `json:"reporters,omitempty"`
	From      hold.Instant `json:"from,omitempty"` // RFC 3339; absent: the beginning of time
	To        hold.Instant `json:"to,omitempty"`   // exclusive; absent: until it is left out
}

// MaxLine is how long a line of a list may be, in bytes.
const MaxLine = 4096

var (
	refForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)
	countryForm = regexp.MustCompile(`^([A-Z]{2})?$`)
)

// Check says why a line cannot be taken. It does not repeat what others wrote.
func (l Line) Check() error {
	switch {
	case strings.TrimSpace(l.Account) == "" || len(l.Account) > 140:
		return errors.New("account: must have from 1 to 140 characters")
	case !refForm.MatchString(l.Ref):
		return errors.New("ref: must have from 1 to 64 of A-Z, a-z, 0-9, '.', '_', ':' and '-'")
	case !IsCategory(l.Category) || l.Category == MuleVerdict:
		return errors.New("category: is none that is known (holdfast payees categories lists them)")
	case l.Strength != Reported && l.Strength != Confirmed:
		return errors.New("strength: must be reported or confirmed")
	case !countryForm.MatchString(l.Country):
		return errors.New("country: must be two capital letters (ISO 3166-1), or empty")
	case l.Reporters < 0 || l.Reporters > 1_000_000:
		return errors.New("reporters: must be from 0 to 1,000,000")
	case l.To != 0 && l.To <= l.From:
		return errors.New("to: must be after from")
	}
	return nil
}

// CheckPublic says why a line cannot be one that customers are told of, as a warning.
func (l Line) CheckPublic() error {
	if err := l.Check(); err != nil || !IsShared(l.Category) {
		return err
	}
	return errors.New("category: says that many use the account, and a public list warns customers: keep such lines in a list of your own")
}

// Hit is what the line says, once its list is in force.
func (l Line) Hit(list string) Hit {
	return Hit{List: list, Ref: l.Ref, Category: l.Category, Strength: l.Strength, Reporters: l.Reporters, From: l.From, To: l.To}
}

// BadLine is a line that cannot be taken: nothing of its list is.
type BadLine struct {
	Number int // from 1
	Why    error
}

func (b BadLine) Error() string { return fmt.Sprintf("line %d: %s", b.Number, b.Why) }
func (b BadLine) Unwrap() error { return b.Why }

// Read reads a list, one line after the other, NDJSON or CSV with a heading: whichever
// its first character says. No line is longer than MaxLine, and check, such as
// Line.Check, finds fault with none. The first error ends it, and is a BadLine or the
// reader's.
func Read(r io.Reader, check func(Line) error) iter.Seq2[Line, error] {
	b := bufio.NewReaderSize(r, MaxLine)
	first, err := firstByte(b)
	switch {
	case err == io.EOF:
		return func(yield func(Line, error) bool) { yield(Line{}, BadLine{1, errors.New("the list is empty")}) }
	case err != nil:
		return func(yield func(Line, error) bool) { yield(Line{}, err) }
	case first == '{':
		return readLines(b, lineOf, check)
	}
	return readLines(b, (&table{}).line, check)
}

// firstByte looks past a byte order mark and blank lines.
func firstByte(b *bufio.Reader) (byte, error) {
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	for {
		c, err := b.Peek(1)
		if err != nil {
			return 0, err
		}
		if !bytes.ContainsAny(c, " \t\r\n") {
			return c[0], nil
		}
		_, _ = b.Discard(1)
	}
}

// readLines reads line by line; of is a line's, or tells that it is none of the list's.
func readLines(r io.Reader, of func(b []byte) (l Line, is bool, err error), check func(Line) error) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, MaxLine), MaxLine)
		n := 0
		for lines.Scan() {
			n++
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			l, is, err := of(lines.Bytes())
			if is && err == nil {
				err = check(l)
			}
			if err != nil {
				yield(l, BadLine{n, err})
				return
			}
			if is && !yield(l, nil) {
				return
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(Line{}, BadLine{n + 1, fmt.Errorf("is longer than %d bytes", MaxLine)})
		} else if err != nil {
			yield(Line{}, err)
		}
	}
}

func lineOf(b []byte) (l Line, is bool, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&l) != nil || d.More() { // its error repeats what others wrote
		return l, false, errors.New("is no JSON object of account, country, ref, category, strength, reporters, from, to")
	}
	return l, true, nil
}

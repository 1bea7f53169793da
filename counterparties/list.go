package counterparties

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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
	// columns of a CSV list: the first four must be there, in any order.
	columns = []string{"account", "ref", "category", "strength", "country", "reporters", "from", "to"}
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
// its first character says. The first error ends it, and is a BadLine or the reader's.
func Read(r io.Reader) iter.Seq2[Line, error] {
	b := bufio.NewReaderSize(r, MaxLine)
	first, err := firstByte(b)
	switch {
	case err == io.EOF:
		return func(yield func(Line, error) bool) { yield(Line{}, BadLine{1, errors.New("the list is empty")}) }
	case err != nil:
		return func(yield func(Line, error) bool) { yield(Line{}, err) }
	case first == '{':
		return readJSON(b)
	}
	return readCSV(b)
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

func readJSON(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, MaxLine), MaxLine)
		n := 0
		for lines.Scan() {
			n++
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			l, err := lineOf(lines.Bytes())
			if err != nil {
				yield(l, BadLine{n, err})
				return
			}
			if !yield(l, nil) {
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

func lineOf(b []byte) (l Line, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&l) != nil || d.More() { // its error repeats what others wrote
		return l, errors.New("is no JSON object of account, country, ref, category, strength, reporters, from, to")
	}
	return l, l.Check()
}

func readCSV(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		c := csv.NewReader(r)
		c.ReuseRecord = true
		head, err := c.Read()
		if err != nil {
			yield(Line{}, fault(err))
			return
		}
		at := map[string]int{}
		for i, name := range head {
			name = strings.ToLower(strings.TrimSpace(name))
			if _, twice := at[name]; twice || !slices.Contains(columns, name) {
				yield(Line{}, BadLine{1, fmt.Errorf("column %d: want each of %s at most once", i+1, strings.Join(columns, ", "))})
				return
			}
			at[name] = i
		}
		for _, name := range columns[:4] {
			if _, ok := at[name]; !ok {
				yield(Line{}, BadLine{1, errors.New("the column " + name + " is missing")})
				return
			}
		}
		for {
			row, err := c.Read()
			if err == io.EOF {
				return
			}
			var l Line
			if err != nil {
				err = fault(err)
			} else if l, err = ofRow(row, at); err != nil {
				number, _ := c.FieldPos(0)
				err = BadLine{number, err}
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

// fault says where a CSV cannot be read, without its text.
func fault(err error) error {
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return BadLine{bad.Line, bad.Err}
	}
	return err
}

func ofRow(row []string, at map[string]int) (l Line, err error) {
	get := func(name string) string {
		if i, ok := at[name]; ok {
			return strings.Clone(strings.TrimSpace(row[i]))
		}
		return ""
	}
	l = Line{Account: get("account"), Country: get("country"), Ref: get("ref"), Category: get("category"), Strength: Strength(get("strength"))}
	if n := get("reporters"); n != "" {
		if l.Reporters, err = strconv.Atoi(n); err != nil {
			return l, errors.New("reporters: must be a whole number")
		}
	}
	for name, into := range map[string]*hold.Instant{"from": &l.From, "to": &l.To} {
		if s := get(name); s != "" {
			at, err := time.Parse(time.RFC3339, s)
			if err != nil {
				return l, errors.New(name + ": must be a time as in 2026-11-30T12:00:00Z")
			}
			*into = hold.At(at)
		}
	}
	return l, l.Check()
}

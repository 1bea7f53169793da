package counterparties

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/hold"
)

// columns of a CSV list: the first four must be there, in any order.
var columns = []string{"account", "ref", "category", "strength", "country", "reporters", "from", "to"}

// table reads a CSV list, each line by itself: a quoted field ends on its line, so that
// none is longer than a line may be.
type table struct {
	at map[string]int // of each column; nil: the heading is still to come
	in *bufio.Reader  // which csv takes as it is, in the place of one for each line
}

func (t *table) line(b []byte) (l Line, is bool, err error) {
	if t.in == nil {
		t.in = bufio.NewReaderSize(nil, MaxLine)
	}
	t.in.Reset(bytes.NewReader(b))
	c := csv.NewReader(t.in)
	c.FieldsPerRecord = len(t.at)
	row, err := c.Read()
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		return l, false, bad.Err // without the line's text
	case err != nil:
		return l, false, err
	case t.at == nil:
		return l, false, t.heading(row)
	}
	l, err = ofRow(row, t.at)
	return l, true, err
}

func (t *table) heading(names []string) error {
	t.at = map[string]int{}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := t.at[name]; twice || !slices.Contains(columns, name) {
			return fmt.Errorf("column %d: want each of %s at most once", i+1, strings.Join(columns, ", "))
		}
		t.at[name] = i
	}
	for _, name := range columns[:4] {
		if _, ok := t.at[name]; !ok {
			return errors.New("the column " + name + " is missing")
		}
	}
	return nil
}

func ofRow(row []string, at map[string]int) (l Line, err error) {
	get := func(name string) string {
		if i, ok := at[name]; ok {
			return strings.TrimSpace(row[i])
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
	return l, nil
}

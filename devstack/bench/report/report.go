// Package report says what the bench found: as a table, as JSON, as pictures,
// and in docs/performance.md.
package report

import (
	"slices"
	"strings"

	"holdfast/devstack/bench/rig"
)

// Spread is a figure measured several times.
type Spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	N      int     `json:"n"`
}

// SpreadOf is the median of figures, and the least and most of them.
func SpreadOf(xs []float64) Spread {
	if len(xs) == 0 {
		return Spread{}
	}
	s := slices.Sorted(slices.Values(xs))
	n := len(s)
	return Spread{Median: (s[(n-1)/2] + s[n/2]) / 2, Low: s[0], High: s[n-1], N: n}
}

// Figure is one line of the table: A against B.
type Figure struct {
	ID      string `json:"id"`
	Order   int    `json:"order"` // in the table of what is wanted
	Measure string `json:"measure"`
	Against string `json:"against"`
	Unit    string `json:"unit"`
	A       Spread `json:"a"`
	B       Spread `json:"b"`
	Ratio   Spread `json:"ratio"`
	Wanted  string `json:"wanted"`
	Met     bool   `json:"met"`
	Held    string `json:"held,omitempty"`  // what it is held to where the wanted is out of reach
	Holds   bool   `json:"holds"`           // it is what it is held to
	Scale   string `json:"scale,omitempty"` // when it was measured at another
}

// Costs is what one hold costs, or one workflow of a shape.
type Costs struct {
	Of     string   `json:"of"`
	Cost   rig.Cost `json:"cost"`
	Trips  float64  `json:"round_trips,omitempty"` // of the app, to its database
	Events float64  `json:"events,omitempty"`
	Bytes  float64  `json:"history_bytes,omitempty"`
}

// Point is one of a plot's.
type Point struct{ X, Y float64 }

// Curve is a named row of points.
type Curve struct {
	Name   string  `json:"name"`
	Points []Point `json:"points"`
}

// Plot is a picture: one or more curves over something.
type Plot struct {
	Name   string  `json:"name"` // of its file
	Title  string  `json:"title"`
	X      string  `json:"x"`
	Y      string  `json:"y"`
	Curves []Curve `json:"curves"`
}

// Report is what a run found.
type Report struct {
	When    string   `json:"when"`
	Command string   `json:"command"`
	Machine string   `json:"machine"`
	Others  float64  `json:"others"` // part of the machine that others used, on average
	Figures []Figure `json:"figures"`
	Costs   []Costs  `json:"costs"`
	Plots   []Plot   `json:"plots"`
	Notes   []string `json:"notes"`
}

// Merge puts what a later run found in the place of what it measured again.
func (r *Report) Merge(later Report) {
	r.Figures = merge(r.Figures, later.Figures, func(f Figure) string { return f.ID })
	slices.SortStableFunc(r.Figures, func(a, b Figure) int { return a.Order - b.Order })
	r.When, r.Command, r.Machine = later.When, later.Command, later.Machine
	if len(r.Figures) > len(later.Figures) {
		r.Command, r.Others = "make bench ROWS=…, row by row", max(r.Others, later.Others)
	} else {
		r.Others = later.Others
	}
	r.Costs = merge(r.Costs, later.Costs, func(c Costs) string { return c.Of })
	r.Plots = merge(r.Plots, later.Plots, func(p Plot) string { return p.Name })
	r.Notes = merge(r.Notes, later.Notes, func(s string) string { row, _, _ := strings.Cut(s, ":"); return row })
}

func merge[T any](old, later []T, key func(T) string) []T {
	for _, x := range later {
		if i := slices.IndexFunc(old, func(y T) bool { return key(x) == key(y) }); i >= 0 {
			old[i] = x
		} else {
			old = append(old, x)
		}
	}
	return old
}

// Short are the figures that are not what they are held to.
func (r *Report) Short() (ids []string) {
	for _, f := range r.Figures {
		if !f.Holds {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

package report

import (
	"fmt"
	"math"
	"strings"
)

const (
	width, height            = 640, 320
	left, right, top, bottom = 64, 20, 40, 60
)

// inks tell curves apart, also for those who do not tell red from green.
var inks = []string{"#0b5fa5", "#c8511b", "#3d3d3d", "#7b3fa0"}

// SVG draws a plot. X is logarithmic where it spans more than tenfold.
func (p Plot) SVG() string {
	least, most, peak := math.Inf(1), 0.0, 0.0
	for _, c := range p.Curves {
		for _, q := range c.Points {
			least, most, peak = min(least, q.X), max(most, q.X), max(peak, q.Y)
		}
	}
	log := least > 0 && most/least > 10
	span := func(v, from, to float64) float64 {
		if to <= from {
			return .5
		}
		return (v - from) / (to - from)
	}
	x := func(v float64) float64 {
		part := span(v, least, most)
		if log {
			part = span(math.Log(v), math.Log(least), math.Log(most))
		}
		return left + part*(width-left-right)
	}
	peak = nice(peak)
	y := func(v float64) float64 { return height - bottom - v/peak*(height-top-bottom) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s"
		font-family="sans-serif" font-size="12">
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="%d" y="20" font-size="14" font-weight="bold" fill="#222">%s</text>
`, width, height, escape(p.Title), left, escape(p.Title))
	for i := range 5 {
		v := peak * float64(i) / 4
		fmt.Fprintf(&b, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#444\">%s</text>\n",
			left, y(v), width-right, left-6, y(v)+4, axis(v))
	}
	seen := map[float64]bool{}
	for _, c := range p.Curves {
		for _, q := range c.Points {
			if !seen[q.X] {
				seen[q.X] = true
				fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#444\">%s</text>\n", x(q.X), height-bottom+16, axis(q.X))
			}
		}
	}
	fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#222\">%s</text>\n", (left+width-right)/2,
		height-bottom+34, escape(p.X))
	fmt.Fprintf(&b, "<text x=\"14\" y=\"%d\" text-anchor=\"middle\" fill=\"#222\" transform=\"rotate(-90 14 %d)\">%s</text>\n",
		(top+height-bottom)/2, (top+height-bottom)/2, escape(p.Y))
	for i, c := range p.Curves {
		ink := inks[i%len(inks)]
		var line strings.Builder
		for j, q := range c.Points {
			step := "L"
			if j == 0 {
				step = "M"
			}
			fmt.Fprintf(&line, "%s%.1f %.1f", step, x(q.X), y(q.Y))
			fmt.Fprintf(&b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x(q.X), y(q.Y), ink)
		}
		fmt.Fprintf(&b, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", line.String(), ink)
		fmt.Fprintf(&b, "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/><text x=\"%d\" y=\"%d\" fill=\"#222\">%s</text>\n",
			left+i*150, height-16, ink, left+i*150+15, height-7, escape(c.Name))
	}
	return b.String() + "</svg>\n"
}

// nice is the next number that a scale may end with.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	ten := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 4, 6, 8, 10} {
		if v <= m*ten {
			return m * ten
		}
	}
	return v
}

func axis(v float64) string {
	if v >= 1000 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v/1000), ".0") + "k"
	}
	return fmt.Sprintf("%.3g", v)
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

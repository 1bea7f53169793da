package policy

import (
	"unicode"

	"go.yaml.in/yaml/v3"
)

// position finds where a character of a scalar's value stands in the file.
// line counts from 1 and column from 0, both within the value, as CEL counts.
//
// YAML folds lines and drops indentation, so the value is aligned with the
// source: each of its visible characters is the next equal one there. Where
// that fails (escapes such as \x41) the scalar's own position must do.
func (r *reader) position(n *yaml.Node, line, column int) (int, int) {
	value := []rune(n.Value)
	target := offset(value, line, column)
	l, c := n.Line-1, n.Column-1
	switch n.Style {
	case yaml.LiteralStyle, yaml.FoldedStyle:
		l, c = l+1, 0 // the value starts below its | or >
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		c++
	}
	for i := 0; i <= target && i < len(value); i++ {
		if unicode.IsSpace(value[i]) && i < target {
			continue
		}
		want := value[i]
		for ; ; c++ {
			for l < len(r.lines) && c >= len(r.lines[l]) {
				l, c = l+1, 0
			}
			if l >= len(r.lines) {
				return n.Line, n.Column
			}
			if r.lines[l][c] == want || unicode.IsSpace(want) {
				break
			}
		}
		if i == target {
			return l + 1, c + 1
		}
		c++
	}
	return l + 1, c + 1 // the end of the value
}

// offset is the index of a line and column in the value, at most its length.
func offset(value []rune, line, column int) int {
	i := 0
	for ; line > 1 && i < len(value); i++ {
		if value[i] == '\n' {
			line--
		}
	}
	return min(i+max(column, 0), len(value))
}

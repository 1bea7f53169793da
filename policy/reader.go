package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// reader walks the YAML document and gathers faults instead of stopping at the
// first.
type reader struct {
	lines  [][]rune // the source, for positions inside a scalar
	kept   bool     // it ran before: rules that are younger do not refuse it
	faults Faults
	// What can be checked only when all is read.
	conditions  []conditioned
	interviewed []interviewed
	waiting     []waiting
	// warnings are what a bank should know of a policy that loads all the same.
	warnings Faults
}

// place is a node and the way to it.
type place struct {
	node *yaml.Node
	path string
}

// entry is one key of a mapping with its value.
type entry struct {
	key         string
	name, value place
}

func (r *reader) fault(p place, format string, args ...any) {
	r.faultAt(p.node.Line, p.node.Column, p.path, fmt.Sprintf(format, args...))
}

func (r *reader) warn(p place, format string, args ...any) {
	r.warnings = append(r.warnings, Fault{Line: max(p.node.Line, 1), Column: max(p.node.Column, 1), Path: p.path, Message: fmt.Sprintf(format,
		args...)})
}

func (r *reader) faultAt(line, column int, path, message string) {
	r.faults = append(r.faults, Fault{Line: max(line, 1), Column: max(column, 1), Path: path, Message: message})
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// document parses the source, which must be exactly one YAML document without
// aliases. A nil node means that there is nothing to read further.
func (r *reader) document(source []byte) *yaml.Node {
	if !utf8.Valid(source) {
		r.faultAt(1, 1, "", "the file is not UTF-8")
		return nil
	}
	for l := range strings.Lines(string(source)) {
		r.lines = append(r.lines, []rune(strings.TrimRight(l, "\r\n")))
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		r.syntax(err)
		return nil
	}
	if err := dec.Decode(&more); err == nil {
		r.faultAt(more.Line, more.Column, "", "more than one YAML document")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
	}
	root := doc.Content[0]
	r.refuseAliases(root)
	return root
}

func (r *reader) syntax(err error) {
	if errors.Is(err, io.EOF) {
		r.faultAt(1, 1, "", "the file is empty")
		return
	}
	line, text := 1, err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	r.faultAt(line, 1, "", "not YAML: "+short(text))
}

// refuseAliases faults every alias: a few of them can stand for gigabytes, and
// what a reader sees should be what is meant.
func (r *reader) refuseAliases(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		r.fault(place{node: n}, "YAML aliases are refused")
		return
	}
	for _, c := range n.Content {
		r.refuseAliases(c)
	}
}

// is faults a node of another kind. Aliases are faulted already.
func (r *reader) is(p place, kind yaml.Kind, what string) bool {
	if p.node.Kind != kind && p.node.Kind != yaml.AliasNode {
		r.fault(p, "must be %s", what)
	}
	return p.node.Kind == kind
}

// entries are the keys of a mapping in the file's order, each once.
func (r *reader) entries(p place) []entry {
	if !r.is(p, yaml.MappingNode, "a mapping") {
		return nil
	}
	var es []entry
	seen := map[string]bool{}
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		k, v := p.node.Content[i], p.node.Content[i+1]
		e := entry{key: k.Value, name: place{k, join(p.path, k.Value)}, value: place{v, join(p.path, k.Value)}}
		switch {
		case k.Kind != yaml.ScalarNode:
			r.fault(place{k, p.path}, "a key must be text")
		case seen[e.key]:
			r.fault(e.name, "duplicate key")
		default:
			seen[e.key] = true
			es = append(es, e)
		}
	}
	return es
}

// fields are the values of a mapping that may have the given keys only.
func (r *reader) fields(p place, keys ...string) map[string]place {
	fs := map[string]place{}
	for _, e := range r.entries(p) {
		if !slices.Contains(keys, e.key) {
			r.fault(e.name, "unknown key; known are %s", strings.Join(keys, ", "))
			continue
		}
		fs[e.key] = e.value
	}
	return fs
}

// need is the field, or a fault at the mapping that lacks it.
func (r *reader) need(p place, fs map[string]place, key string) (place, bool) {
	v, ok := fs[key]
	if !ok && p.node.Kind == yaml.MappingNode {
		r.fault(p, "%s is missing", key)
	}
	return v, ok
}

func (r *reader) list(p place) []place {
	if !r.is(p, yaml.SequenceNode, "a list") {
		return nil
	}
	ps := make([]place, len(p.node.Content))
	for i, n := range p.node.Content {
		ps[i] = place{n, fmt.Sprintf("%s[%d]", p.path, i)}
	}
	return ps
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// short keeps the first line of a library's message, at most 160 characters.
func short(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if rs := []rune(s); len(rs) > 160 {
		s = string(rs[:159]) + "…"
	}
	return s
}

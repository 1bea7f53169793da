package policy

import (
	"regexp"
	"slices"
	"strings"

	"holdfast/interview"

	"go.yaml.in/yaml/v3"
)

// Other is the code of the reason that stands in for an unknown one. Every
// catalogue has it.
const Other = "other"

// Text is one sentence in the locales that Holdfast speaks.
type Text = interview.Text

// Script is what an agent asks and says, line by line, at most 20.
type Script struct {
	En     []string `json:"en"`
	ZhHans []string `json:"zh-Hans,omitempty"`
}

// In is the script in a BCP 47 locale, as Text.In.
func (s Script) In(locale string) []string {
	if len(s.ZhHans) > 0 && chinese(locale) {
		return s.ZhHans
	}
	return s.En
}

func chinese(locale string) bool { return locale == "zh" || strings.HasPrefix(locale, "zh-") }

// Reason is one code of the catalogue: what a flag by the risk engine means to
// people.
type Reason struct {
	Code     string `json:"code"`
	Customer Text   `json:"customer"` // what a customer who is told reads
	Agent    Text   `json:"agent"`    // what an agent reads
	Script   Script `json:"script,omitzero"`
	// Scam means that the customer may be acting for a fraudster: the hold is
	// released only by a callback, and the app shows Warning first.
	Scam    bool `json:"scam"`
	Warning Text `json:"warning,omitzero"`
	// TellCustomer is false where the wording would leak the risk engine's
	// rules. It says nothing of Warning, which is always shown.
	TellCustomer bool `json:"tell_customer"`
}

// Reason is the reason of a code, and the catalogue's "other" for a code it
// does not know.
func (p *Policy) Reason(code string) Reason {
	if r, ok := p.reasons[code]; ok {
		return r
	}
	return p.reasons[Other]
}

// maxReasons is how many reasons one request may have.
const maxReasons = 8

// Amended are the reasons of an amendment: what was once said to be a scam stays
// said, before all else. What comes to be more than a request may have is left
// out from the end.
func (p *Policy) Amended(before, after []string) []string {
	var codes []string
	for _, code := range before {
		if p.Reason(code).Scam && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	for _, code := range after {
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes[:min(len(codes), maxReasons)]
}

var codePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

const maxText = 500 // characters of one sentence

func (r *reader) reasons(p place) map[string]Reason {
	rs := map[string]Reason{}
	for _, e := range r.entries(p) {
		if !codePattern.MatchString(e.key) {
			r.fault(e.name, "a code must be at most 64 of a-z, 0-9, _, . and -")
		}
		rs[e.key] = r.reason(e)
	}
	if _, ok := rs[Other]; !ok {
		r.fault(p, "%s is missing; it stands in for unknown codes", Other)
	}
	return rs
}

func (r *reader) reason(e entry) Reason {
	p := e.value
	fs := r.fields(p, "customer", "agent", "script", "scam", "warning", "tell_customer")
	reason := Reason{Code: e.key}
	if v, ok := r.need(p, fs, "customer"); ok {
		reason.Customer = r.sentence(v, "en", "zh-Hans")
	}
	if v, ok := r.need(p, fs, "agent"); ok {
		reason.Agent = r.sentence(v, "en")
	}
	if v, ok := fs["script"]; ok {
		reason.Script = r.script(v)
	}
	if v, ok := fs["scam"]; ok {
		reason.Scam = r.flag(v)
	}
	if v, ok := fs["tell_customer"]; ok {
		reason.TellCustomer = r.flag(v)
	}
	warning, ok := fs["warning"]
	if ok {
		reason.Warning = r.sentence(warning, "en", "zh-Hans")
	}
	if reason.Scam && !ok {
		r.fault(e.name, "warning is missing; a scam needs one")
	}
	return reason
}

// sentence reads a text that must be there in the given locales.
func (r *reader) sentence(p place, needed ...string) Text {
	var t Text
	fs := r.fields(p, "en", "zh-Hans")
	for _, locale := range needed {
		r.need(p, fs, locale)
	}
	if v, ok := fs["en"]; ok {
		t.En, _ = r.text(v, maxText)
	}
	if v, ok := fs["zh-Hans"]; ok {
		t.ZhHans, _ = r.text(v, maxText)
	}
	return t
}

// script reads lines in English, or lines by locale.
func (r *reader) script(p place) (s Script) {
	if p.node.Kind != yaml.MappingNode {
		s.En = r.scriptLines(p)
		return s
	}
	fs := r.fields(p, "en", "zh-Hans")
	if v, ok := r.need(p, fs, "en"); ok {
		s.En = r.scriptLines(v)
	}
	if v, ok := fs["zh-Hans"]; ok {
		s.ZhHans = r.scriptLines(v)
	}
	return s
}

func (r *reader) scriptLines(p place) (script []string) {
	lines := r.list(p)
	if len(lines) > 20 {
		r.fault(p, "has %d lines, at most 20", len(lines))
	}
	for _, l := range lines {
		if s, ok := r.text(l, maxText); ok {
			script = append(script, s)
		}
	}
	return script
}

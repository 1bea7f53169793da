package policy

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"holdfast/hold"

	"go.yaml.in/yaml/v3"
)

func (r *reader) asks(p place) []hold.Ask {
	places := r.list(p)
	if len(places) == 0 && r.is(p, yaml.SequenceNode, "a list") {
		r.fault(p, "asks on no channel")
	}
	var asks []hold.Ask
	for _, q := range places {
		a := r.ask(q)
		if a.Channel != "" && slices.ContainsFunc(asks, func(o hold.Ask) bool { return o.Channel == a.Channel }) {
			r.fault(r.field(q, "channel"), "%s is asked twice in one rung", a.Channel)
			continue
		}
		asks = append(asks, a)
	}
	return asks
}

func (r *reader) ask(p place) hold.Ask {
	var a hold.Ask
	fs := r.fields(p, "channel", "lifetime", "min_uv", "not_between", "priority", "skill", "by_sms", "interview")
	if v, ok := r.need(p, fs, "channel"); ok {
		a.Channel, _ = oneOf(r, v, hold.Channels...)
	}
	a.Lifetime = r.lifetime(a.Channel, fs)
	if v, ok := fs["min_uv"]; ok {
		a.MinUV, _ = oneOf(r, v, hold.UVNone, hold.UVPIN, hold.UVBiometric)
		if a.Channel != "" && a.Channel != hold.Push {
			r.fault(v, "%s has no user verification; only push has", a.Channel)
		}
	}
	if v, ok := fs["not_between"]; ok {
		a.NotBetween = r.span(v)
	}
	if v, ok := fs["by_sms"]; ok {
		a.BySMS = r.flag(v)
		if a.Channel != "" && a.Channel != hold.FaceLink {
			r.fault(v, "%s has no link; only facelink has", a.Channel)
		}
	}
	if v, ok := fs["interview"]; ok {
		a.Interview, _ = r.name(v)
		r.interviewed = append(r.interviewed, interviewed{a.Interview, v})
		if a.Channel == hold.SMS {
			r.fault(v, "sms asks nothing before its code; only push, facelink and callback have an interview")
		}
	}
	if v, ok := fs["priority"]; ok {
		a.Priority = int(r.whole(v, 1, 9))
		if a.Channel != "" && a.Channel != hold.Callback {
			r.fault(v, "%s has no priority; only callback has", a.Channel)
		}
	}
	if v, ok := fs["skill"]; ok {
		a.Skill, _ = r.name(v)
		switch {
		case a.Channel != "" && a.Channel != hold.Callback:
			r.fault(v, "%s has no skill; only callback has", a.Channel)
		case a.Skill == "supervisor":
			r.fault(v, "supervisor is a role: tasks come to one when an agent passes them on")
		}
	}
	return a
}

// lifetime is how long the channel's proof lives. What is asked by push and
// callback has none: it stays answerable until the hold is decided.
func (r *reader) lifetime(c hold.Channel, fs map[string]place) hold.Duration {
	v, ok := fs["lifetime"]
	switch {
	case c == "":
		return 0
	case c == hold.Push || c == hold.Callback:
		if ok {
			r.fault(v, "%s has no lifetime; it stays answerable until the hold is decided", c)
		}
		return 0
	case ok:
		d, _ := r.duration(v, time.Second, maxLifetime)
		return hold.Duration(d)
	case c == hold.SMS:
		return hold.Duration(defaultSMSLifetime)
	}
	return hold.Duration(maxLifetime)
}

func (r *reader) span(p place) *hold.Span {
	fs := r.fields(p, "from", "to")
	from, ok := r.need(p, fs, "from")
	to, ok2 := r.need(p, fs, "to")
	if !ok || !ok2 {
		return nil
	}
	s := hold.Span{From: r.minute(from), To: 24 * 60}
	if to.node.Value != "24:00" { // the day's end
		s.To = r.minute(to)
	}
	if s.From < 0 || s.To < 0 {
		return nil
	}
	if s.From == s.To {
		r.fault(p, "from and to are the same; the span is empty")
	}
	return &s
}

var clockPattern = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)

// minute reads "HH:MM" (00:00 to 23:59) as minutes after midnight, -1 when it
// is not one.
func (r *reader) minute(p place) int {
	if !r.is(p, yaml.ScalarNode, `a time such as "22:00"`) {
		return -1
	}
	m := clockPattern.FindStringSubmatch(p.node.Value)
	if m == nil {
		r.fault(p, `must be a time such as "22:00"`)
		return -1
	}
	hours, _ := strconv.Atoi(m[1])
	minutes, _ := strconv.Atoi(m[2])
	return hours*60 + minutes
}

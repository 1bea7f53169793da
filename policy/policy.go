// Package policy turns a bank's YAML file into the terms of a hold: which
// ladder it is asked by, how long it waits, and what its reasons mean to
// people. Rules choose a ladder by conditions in CEL (the Common Expression
// Language). It knows nothing of databases, Temporal, channels or the web, reads no
// clock, and never decides a hold.
package policy

import (
	"bytes"
	"slices"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/protection"
)

// MaxSize is the largest policy file that Load reads, in bytes.
const MaxSize = 256 << 10

// Policy is one version of a bank's policy. It never changes and may be used
// by many goroutines at once.
type Policy struct {
	name          string
	version       string
	source        []byte
	minDeviceAge  time.Duration
	minContactAge time.Duration
	suspicion     time.Duration
	minPortrait   time.Duration // age
	verdicts      Verdicts
	sms           hold.SMSTerms
	callback      hold.CallbackTerms
	ownNotMe      hold.OwnNotMe
	contacts      contacts.Terms
	protection    protection.Terms
	deadlines     deadlines
	reasons       map[string]Reason
	ladders       map[string]hold.Ladder
	rules         []rule // the last has no condition
	scenarios     []interview.Scenario
	signs         []rule // of the scenarios, named by their codes; the last is general's and has no condition
	warnings      Faults
	referrals     map[hold.Recipient]hold.Shown
	answerWithin  hold.Days // a complaint
}

// Load reads a policy. The error is always Faults and holds every fault found.
func Load(source []byte) (*Policy, error) { return load(source, &reader{}) }

// Recall reads a policy that ran before and that holds are pinned to. It may
// have gates that can be passed by waiting, which Load refuses by now: the walk
// does not follow those, and an amendment still finds its ladder.
func Recall(source []byte) (*Policy, error) { return load(source, &reader{kept: true}) }

func load(source []byte, r *reader) (*Policy, error) {
	if len(source) > MaxSize {
		r.faultAt(1, 1, "", "the file is larger than 256 KiB")
		return nil, r.faults
	}
	root := r.document(source)
	var p *Policy
	if root != nil {
		p = r.policy(place{node: root})
	}
	if len(r.faults) > 0 {
		r.faults.sort()
		return nil, r.faults
	}
	r.warnings.sort()
	p.warnings = r.warnings
	p.source = bytes.Clone(source)
	p.version = string(hold.DigestOf(source)[:16])
	return p, nil
}

// Name is the policy's own name.
func (p *Policy) Name() string { return p.name }

// Version is the first 16 hexadecimal digits of the SHA-256 of Source.
func (p *Policy) Version() string { return p.version }

// Warnings are what the bank should mend although the policy loads, in the file's
// order.
func (p *Policy) Warnings() Faults { return slices.Clone(p.warnings) }

// Source is the YAML as it was loaded, byte for byte.
func (p *Policy) Source() []byte { return bytes.Clone(p.source) }

func (r *reader) policy(at place) *Policy {
	p := &Policy{minDeviceAge: 12 * time.Hour, minContactAge: 72 * time.Hour, minPortrait: time.Duration(hold.DefaultPortraitAge),
		suspicion: time.Duration(hold.DefaultSuspicion), verdicts: defaultVerdicts, deadlines: defaultDeadlines(), answerWithin: defaultAnswer}
	fs := r.fields(at, "policy", "min_device_age", "min_contact_age", "min_portrait_age", "suspicion", "verdicts", "sms", "callback",
		"recalls", "contacts", "protection", "deadlines", "referrals", "complaints", "reasons", "interview", "scenarios", "ladders", "rules")
	if v, ok := r.need(at, fs, "policy"); ok {
		p.name, _ = r.text(v, 100)
	}
	if v, ok := fs["min_device_age"]; ok {
		p.minDeviceAge, _ = r.duration(v, 0, maxAge)
	}
	if v, ok := fs["min_contact_age"]; ok {
		p.minContactAge, _ = r.duration(v, 0, maxAge)
	}
	if v, ok := fs["suspicion"]; ok {
		p.suspicion, _ = r.duration(v, time.Minute, maxAge)
	}
	if v, ok := fs["min_portrait_age"]; ok {
		p.minPortrait, _ = r.duration(v, time.Second, maxAge)
	}
	if v, ok := fs["verdicts"]; ok {
		p.verdicts = r.verdicts(v)
	}
	if v, ok := fs["deadlines"]; ok {
		r.deadlines(v, p.deadlines)
	}
	if v, ok := r.need(at, fs, "reasons"); ok {
		p.reasons = r.reasons(v)
	}
	r.interview(at, fs, p)
	if v, ok := r.need(at, fs, "ladders"); ok {
		p.ladders = r.ladders(v, p.deadlines.longest())
	}
	if v, ok := fs["sms"]; ok {
		p.sms = r.sms(v)
	} else if asksBySMS(p.ladders) {
		r.fault(at, "sms is missing: a ladder asks by SMS, and nothing says up to which amounts and in which countries")
	}
	if v, ok := fs["callback"]; ok {
		p.callback = r.callback(v)
	}
	if v, ok := fs["recalls"]; ok {
		p.ownNotMe = r.recalls(v)
	}
	if v, ok := fs["referrals"]; ok {
		p.referrals = r.referrals(v)
	}
	if v, ok := fs["complaints"]; ok {
		p.answerWithin = r.complaints(v)
	}
	p.contacts = contacts.Terms{Inform: contacts.InformAsk, Veto: contacts.VetoOff}
	if v, ok := fs["contacts"]; ok {
		p.contacts = r.contacts(v)
	}
	if p.protection = protection.DefaultTerms; fs["protection"].node != nil {
		p.protection = r.protection(fs["protection"])
	}
	if v, ok := r.need(at, fs, "rules"); ok {
		p.rules = r.rules(v, p)
	}
	r.named(p)
	r.waits(p)
	return p
}

// MinDeviceAge is how old a device must be to approve, and to revoke another.
func (p *Policy) MinDeviceAge() time.Duration { return p.minDeviceAge }

package drill

import (
	"context"
	"errors"
	"image/color"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"holdfast/api/client"
	"holdfast/app"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/interview"
)

// Attacks that are sequences: each of them achieved something once.
const (
	OwnerStops Behaviour = "ownerstops" // fraud: a thief with the phone approves, and the owner says not me at the same time
	OwnerHelps Behaviour = "ownerhelps" // fraud: the same, the owner asks for help, and the bank ends the freeze at once
	Unmarked   Behaviour = "unmarked"   // fraud: a key of the bank's says that it is no scam after all, and the victim approves
	FaceSwap   Behaviour = "faceswap"   // fraud: a key of the bank's puts the thief's portrait in the victim's place
)

// staples are the attacks that every run plays, whatever its dice say.
var staples = []Behaviour{OwnerStops, OwnerHelps, Unmarked, FaceSwap}

// cast is what the dice say of a payment. As many frauds as are left play the staples
// that nobody has played so far.
func (d *Drill) cast(r *rand.Rand, fraud bool, left int) Behaviour {
	b := d.Mix.pick(r, fraud)
	missing := slices.DeleteFunc(slices.Clone(staples), func(s Behaviour) bool {
		return d.Mix.Fraud[s] == 0 || slices.ContainsFunc(d.plans, func(p *plan) bool { return p.Behaviour == s })
	})
	if fraud && len(missing) >= left && !slices.Contains(missing, b) {
		return missing[0]
	}
	return b
}

// played says which attacks took place, of those that the input has frauds for.
func (d *Drill) played() Check {
	c := Check{Invariant: "2: each attack of a sequence was played"}
	frauds := 0
	for _, p := range d.Payments {
		if p.Flagged && p.Fraud {
			frauds++
		}
	}
	for _, s := range staples {
		if d.Mix.Fraud[s] > 0 && frauds >= len(staples) {
			c.must(d.deeds[s] > 0, "%s was not played", s)
		}
	}
	return c
}

// did notes that an attack took place.
func (d *Drill) did(b Behaviour) { d.mu.Lock(); defer d.mu.Unlock(); d.deeds[b]++ }

// sequences names the attacks that must not release anything.
var sequences = map[Behaviour]string{Unmarked: "a scam's reason amended away: ", FaceSwap: "a portrait swapped after the hold came: ",
	AgentAlone: "an agent alone with a voicemail: ", Bypassed: "a supervisor by-passed by a ring-in: "}

// stopped is what the owner was told as they last spoke against a payment.
type stopped struct {
	outcome hold.Outcome // of the decision that stood; empty: it waits
	helped  bool         // they asked for help
	told    bool         // they were: until then nothing is promised
	word    int          // counts how often they spoke
}

// stop lets a thief approve with the owner's phone, and the owner speak against it
// by another way, at once.
func (p *person) stop(ctx context.Context, ph *phone.Phone, c app.Challenge, helps bool) {
	d := p.drill
	d.mu.Lock() // after a freeze's end it is asked anew: what they were told before counts no more
	word := d.stops[c.HoldID].word + 1
	d.stops[c.HoldID] = stopped{word: word}
	d.mu.Unlock()
	if i := c.Interview; i != nil && i.State == interview.StateOpen { // the thief says what is wanted
		_, err := ph.SayInterview(ctx, c, inApp(OwnerStops, i.Questions), hold.Signals{})
		p.took("interview", err)
	}
	go func() { _ = ph.Answer(c, hold.Approve, "thief") }()
	var told stopped
	err := d.insist(ctx, func() (err error) { told, err = p.speakAgainst(ctx, c.HoldID, helps); return err })
	if err != nil {
		d.fault("the owner's word", err)
		return
	}
	told.told, told.word = true, word
	d.did(map[bool]Behaviour{false: OwnerStops, true: OwnerHelps}[helps])
	d.mu.Lock()
	if d.stops[c.HoldID].word == word {
		d.stops[c.HoldID] = told
	}
	d.mu.Unlock()
	if helps {
		p.thaw(ctx)
	}
}

func (p *person) speakAgainst(ctx context.Context, id hold.ID, helps bool) (stopped, error) {
	own, err := p.app(ctx)
	if err != nil {
		return stopped{}, err
	}
	var r client.Report
	if !helps {
		res, err := own.ReportNotMe(ctx, id)
		if err := stack.Reply(res, err, &r); err != nil {
			return stopped{}, err
		}
		return stopped{outcome: r.Decision.Outcome}, nil
	}
	res, err := own.AskForHelp(ctx)
	if err := stack.Reply(res, err, &r); err != nil {
		return stopped{}, err
	}
	told := stopped{helped: true, outcome: hold.Release} // or somebody else's refusal: it waits no more
	for _, w := range r.Waiting {
		if w == id {
			told.outcome = ""
		}
	}
	return told, nil
}

// thaw has the bank ask for the end of the freeze; a supervisor of the drill
// agrees at once.
func (p *person) thaw(ctx context.Context) {
	res, err := p.drill.bank.UnfreezeCustomer(ctx, p.id, client.ReasonRequest{Reason: "The customer called the branch."})
	var refused *stack.Refused
	if err := stack.Reply(res, err, nil); err != nil && !errors.As(err, &refused) {
		p.drill.fault("unfreeze", err)
	}
}

// unmark amends a scam's reason away, as soon as it is held.
func (d *Drill) unmark(ctx context.Context, id hold.ID) {
	var refused *stack.Refused
	err := d.insist(ctx, func() error {
		res, err := d.bank.AmendHold(ctx, id, &client.AmendHoldParams{IfMatch: `"1"`}, client.Amendment{Risk: &hold.Risk{Score: 600,
			Reasons: []string{"new_payee"}}})
		if err = stack.Reply(res, err, nil); errors.As(err, &refused) && refused.Status < 500 && refused.Status != http.StatusTooManyRequests {
			return nil
		}
		return err
	})
	if err == nil && refused != nil && refused.Code != "revision_stale" { // that was its own, and the reply to it was lost
		err = refused
	}
	if err != nil {
		d.fault("amendment", err)
		return
	}
	d.did(Unmarked)
}

// swapFace puts the thief's portrait on record, and then shows the thief's face.
func (p *person) swapFace(ctx context.Context, c app.Challenge) {
	if err := p.drill.insist(ctx, func() error { return p.drill.bank.PutPortrait(ctx, p.id, strangeFace, time.Time{}) }); err != nil {
		p.drill.fault("portrait", err)
	} else {
		p.drill.did(FaceSwap)
	}
	p.showFace(ctx, c, color.Color(strangeFace))
}

// outran holds what the owners were told against what became of their payments.
func (d *Drill) outran(e evidence, two *Check) {
	for id, told := range d.stops {
		dec := e.holds[id].Decision
		if dec == nil || !told.told {
			continue
		}
		name := "an owner's not me, as a thief approves: "
		if told.helped {
			name = "an owner's call for help, as a thief approves: "
		}
		switch released := dec.Outcome == hold.Release; {
		case released && told.outcome != hold.Release:
			d.noteAttack(name + "outrun")
			two.must(false, "%s was released after its owner was told that it waits or is stopped", id)
		case released && !told.helped:
			d.noteAttack(name + "came after the release, and is on record as wanted back")
			two.must(dec.RecallAt != 0, "%s was released, its owner said not me, and nobody was told", id)
		case released:
			d.noteAttack(name + "came after the release")
			two.must(true, "")
		default:
			d.noteAttack(name + "nothing")
			two.must(true, "")
		}
	}
	for _, p := range d.plans {
		h := e.holds[p.hold]
		name, sequence := sequences[p.Behaviour]
		if h.Decision == nil || !sequence {
			continue
		}
		achieved := "nothing"
		if h.Decision.Outcome == hold.Release {
			achieved = "released"
		}
		d.noteAttack(name + achieved)
		two.must(h.Decision.Outcome == hold.Reverse, "%s (%s) was released", p.hold, p.Behaviour)
	}
}

package drill

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Behaviour is how a simulated person meets a question.
type Behaviour string

const (
	Prompt    Behaviour = "prompt"    // genuine: approves
	Mistaken  Behaviour = "mistaken"  // genuine: denies by mistake
	DoubleTap Behaviour = "doubletap" // genuine: approves on two devices at once
	Offline   Behaviour = "offline"   // genuine: the app is away as the payment comes, and back later
	Silent    Behaviour = "silent"    // either: says nothing
	NotMe     Behaviour = "notme"     // fraud: the victim says not me
	Coached   Behaviour = "coached"   // fraud: the victim approves, with the fraudster on the line
	Attacker  Behaviour = "attacker"  // fraud: holds the session, enrols a device and tries to approve
	Mule      Behaviour = "mule"      // fraud: the account's owner is in on it and approves

	// Without the app, by text.
	NoApp    Behaviour = "noapp"    // genuine: types the code on the bank's page
	Miscode  Behaviour = "miscode"  // genuine: types a wrong code first
	TextBack Behaviour = "textback" // genuine: replies with the code
	TextNo   Behaviour = "textno"   // fraud: the victim replies NO
	SIMSwap  Behaviour = "simswap"  // fraud: the attacker got a SIM with the victim's number two days ago
	SIMQuiet Behaviour = "simquiet" // fraud: the same, and the network tells nobody
	Forger   Behaviour = "forger"   // fraud: forges replies to a text that the victim leaves lying
	Pumped   Behaviour = "pumped"   // a script makes the bank text the numbers of one network

	// Suspected scams, which only a talk with an agent releases.
	Phoned       Behaviour = "phoned"       // genuine: picks up, and the payment is theirs
	PhoneDead    Behaviour = "phonedead"    // either: does not pick up
	PhoneCoached Behaviour = "phonecoached" // fraud: picks up and says what the fraudster told them to
	PhoneNotMe   Behaviour = "phonenotme"   // fraud: picks up: not me

	// Who pays somebody by a scenario of the policy's. They have the app and a number,
	// and nobody else's customer.
	Liar     Behaviour = "liar"     // fraud: answers as told, and goes on past a warning; the device may know better
	Believer Behaviour = "believer" // fraud: answers truly, reads the warning and stops
	Cooler   Behaviour = "cooler"   // fraud: answers truly, goes on, and when asked anew after the wait refuses
	Teller   Behaviour = "teller"   // fraud: says that they were told what to say
	Warned   Behaviour = "warned"   // genuine: answers truly, reads the warning, goes on
	Waiter   Behaviour = "waiter"   // genuine: answers truly, waits, and approves when asked anew

	// Asked to show their face, which agents hold against the portrait.
	Faced     Behaviour = "faced"     // genuine
	FaceThief Behaviour = "facethief" // fraud: holds the victim's phone, and has a face of their own
)

// ByFace tells whether these people are asked to show their face.
func (b Behaviour) ByFace() bool { return b == Faced || b == FaceThief || b == FaceSwap }

// ByPhone tells whether an agent calls these people.
func (b Behaviour) ByPhone() bool {
	return slices.Contains([]Behaviour{Phoned, PhoneDead, PhoneCoached, PhoneNotMe, Cheated, Guarded}, b)
}

// Talked tells whether these people are of those who are asked, warned and called. The
// coached of no scenario are among them, and who pays a mule while that comes out.
func (b Behaviour) Talked() bool {
	return slices.Contains([]Behaviour{Coached, Liar, Believer, Cooler, Teller, Warned, Waiter, Late, Lodger}, b)
}

// ByText tells whether these people have no app: they live by their texts.
func (b Behaviour) ByText() bool {
	return slices.Contains([]Behaviour{NoApp, Miscode, TextBack, TextNo, SIMSwap, SIMQuiet, Forger, Pumped}, b)
}

// Mix is how often people behave in which way; the weights of genuine and of
// fraudulent payments are counted apart.
type Mix struct{ Genuine, Fraud map[Behaviour]float64 }

// DefaultMix is what the demo plays.
func DefaultMix() Mix {
	return Mix{
		Genuine: map[Behaviour]float64{Prompt: 70, Mistaken: 4, DoubleTap: 8, Offline: 10, Silent: 8, NoApp: 10, Miscode: 6, TextBack: 8,
			Phoned: 8, PhoneDead: 3, Faced: 6, Warned: 8, Waiter: 7},
		Fraud: map[Behaviour]float64{NotMe: 40, Coached: 15, Attacker: 20, Mule: 10, Silent: 15, TextNo: 10, SIMSwap: 12, SIMQuiet: 8,
			Forger: 8, Liar: 22, Believer: 14, Cooler: 12, Teller: 8, PhoneCoached: 12, PhoneNotMe: 6, PhoneDead: 3, FaceThief: 6,
			OwnerStops: 8, OwnerHelps: 6, Unmarked: 6, FaceSwap: 5, Guarded: 8},
	}
}

// ParseMix reads "prompt=70,coached=20": what is named replaces the default's
// weight. Silent counts for both.
func ParseMix(s string) (Mix, error) {
	m := DefaultMix()
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) {
		name, weight, _ := strings.Cut(part, "=")
		w, err := strconv.ParseFloat(weight, 64)
		_, g := m.Genuine[Behaviour(name)]
		_, f := m.Fraud[Behaviour(name)]
		if err != nil || w < 0 || math.IsInf(w, 0) || !g && !f {
			return m, fmt.Errorf("--mix: %q: write behaviour=weight; there are %s", part, strings.Join(names(m), ", "))
		}
		if g {
			m.Genuine[Behaviour(name)] = w
		}
		if f {
			m.Fraud[Behaviour(name)] = w
		}
	}
	for _, weights := range []map[Behaviour]float64{m.Genuine, m.Fraud} {
		sum := 0.0
		for _, w := range weights {
			sum += w
		}
		if sum == 0 {
			return m, fmt.Errorf("--mix: every weight is 0")
		}
	}
	return m, nil
}

func names(m Mix) (out []string) {
	seen := map[Behaviour]bool{}
	for _, weights := range []map[Behaviour]float64{m.Genuine, m.Fraud} {
		for b := range weights {
			if !seen[b] {
				seen[b] = true
				out = append(out, string(b))
			}
		}
	}
	sort.Strings(out)
	return out
}

func (m Mix) pick(r *rand.Rand, fraud bool) Behaviour {
	weights := m.Genuine
	if fraud {
		weights = m.Fraud
	}
	var sum float64
	var order []string
	for b, w := range weights {
		sum += w
		order = append(order, string(b))
	}
	sort.Strings(order)
	at := r.Float64() * sum
	for _, b := range order {
		if at -= weights[Behaviour(b)]; at < 0 {
			return Behaviour(b)
		}
	}
	return Behaviour(order[len(order)-1])
}

// hesitation is log-normal, with a median by behaviour.
func hesitation(r *rand.Rand, b Behaviour) time.Duration {
	median := 1500 * time.Millisecond
	switch b {
	case Coached, Liar:
		median = 3 * time.Second
	case Offline:
		median = 800 * time.Millisecond
	case NotMe, Mistaken:
		median = 2 * time.Second
	case OwnerStops, OwnerHelps, Robbed, Early:
		median = 500 * time.Millisecond
	}
	took := min(time.Duration(float64(median)*math.Exp(0.5*r.NormFloat64())), 9*time.Second)
	if b == Late || b == Lodger {
		took += 6 * time.Second
	}
	return took
}

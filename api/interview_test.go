package api_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/app"
	"holdfast/channels"
	"holdfast/channels/push"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
	"holdfast/store/storetest"
)

// asking is a bench whose policy asks about purchases before they are paid, and
// whose app can answer.
func asking(t *testing.T, b *storetest.Bundle) *bench {
	t.Helper()
	return benchWith(t, b, func(c *api.Config) {
		c.Desk.Talk = app.Talk{Interview: push.VerifyInterview, Warning: push.VerifyWarning}
	})
}

// bought submits a payment that is asked about, and gives its question.
func (x *bench) bought(tx string) hold.Challenge {
	x.t.Helper()
	r := request(tx)
	r["risk"] = map[string]any{"score": 700, "reasons": []string{"purchase"}}
	var h client.Hold
	x.read(x.do("POST", "/v1/holds", r, "Idempotency-Key", tx), 202, &h)
	_, err := x.store.OpenRung(x.t.Context(), h.Id, 0, hold.NoRung, storetest.Rules)
	x.store.Must(err)
	return x.latest(h.Id)
}

// latest is what was asked last about a hold.
func (x *bench) latest(id hold.ID) hold.Challenge {
	x.t.Helper()
	cs, err := x.store.Challenges(x.t.Context(), id)
	x.store.Must(err)
	if len(cs) == 0 || cs[len(cs)-1].Status == hold.Undeliverable {
		x.t.Fatalf("nothing is asked: %+v", cs)
	}
	return cs[len(cs)-1]
}

// answers are to the interview's questions: nothing that anybody would be warned of,
// but for what is put in another's place.
func answers(other ...string) []hold.Said {
	said := []hold.Said{{Question: "company", Answer: "no"}, {Question: "told", Answer: "no"}, {Question: "seen", Answer: "yes"},
		{Question: "offer", Answer: "shop"}, {Question: "way", Answer: "mine"}}
	for i := 0; i < len(other); i += 2 {
		at := slices.IndexFunc(said, func(s hold.Said) bool { return s.Question == other[i] })
		said[at].Answer = other[i+1]
	}
	return said
}

func (x *bench) signSaid(s push.Signer, c hold.Challenge, said []hold.Said) string {
	x.t.Helper()
	jws, err := s.SignInterview(c.ID, c.Nonce, said, hold.Signals{}, x.store.Clock.Now())
	x.store.Must(err)
	return jws
}

func (x *bench) interview(token string, c hold.ChallengeID, proof string) reply {
	x.t.Helper()
	return x.do("POST", "/v1/app/challenges/"+string(c)+"/interview", map[string]any{"proof": proof}, by(token)...)
}

// says answers the interview of a question as the owner, from a device.
func (x *bench) says(s push.Signer, c hold.Challenge, said []hold.Said) reply {
	x.t.Helper()
	return x.interview(x.token("lin"), c.ID, x.signSaid(s, c, said))
}

// kept is what is on record of a hold's interview; nil: nothing.
func (x *bench) kept(id hold.ID) *store.KeptInterview {
	x.t.Helper()
	ks, err := x.store.Interviews(x.t.Context(), id)
	x.store.Must(err)
	chain, _, err := x.store.Chain(x.t.Context(), string(id))
	x.store.Must(err)
	entries := 0
	for _, e := range chain {
		entries += bytes.Count(e.Bytes, []byte(`"interview.answered"`))
	}
	if len(ks) != entries || len(ks) > 1 {
		x.t.Errorf("%d interviews, and %d entries", len(ks), entries)
	}
	if len(ks) == 0 {
		return nil
	}
	return &ks[0]
}

func (x *bench) reverse(id hold.ID) {
	x.t.Helper()
	_, _, err := x.store.Override(x.t.Context(), id, x.store.Look(id).Revision, "client:risk", "")
	x.store.Must(err)
}

// Answers that are not an interview's, or come when another's stand, change nothing;
// whoever sent them is told what stands.
func TestBadInterviews(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := asking(t, b)
		social := answers("offer", "social") // comes to a wait
		again := func(first, second []hold.Said, from push.Signer) func(c hold.Challenge) reply {
			return func(c hold.Challenge) reply {
				x.read(x.says(x.old, c, first), 200, nil)
				return x.says(from, c, second)
			}
		}
		say := func(said []hold.Said) func(c hold.Challenge) reply {
			return func(c hold.Challenge) reply { return x.says(x.old, c, said) }
		}
		swapped := answers()
		swapped[2], swapped[3] = swapped[3], swapped[2]
		unknown := answers()
		unknown[0].Question = "weather"
		many := slices.Concat(answers(), []hold.Said{{Question: "way", Answer: "mine"}})
		for i, c := range []struct {
			name   string
			do     func(c hold.Challenge) reply
			status int
			code   string
			level  interview.Level // of what is on record afterwards; empty: nothing is
			stands string          // what the reply says of it
		}{
			{"twice, the same", again(answers(), answers(), x.old), 200, "", interview.None, `"state":"passed"`},
			{"twice, milder", again(social, answers(), x.old), 409, "interview_answered", interview.Wait, "By a message or an advertisement"},
			{"twice, stricter", again(answers(), social, x.old), 409, "interview_answered", interview.None, "In a shop"},
			{"twice, in no order", again(answers(), swapped, x.old), 422, "interview_invalid", interview.None, ""},
			{"again from another device", again(social, social, x.young), 200, "", interview.Wait, `"wait":{`},
			{"otherwise from another device", again(social, answers(), x.young), 409, "interview_answered", interview.Wait,
				"By a message or an advertisement"},
			{"first from a device that may not approve", func(c hold.Challenge) reply { return x.says(x.young, c, social) }, 200, "",
				interview.Wait, `"wait":{`},
			{"out of order", say(swapped), 422, "interview_invalid", "", ""},
			{"one too few", say(answers()[:4]), 422, "interview_invalid", "", ""},
			{"one too many", say(many), 422, "interview_invalid", "", ""},
			{"none", say([]hold.Said{}), 422, "interview_invalid", "", ""},
			{"seventeen", say(slices.Repeat(answers()[:1], 17)), 403, "signature_invalid", "", ""},
			{"an unknown option", say(answers("way", "whim")), 422, "interview_invalid", "", ""},
			{"an option of another question", say(answers("way", "social")), 422, "interview_invalid", "", ""},
			{"an unknown question", say(unknown), 422, "interview_invalid", "", ""},
			{"of another question", func(c hold.Challenge) reply {
				other := c
				other.ID, other.Nonce = hold.ChallengeID(store.NewID("chal")), store.NewNonce()
				return x.interview(x.token("lin"), c.ID, x.signSaid(x.old, other, answers()))
			}, 403, "nonce_mismatch", "", ""},
			{"a proof of approval", func(c hold.Challenge) reply {
				return x.interview(x.token("lin"), c.ID, x.sign(x.old, c, hold.Approve))
			}, 403, "signature_invalid", "", ""},
			{"a stranger's key", func(c hold.Challenge) reply {
				s := newSigner(x.t)
				s.Device = x.old.Device
				return x.says(s, c, answers())
			}, 403, "signature_invalid", "", ""},
			{"an unknown device", func(c hold.Challenge) reply {
				s := x.old
				s.Device = hold.DeviceID(store.NewID("dev"))
				return x.says(s, c, answers())
			}, 403, "device_unknown", "", ""},
			{"another customer", func(c hold.Challenge) reply {
				x.putCustomer("omar")
				token := x.token("omar")
				theirs := x.interview(token, c.ID, x.signSaid(x.old, c, answers()))
				none := x.interview(token, hold.ChallengeID(store.NewID("chal")), x.signSaid(x.old, c, answers()))
				if string(theirs.body) != string(none.body) {
					x.t.Errorf("another's: %s; none: %s", theirs.body, none.body)
				}
				return theirs
			}, 404, "not_found", "", ""},
			{"a proof sent again", func(c hold.Challenge) reply {
				proof := x.signSaid(x.old, c, social)
				x.read(x.interview(x.token("lin"), c.ID, proof), 200, nil)
				return x.interview(x.token("lin"), c.ID, proof)
			}, 200, "", interview.Wait, `"wait":{`},
			{"a proof sent again too late", func(c hold.Challenge) reply {
				proof := x.signSaid(x.old, c, social)
				x.read(x.interview(x.token("lin"), c.ID, proof), 200, nil)
				x.store.Clock.Forward(2 * time.Minute)
				return x.interview(x.token("lin"), c.ID, proof)
			}, 403, "proof_expired", interview.Wait, ""},
			{"after the decision", func(c hold.Challenge) reply { x.reverse(c.HoldID); return x.says(x.old, c, answers()) },
				409, "hold_decided", "", `"outcome":"reverse"`},
			{"after the decision, the same", func(c hold.Challenge) reply {
				x.read(x.says(x.old, c, answers()), 200, nil)
				x.reverse(c.HoldID)
				return x.says(x.old, c, answers())
			}, 200, "", interview.None, `"state":"passed"`},
			{"after the decision, otherwise", func(c hold.Challenge) reply {
				x.read(x.says(x.old, c, answers()), 200, nil)
				x.reverse(c.HoldID)
				return x.says(x.old, c, social)
			}, 409, "interview_answered", interview.None, "In a shop"},
			{"of a question that the wait took back", func(c hold.Challenge) reply {
				x.read(x.says(x.old, c, social), 200, nil)
				if now := x.latest(c.HoldID); now.Status != hold.Cancelled {
					x.t.Errorf("it is still %s", now.Status)
				}
				return x.says(x.old, c, answers())
			}, 409, "interview_answered", interview.Wait, `"state":"warning"`},
			{"of a question before an amendment", func(c hold.Challenge) reply {
				_, _, err := x.store.AmendHold(x.t.Context(), store.Amend{ID: c.HoldID, Revision: 1, Actor: "client:risk",
					Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
					Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
						return h.Terms, h.Deadline, nil
					}})
				x.store.Must(err)
				return x.says(x.old, c, answers())
			}, 403, "channel_mismatch", "", ""},
			{"of a question that nothing comes before", func(hold.Challenge) reply {
				_, plain := x.held("plain-" + b.Dialect())
				return x.says(x.old, plain, answers())
			}, 403, "channel_mismatch", "", ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				x.t = t
				x.store.Clock.Forward(time.Hour) // pushes are counted by the hour
				q := x.bought(fmt.Sprint("tx-", i))
				r := c.do(q)
				if r.status != c.status || r.code() != c.code || !bytes.Contains(r.body, []byte(c.stands)) {
					t.Errorf("%d %s, want %d %s and %s", r.status, r.body, c.status, c.code, c.stands)
				}
				k := x.kept(q.HoldID)
				switch {
				case c.level == "" && k != nil:
					t.Errorf("kept: %+v", k)
				case c.level != "" && (k == nil || k.Level != c.level):
					t.Errorf("kept %+v, want %s", k, c.level)
				}
			})
		}
	})
}

// A question that has run out, or was taken back, can be talked about all the same:
// answers only make a payment stricter, and none of them opens it again.
func TestInterviewOfAQuestionThatIsOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := asking(t, b)
		raw := storetest.Raw(t, b.URL)
		for _, over := range []hold.ChallengeStatus{hold.Expired, hold.Cancelled} {
			t.Run(string(over), func(t *testing.T) {
				x.t = t
				q := x.bought(string(over))
				raw.MustExec(raw.Rebind(`UPDATE challenges SET status = ?, closed_at = 1 WHERE id = ?`), over, q.ID)
				x.read(x.says(x.old, q, answers("offer", "social")), 200, nil)
				if k, h := x.kept(q.HoldID), x.store.Look(q.HoldID); k == nil || h.NotBefore == 0 {
					t.Errorf("kept %+v, %+v", k, h.Talk)
				}
				x.store.Clock.Forward(5 * time.Hour)
				if r := x.answer(x.token("lin"), q.ID, x.sign(x.old, q, hold.Approve)); r.status/100 != 4 {
					t.Errorf("it is answered: %d %s", r.status, r.body)
				}
			})
		}
	})
}

// What is said of a warning before there is one, of another text, or too soon, counts
// for nothing; who was told what to say cannot take it back.
func TestBadWarnings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := asking(t, b)
		said := answers("seen", "no") // comes to a warning
		type choice = channels.Warned
		chose := func(c hold.Challenge, w choice) reply {
			x.t.Helper()
			jws, err := x.old.SignWarning(c.ID, c.Nonce, w, x.store.Clock.Now())
			x.store.Must(err)
			return x.do("POST", "/v1/app/challenges/"+string(c.ID)+"/warning", map[string]any{"proof": jws}, by(x.token("lin"))...)
		}
		shown := func(c hold.Challenge) choice {
			x.t.Helper()
			var r client.InterviewReceipt
			x.read(x.says(x.old, c, said), 200, &r)
			if r.Interview.Warning == nil {
				x.t.Fatalf("no warning: %+v", r)
			}
			return choice{Digest: r.Interview.Warning.Digest, Locale: r.Interview.Warning.Locale, Seconds: r.Interview.Warning.Seconds,
				Choice: "went_on"}
		}
		with := func(change func(w *choice), wait time.Duration) func(c hold.Challenge) reply {
			return func(c hold.Challenge) reply {
				w := shown(c)
				change(&w)
				x.store.Clock.Forward(wait)
				return chose(c, w)
			}
		}
		for i, c := range []struct {
			name   string
			do     func(c hold.Challenge) reply
			status int
			code   string
			choice interview.Choice
		}{
			{"read", with(func(*choice) {}, 10*time.Second), 200, "", interview.WentOn},
			{"too soon", with(func(*choice) {}, 9*time.Second), 409, "warning_unread", ""},
			{"too soon, whatever the device says", with(func(w *choice) { w.Seconds = 600 }, 9*time.Second), 409, "warning_unread", ""},
			{"another text", with(func(w *choice) { w.Digest = hold.DigestOf([]byte("Go on.")) }, time.Minute), 403, "digest_mismatch", ""},
			{"another language", with(func(w *choice) { w.Locale = "zh-Hans" }, time.Minute), 403, "digest_mismatch", ""},
			{"another choice", with(func(w *choice) { w.Choice = "skipped" }, time.Minute), 422, "interview_invalid", ""},
			{"before the interview", func(c hold.Challenge) reply { return chose(c, choice{Digest: "d", Locale: "en", Choice: "went_on"}) },
				403, "interview_missing", ""},
			{"after answers that warn of nothing", func(c hold.Challenge) reply {
				x.read(x.says(x.old, c, answers()), 200, nil)
				return chose(c, choice{Digest: "d", Locale: "en", Choice: "went_on"})
			}, 403, "interview_missing", ""},
			{"after the decision", func(c hold.Challenge) reply {
				w := shown(c)
				x.reverse(c.HoldID)
				x.store.Clock.Forward(time.Minute)
				return chose(c, w)
			}, 409, "hold_decided", ""},
			{"told, and then not", func(c hold.Challenge) reply {
				w := shown(c)
				w.Choice = "told"
				x.read(chose(c, w), 200, nil)
				x.store.Clock.Forward(time.Minute)
				w.Choice = "went_on"
				return chose(c, w)
			}, 409, "interview_answered", interview.Told},
		} {
			t.Run(c.name, func(t *testing.T) {
				x.t = t
				x.store.Clock.Forward(time.Hour)
				q := x.bought(fmt.Sprint("tx-", i))
				if r := c.do(q); r.status != c.status || r.code() != c.code {
					t.Errorf("%d %s, want %d %s", r.status, r.body, c.status, c.code)
				}
				if k := x.kept(q.HoldID); k != nil && k.Choice != c.choice {
					t.Errorf("chose %q, want %q", k.Choice, c.choice)
				}
			})
		}
	})
}

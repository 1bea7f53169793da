package store_test

import (
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// approvedHold is a hold that the push approved and nobody has concluded yet,
// under a ladder that goes on to a call.
func approvedHold(b *storetest.Bundle) (hold.ID, hold.Challenge) {
	b.T.Helper()
	return approvedOn(b, hold.Push)
}

// approvedOn is the same where the first rung asks on these channels, push the last.
func approvedOn(b *storetest.Bundle, asks ...hold.Channel) (hold.ID, hold.Challenge) {
	b.T.Helper()
	app := storetest.Rung("app", 5*time.Minute, asks...)
	id, c := b.Called(hold.Ladder{Name: "app, call", Exhausted: hold.ExhaustedWait,
		Rungs: []hold.Rung{app, storetest.Rung("call", 4*time.Hour, hold.Callback)}}, 100_00)
	expect(b, "approved", b.Say(c.ID, b.Old(), hold.Approve).Outcome, hold.AnswerAccepted)
	return id, c
}

// Whoever speaks against a payment before the ledger is about to be told is
// heard, though its approval was acknowledged.
func TestRefusalIsNeverOutrun(t *testing.T) {
	t.Parallel()
	amended := func(b *storetest.Bundle, id hold.ID) {
		_, out := amendedAsIs(b, id)
		expect(b, "amended", out, store.Changed)
	}
	toAgent := func(d hold.Disposition) func(*storetest.Bundle, hold.ID, hold.Challenge) {
		return func(b *storetest.Bundle, _ hold.ID, _ hold.Challenge) {
			ana := b.Agent("ana", "agent")
			expect(b, "heard", b.Disposed(ana, b.Case(ana), d).Outcome, store.Disposed)
		}
	}
	for name, against := range map[string]func(b *storetest.Bundle, id hold.ID, c hold.Challenge){
		"reported in the app": func(b *storetest.Bundle, id hold.ID, _ hold.Challenge) {
			d, err := b.ReportNotMe(ctx, b.Customer.ID, id)
			b.Must(err)
			expect(b, "told", d.Outcome, hold.Reverse)
		},
		"not me, on the same question": func(b *storetest.Bundle, _ hold.ID, c hold.Challenge) {
			expect(b, "heard", b.Say(c.ID, b.Young(), hold.NotMe).Outcome, hold.AnswerAccepted)
		},
		"refused, on the same question": func(b *storetest.Bundle, _ hold.ID, c hold.Challenge) {
			expect(b, "heard", b.Say(c.ID, b.Young(), hold.Deny).Outcome, hold.AnswerAccepted)
		},
		"help, and the freeze ended by two": func(b *storetest.Bundle, id hold.ID, _ hold.Challenge) {
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			b.Thaw(b.Customer.ID)
			expect(b, "asked anew", b.Look(id).Revision, 2)
		},
		"refused at the revision before": func(b *storetest.Bundle, id hold.ID, c hold.Challenge) {
			amended(b, id)
			expect(b, "heard", b.Say(c.ID, b.Old(), hold.Deny).Outcome, hold.AnswerAccepted)
		},
		"amended":                 func(b *storetest.Bundle, id hold.ID, _ hold.Challenge) { amended(b, id) },
		"refused to an agent":     toAgent(hold.Refused),
		"not theirs, to an agent": toAgent(hold.NotTheirs),
		"reversed by the bank": func(b *storetest.Bundle, id hold.ID, _ hold.Challenge) {
			_, out, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
			expect(b, "changed", out, store.Changed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				id, c := approvedOn(b, hold.Callback, hold.Push)
				against(b, id, c)
				_, err := b.Conclude(ctx, id)
				b.Must(err)
				if d := b.Look(id).Decision; d != nil && d.Outcome != hold.Reverse {
					t.Errorf("%s for %s", d.Outcome, d.Reason)
				}
				b.Clock.Forward(25 * time.Hour)
				_, err = b.Conclude(ctx, id)
				b.Must(err)
				expect(b, "in the end", b.Look(id).Decision.Outcome, hold.Reverse)
				verify(b)
			})
		})
	}
}

// An amendment after the deadline is too late, and concludes nothing: what was
// answered in time is released where the ledger is told, and a no before that is heard.
func TestAmendmentConcludesNoRelease(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refused bool
		want    hold.Outcome
	}{"approved": {false, hold.Release}, "and then refused": {true, hold.Reverse}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				id, asked := approvedHold(b)
				b.Clock.Forward(25 * time.Hour)
				begun(b)
				h, out := amendedAsIs(b, id)
				expect(b, "too late", out, store.HoldOver)
				expect(b, "as it was", h.Status, hold.Held)
				expect(b, "on record, too", b.Look(id).Status, hold.Held)
				expect(b, "woken", wakes(b, id) > 0, true)
				if c.refused {
					expect(b, "heard", b.Say(asked.ID, b.Old(), hold.Deny).Outcome, hold.AnswerAccepted)
				}
				_, _, err := b.Finish(ctx, id, storetest.Rules)
				b.Must(err)
				expect(b, "decided", b.Look(id).Decision.Outcome, c.want)
				verify(b)
			})
		})
	}
}

// amendedAsIs amends a hold's first revision and leaves what is asked as it is.
func amendedAsIs(b *storetest.Bundle, id hold.ID) (hold.Hold, store.ChangeOutcome) {
	b.T.Helper()
	h, out, err := b.AmendHold(ctx, store.Amend{ID: id, Revision: 1, Actor: "client:bank",
		Change: func(r hold.Request) hold.Request { return r },
		Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
			return h.Terms, h.Deadline, nil
		}})
	b.Must(err)
	return h, out
}

// A text's NO refuses what the number was asked about, though its code was right
// a moment before, its question has expired, or the hold was amended since.
func TestNoByTextRefusesWhatWaits(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(b *storetest.Bundle, c hold.Challenge){
		"approved by its code": func(b *storetest.Bundle, c hold.Challenge) {
			expect(b, "code", b.Code(c, &storetest.Compared{}, true).Outcome, hold.AnswerAccepted)
		},
		"expired": func(b *storetest.Bundle, _ hold.Challenge) { b.Clock.Forward(6 * time.Minute) },
		"amended since": func(b *storetest.Bundle, c hold.Challenge) {
			_, out := amendedAsIs(b, c.HoldID)
			expect(b, "amended", out, store.Changed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				id, c := b.Texted(storetest.SMSLadder())
				before(b, c)
				expect(b, "taken", reply(b, 1, store.ReplyNo, &storetest.Compared{}, false), hold.TakenUp)
				_, err := b.Conclude(ctx, id)
				b.Must(err)
				expect(b, "refused", b.Look(id).Decision.Reason, hold.ReasonRefused)
				verify(b)
			})
		})
	}
}

// What an agent suspects belongs to the hold: nothing that was said before, and
// no push, releases it; only a supervisor's call does. The customer's other
// holds are asked by call only.
func TestSuspicionBelongsToTheHold(t *testing.T) {
	t.Parallel()
	for _, d := range []hold.Disposition{hold.SuspectedScam, hold.Vulnerable} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				other, push := approvedHold(b)
				ladder := hold.Ladder{Name: "any", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("any", 4*time.Hour, hold.Push,
					hold.Callback)}}
				id, _ := b.Called(ladder, 100_00)
				ana := b.Agent("ana", "agent")
				expect(b, "suspected", b.Disposed(ana, b.Case(ana), d).Outcome, store.Disposed)
				cs, err := b.Challenges(ctx, id)
				b.Must(err)
				for _, c := range cs {
					if c.Channel == hold.Push {
						expect(b, "the push", b.Say(c.ID, b.Old(), hold.Approve).Outcome, hold.LateCancelled)
					}
				}
				expect(b, "another's push", b.Say(push.ID, b.Old(), hold.Approve).Outcome, hold.LateAnswered)
				for _, h := range []hold.ID{id, other} {
					_, err := b.Conclude(ctx, h)
					b.Must(err)
					expect(b, "held", b.Look(h).Status, hold.Held)
				}
				fresh := b.Held(storetest.PushLadder())
				p, err := b.OpenRung(ctx, fresh, 0, hold.NoRung, storetest.Rules)
				b.Must(err)
				expect(b, "a new one asks nothing without a call", p.Rung, hold.NoRung)
				sam := b.Agent("sam", "supervisor")
				v := b.Case(sam)
				b.Proved(sam, v)
				for _, k := range v.Tasks {
					if k.HoldID == id {
						res, err := b.Dispose(ctx, b.Disposing(sam, v, k, hold.Confirmed))
						b.Must(err)
						b.Must(seconded(b, res))
					}
				}
				_, err = b.Conclude(ctx, id)
				b.Must(err)
				expect(b, "a supervisor releases", b.Look(id).Decision.Outcome, hold.Release)
				verify(b)
			})
		})
	}
}

// seconded lets a second person agree where one is asked.
func seconded(b *storetest.Bundle, res store.DisposeResult) error {
	if res.ApprovalID == "" {
		return nil
	}
	word, err := decide(b, b.Agent("sue", "supervisor"), res.ApprovalID, true)
	return storetest.ErrorOf(word.Refusal, err)
}

// A gate that nobody gave is passed by a call alone.
func TestGateIsNotPassedByWaiting(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		gate := storetest.Rung("gate", 5*time.Minute, hold.Push)
		gate.Approved = hold.EdgeNext
		text := storetest.SMSLadder().Rungs[0]
		id := b.Held(hold.Ladder{Name: "gate, text", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{gate, text}})
		first := b.Open(id)
		b.Clock.Forward(6 * time.Minute)
		expect(b, "the text is not asked", b.Open(id).Channel, hold.Push)
		b.Say(first.ID, b.Old(), hold.Approve) // late, and given
		c := b.Open(id)
		expect(b, "asked once the gate is given", c.Channel, hold.SMS)
		b.Code(c, &storetest.Compared{}, true)
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "both were given", b.Look(id).Decision.Outcome, hold.Release)
		verify(b)
	})
}

// What comes after the decision does not change it. The bank is told, once, that
// the customer wants the money back.
func TestRecallIsWanted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := approvedHold(b)
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "too late", b.Say(c.ID, b.Old(), hold.Deny).Outcome, hold.LateDecided)
		d, err := b.ReportNotMe(ctx, b.Customer.ID, id)
		b.Must(err)
		expect(b, "it stands", d.Outcome, hold.Release)
		expect(b, "and is on record", b.Look(id).Decision.RecallAt != 0, true)
		items, err := b.Feed(ctx, 0, 10)
		b.Must(err)
		expect(b, "the feed", len(items), 2)
		expect(b, "the decision first", items[0].Recall, hold.Answer(""))
		expect(b, "then the wish", items[1].Recall, hold.Deny)
		expect(b, "of this hold", items[1].HoldID, id)
		expect(b, "on the chain", count(kinds(b, string(id)), "recall.wanted"), 1)
		verify(b)
	})
}

// An agent on the phone hears a no a moment after the release: the bank is told.
func TestRecallOfWhatAnAgentHeard(t *testing.T) {
	t.Parallel()
	for d, answer := range map[hold.Disposition]hold.Answer{hold.Refused: hold.Deny, hold.NotTheirs: hold.NotMe} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				ladder := hold.Ladder{Name: "any", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("any", 4*time.Hour, hold.Push,
					hold.Callback)}}
				id, _ := b.Called(ladder, 100_00)
				ana := b.Agent("ana", "agent")
				v := b.Case(ana)
				cs, err := b.Challenges(ctx, id)
				b.Must(err)
				for _, c := range cs {
					if c.Channel == hold.Push {
						b.Say(c.ID, b.Old(), hold.Approve)
					}
				}
				_, err = b.Conclude(ctx, id)
				b.Must(err)
				expect(b, "too late for the decision", b.Disposed(ana, v, d).Outcome, store.DisposeDecided)
				expect(b, "which stands", b.Look(id).Decision.Outcome, hold.Release)
				expect(b, "the wish is on record", b.Look(id).Decision.RecallAt != 0, true)
				items, err := b.Feed(ctx, 0, 10)
				b.Must(err)
				expect(b, "and in the feed", items[len(items)-1].Recall, answer)
				c, err := b.Store.Customer(ctx, b.Customer.ID)
				b.Must(err)
				expect(b, "frozen", c.FrozenAt != 0, answer == hold.NotMe)
				verify(b)
			})
		})
	}
}

package store_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
	"holdfast/store/storetest"
)

// facing is a face check, and a push beside it, with a call behind them; which of the
// two has an interview is said.
func facing(bySMS bool, interviewed ...hold.Channel) hold.Ladder {
	r := storetest.Rung("face", 10*time.Minute, hold.FaceLink, hold.Push)
	r.Asks[0].Lifetime, r.Asks[0].BySMS = hold.Duration(10*time.Minute), bySMS
	for i, a := range r.Asks {
		for _, ch := range interviewed {
			if a.Channel == ch {
				r.Asks[i].Interview = "safe_account"
			}
		}
	}
	return hold.Ladder{Name: "face", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{r, storetest.Rung("call", 20*time.Hour, hold.Callback)}}
}

var faceRules = func() hold.Rules {
	r := storetest.CallRules
	r.Channels, r.Link, r.FaceVendor = append([]hold.Channel{hold.FaceLink}, r.Channels...), linkOf, true
	return r
}()

// linked is a hold under such a ladder, with the digests of its first link and of the
// cookie that its check would have.
func linked(b *storetest.Bundle, l hold.Ladder) (id hold.ID, link, cookie hold.Digest) {
	b.T.Helper()
	id = b.Held(l)
	_, _, err := b.Finish(ctx, id, faceRules)
	b.Must(err)
	link, cookie = next(b, id)
	return id, link, cookie
}

// next opens the next link of a hold's face check.
func next(b *storetest.Bundle, id hold.ID) (link, cookie hold.Digest) {
	b.T.Helper()
	c := asked(b, id, hold.FaceLink)
	n, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
	b.Granted(why, err)
	return linkOf(c.ID, n), linkOf(c.ID, 100+n)
}

// saidAt answers on a link's page.
func saidAt(b *storetest.Bundle, by hold.Digest, level interview.Level, wait time.Duration, answer string) store.InterviewResult {
	b.T.Helper()
	res, err := b.TakeInterview(ctx, store.Interview{Link: by, Via: interview.ViaLink, Author: store.AuthorLink,
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
			out := store.Interviewed{Scenario: "safe_account", Version: "v1", Wait: wait, Said: []hold.Said{{Question: "on_call", Answer: answer}}}
			if out.Level = level; level.AtLeast(interview.Warn) {
				out.Warning = "never_move"
			}
			return out, "", nil
		}})
	b.Must(err)
	return res
}

// choseAt says on a link's page what became of the warning.
func choseAt(b *storetest.Bundle, by hold.Digest, choice interview.Choice) store.InterviewResult {
	b.T.Helper()
	res, err := b.TakeWarning(ctx, store.Warning{Link: by,
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, store.KeptInterview, hold.Instant) (store.Warned, hold.Refusal, error) {
			return store.Warned{Choice: choice, Locale: "en", Digest: "d", Seconds: 9, Least: 8 * time.Second, Wait: 12 * time.Hour}, "", nil
		}})
	b.Must(err)
	return res
}

// started starts a link, or says why it is not.
func started(b *storetest.Bundle, link, cookie hold.Digest) hold.Refusal {
	b.T.Helper()
	_, why, err := b.StartLink(ctx, link, cookie, "smile")
	b.Must(err)
	return why
}

// sent sends the pictures of a check, or says why they are not taken.
func sent(b *storetest.Bundle, cookie hold.Digest) hold.Refusal {
	b.T.Helper()
	var frames [3]hold.Sealed
	for i := range frames {
		frames[i] = hold.Sealed{Bytes: []byte{byte(i)}, Digest: hold.DigestOf([]byte{byte(i)})}
	}
	why, err := b.SubmitFrames(ctx, cookie, frames)
	b.Must(err)
	return why
}

// A link starts nothing before its page has asked and warned, and is not used up by what
// comes too soon. What was said in the app counts there; what was said there counts for
// the check alone.
func TestLinkAsksFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("unanswered", func() {
			_, link, cookie := linked(b, facing(false, hold.FaceLink))
			expect(b, "started", started(b, link, cookie), hold.InterviewMissing)
			v, why, err := b.FaceLink(ctx, link)
			b.Granted(why, err)
			expect(b, "its page", v.Hold.MayPay(v.Challenge, v.Now), hold.InterviewMissing)
			saidAt(b, link, interview.None, 0, "no")
			expect(b, "once it is answered", started(b, link, cookie), "")
		})
		b.Subtest("by text", func() {
			id := b.Held(facing(true, hold.FaceLink))
			_, _, err := b.Finish(ctx, id, faceRules)
			b.Must(err)
			c := asked(b, id, hold.FaceLink)
			expect(b, "started", started(b, linkOf(c.ID, 1), linkOf(c.ID, 101)), hold.InterviewMissing)
			v, why, err := b.FaceLink(ctx, linkOf(c.ID, 1))
			b.Granted(why, err)
			expect(b, "by text", v.BySMS, true)
		})
		b.Subtest("who answered", func() {
			id, link, _ := linked(b, facing(false, hold.FaceLink))
			saidAt(b, link, interview.Warn, 0, "yes")
			b.Clock.Forward(8 * time.Second)
			choseAt(b, link, interview.WentOn)
			ks, err := b.Interviews(ctx, id)
			b.Must(err)
			expect(b, "author", ks[0].Author, "link")
			chain, _, err := b.Chain(ctx, string(id))
			b.Must(err)
			said := ""
			for _, e := range chain {
				said += string(e.Bytes)
			}
			expect(b, "entries", strings.Count(said, `"by":"link"`), 2)
		})
		b.Subtest("a warning", func() {
			_, link, cookie := linked(b, facing(false, hold.FaceLink))
			saidAt(b, link, interview.Warn, 0, "yes")
			expect(b, "unread", started(b, link, cookie), hold.WarningUnread)
			expect(b, "read at once", choseAt(b, link, interview.WentOn).Refusal, hold.WarningUnread)
			expect(b, "stopped", choseAt(b, link, interview.Stopped).Outcome, store.InterviewKept)
			b.Clock.Forward(8 * time.Second)
			expect(b, "read", choseAt(b, link, interview.WentOn).Outcome, store.InterviewKept)
			expect(b, "stopped after all", choseAt(b, link, interview.Stopped).Outcome, store.InterviewStands)
			expect(b, "passed", started(b, link, cookie), "")
		})
		b.Subtest("twice, otherwise, and late", func() {
			id, link, _ := linked(b, facing(false, hold.FaceLink))
			saidAt(b, link, interview.Warn, 0, "yes")
			expect(b, "the same", saidAt(b, link, interview.Warn, 0, "yes").Outcome, store.InterviewAgain)
			res := saidAt(b, link, interview.None, 0, "no")
			expect(b, "otherwise", res.Outcome, store.InterviewStands)
			expect(b, "stands", res.Kept.Level, interview.Warn)
			other, unsaid, _ := linked(b, facing(false, hold.FaceLink))
			for _, h := range []hold.ID{id, other} {
				_, _, err := b.Override(ctx, h, 1, "client:bank", "")
				b.Must(err)
			}
			expect(b, "after the decision, the same", saidAt(b, link, interview.Warn, 0, "yes").Outcome, store.InterviewAgain)
			expect(b, "after the decision", saidAt(b, unsaid, interview.None, 0, "no").Outcome, store.InterviewLate)
		})
		verify(b)
	})
}

// What is asked by the link is asked in the app as well, and the other way round it is not.
func TestLinkBesideTheApp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("in the app, for the link", func() {
			id, link, cookie := linked(b, facing(false, hold.FaceLink, hold.Push))
			said(b, asked(b, id, hold.Push).ID, interview.None, 0, "no")
			expect(b, "started", started(b, link, cookie), "")
		})
		b.Subtest("by the link, for the app", func() {
			id, link, _ := linked(b, facing(false, hold.FaceLink, hold.Push))
			push := asked(b, id, hold.Push)
			expect(b, "approved before", b.Say(push.ID, b.Old(), hold.Approve).Refusal, hold.InterviewMissing)
			saidAt(b, link, interview.None, 0, "no") // by whoever holds it: the app asks all the same
			expect(b, "approved then", b.Say(push.ID, b.Old(), hold.Approve).Refusal, hold.InterviewMissing)
			said(b, push.ID, interview.Warn, 0, "yes")
			b.Clock.Forward(8 * time.Second)
			choseAt(b, link, interview.WentOn) // and it cannot dismiss what the app warns of
			expect(b, "unread", b.Say(push.ID, b.Old(), hold.Approve).Refusal, hold.WarningUnread)
			expect(b, "stopped there", chose(b, push.ID, interview.Stopped).Outcome, store.InterviewKept)
			choseAt(b, link, interview.WentOn)
			ks, err := b.Interviews(ctx, id)
			b.Must(err)
			for _, k := range ks {
				if k.Via == interview.ViaCustomer {
					expect(b, "stands", k.Choice, interview.Stopped)
				}
			}
		})
		verify(b)
	})
}

// A wait takes the question back. Its link says so as long as it would have lived, and
// afterwards the customer is asked anew, without an interview.
func TestLinkWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("a wait", func() {
			id, link, cookie := linked(b, facing(false, hold.FaceLink))
			saidAt(b, link, interview.Wait, 12*time.Hour, "yes")
			expect(b, "started", started(b, link, cookie), hold.TooEarly)
			v, why, err := b.FaceLink(ctx, link)
			b.Granted(why, err)
			expect(b, "its page", v.Hold.MayPay(v.Challenge, v.Now), hold.TooEarly)
			expect(b, "until", v.Hold.NotBefore, v.Now.Add(12*time.Hour))
			expect(b, "the same again", saidAt(b, link, interview.Wait, 12*time.Hour, "yes").Outcome, store.InterviewAgain)
			expect(b, "otherwise", saidAt(b, link, interview.None, 0, "no").Outcome, store.InterviewStands)
			b.Clock.Forward(time.Minute)
			choseAt(b, link, interview.WentOn)
			b.Clock.Forward(9 * time.Minute)
			_, why, err = b.FaceLink(ctx, link)
			b.Must(err)
			expect(b, "when it would have died", why, hold.LinkDead)
			b.Clock.Forward(12 * time.Hour)
			_, _, err = b.Finish(ctx, id, faceRules)
			b.Must(err)
			link, cookie = next(b, id)
			expect(b, "asked anew", started(b, link, cookie), "")
		})
		b.Subtest("told what to say", func() {
			id, link, cookie := linked(b, facing(false, hold.FaceLink))
			saidAt(b, link, interview.Warn, 0, "yes")
			expect(b, "told", choseAt(b, link, interview.Told).Outcome, store.InterviewKept)
			expect(b, "suspected", b.Look(id).SuspectedAt != 0, true)
			b.Clock.Forward(time.Minute)
			expect(b, "taken back", choseAt(b, link, interview.WentOn).Outcome, store.InterviewStands)
			expect(b, "started", started(b, link, cookie), hold.TooEarly)
		})
		b.Subtest("a call alone", func() {
			id, link, cookie := linked(b, facing(false, hold.FaceLink))
			b.Clock.Forward(9 * time.Minute)
			saidAt(b, link, interview.Talk, 0, "yes")
			v, why, err := b.FaceLink(ctx, link)
			b.Granted(why, err)
			expect(b, "waits", b.Look(id).Waits(v.Now), false)
			expect(b, "taken back", v.Challenge.Status, hold.Cancelled)
			expect(b, "started", started(b, link, cookie), hold.TooEarly)
		})
		verify(b)
	})
}

// Pictures are held to what came up since the check began, and the try is not spent.
func TestPicturesWaitForTheWarning(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		var push hold.ChallengeID
		begun := func(level interview.Level) (hold.ID, hold.Digest, hold.Digest) {
			id, link, cookie := linked(b, facing(false, hold.Push))
			expect(b, "started", started(b, link, cookie), "")
			push = asked(b, id, hold.Push).ID
			said(b, push, level, 12*time.Hour, "yes") // in the app, beside it
			return id, link, cookie
		}
		b.Subtest("a warning", func() {
			_, link, cookie := begun(interview.Warn)
			expect(b, "sent", sent(b, cookie), hold.WarningUnread)
			why, err := b.AskFaceSession(ctx, cookie)
			b.Must(err)
			expect(b, "to the vendor", why, hold.WarningUnread)
			expect(b, "by the used link", choseAt(b, link, interview.Told).Refusal, hold.LinkDead)
			b.Clock.Forward(8 * time.Second)
			expect(b, "read by whoever holds the link", choseAt(b, cookie, interview.WentOn).Refusal, hold.InterviewMissing)
			expect(b, "sent", sent(b, cookie), hold.WarningUnread)
			expect(b, "read in the app", chose(b, push, interview.WentOn).Outcome, store.InterviewKept)
			expect(b, "sent by the same try", sent(b, cookie), "")
			expect(b, "said after them", choseAt(b, cookie, interview.Told).Refusal, hold.LinkDead)
		})
		b.Subtest("a wait", func() {
			_, _, cookie := begun(interview.Wait)
			expect(b, "sent", sent(b, cookie), hold.TooEarly)
			v, why, err := b.FaceCheck(ctx, cookie)
			b.Granted(why, err)
			expect(b, "its page", v.Hold.MayPay(v.Challenge, v.Now), hold.TooEarly)
			b.Clock.Forward(hold.FaceLife)
			expect(b, "when it would have died", sent(b, cookie), hold.LinkDead)
		})
		verify(b)
	})
}

// What is no living link says nothing.
func TestDeadLinksSayNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		for name, kill := range map[string]func(id hold.ID, link, cookie hold.Digest){
			"its time": func(hold.ID, hold.Digest, hold.Digest) { b.Clock.Forward(10 * time.Minute) },
			"a freeze": func(hold.ID, hold.Digest, hold.Digest) { b.Must(b.AskForHelp(ctx, b.Customer.ID)) },
			"a newer":  func(id hold.ID, _, _ hold.Digest) { next(b, id) },
			"cannot": func(_ hold.ID, link, _ hold.Digest) {
				why, err := b.CannotFace(ctx, link, faceRules)
				b.Granted(why, err)
			},
			"an amendment": func(id hold.ID, _, _ hold.Digest) {
				_, _, err := b.AmendHold(ctx, store.Amend{ID: id, Client: storetest.Client, Revision: 1, Actor: "client:bank",
					Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
					Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
						return h.Terms, h.Deadline, nil
					}})
				b.Must(err)
			},
		} {
			b.Subtest(name, func() {
				id, link, cookie := linked(b, facing(false, hold.FaceLink))
				kill(id, link, cookie)
				expect(b, "said", saidAt(b, link, interview.Stop, 12*time.Hour, "yes").Refusal, hold.LinkDead)
				expect(b, "chosen", choseAt(b, link, interview.Told).Refusal, hold.LinkDead)
				expect(b, "suspected", b.Look(id).SuspectedAt, 0)
				ks, err := b.Interviews(ctx, id)
				b.Must(err)
				expect(b, "kept", len(ks), 0)
			})
		}
		expect(b, "nobody's", saidAt(b, "no link of ours", interview.None, 0, "no").Refusal, hold.LinkDead)
	})
}

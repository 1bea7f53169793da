package app_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"holdfast/app"
	"holdfast/channels"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/policy"
	"holdfast/store/storetest"
)

// What is said on a link's page is judged by the policy of its hold, and held against
// what the customer's devices said of themselves of late: a page knows nothing of its own.
func TestLinkIsJudged(t *testing.T) {
	t.Parallel()
	ctx, p := context.Background(), policy.Default()
	said := func(company, told string) []hold.Said {
		return []hold.Said{{Question: "company", Answer: company}, {Question: "told", Answer: told}}
	}
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		d := &app.Desk{Store: b.Store, Policies: policy.NewSet(p)}
		linked := func(beside ...hold.Channel) (hold.ID, hold.Digest) {
			rung := storetest.Rung("face", 10*time.Minute, append([]hold.Channel{hold.FaceLink}, beside...)...)
			rung.Asks[0].Lifetime, rung.Asks[0].Interview = hold.Duration(10*time.Minute), policy.General
			a := b.Accepting(hold.Ladder{Name: "face", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{rung}})
			terms := a.Terms
			a.Terms = func(c hold.Customer, k counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
				t, deadline, err := terms(c, k, now)
				t.PolicyVersion, t.Callback.Hours = p.Version(), &hold.Span{From: 0, To: 24 * 60}
				return t, deadline, err
			}
			res, err := b.AcceptHold(ctx, a)
			b.Must(err)
			_, _, err = b.Finish(ctx, res.HoldID, hold.Rules{Channels: []hold.Channel{hold.FaceLink, hold.Callback}, FaceVendor: true,
				Link: storetest.LinkOf})
			b.Must(err)
			cs, err := b.Challenges(ctx, res.HoldID)
			b.Must(err)
			c := cs[slices.IndexFunc(cs, func(c hold.Challenge) bool { return c.Channel == hold.FaceLink })]
			n, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, storetest.LinkOf)
			b.Granted(why, err)
			return res.HoldID, storetest.LinkOf(c.ID, n)
		}
		shown := func(by hold.Digest) *app.Interview {
			c, why, err := b.FaceLink(ctx, by)
			b.Granted(why, err)
			out, err := d.LinkShows(ctx, c)
			b.Must(err)
			return out
		}
		answer := func(by hold.Digest, said []hold.Said, want hold.Refusal) {
			b.T.Helper()
			if why, err := d.AnswerLink(ctx, by, said); err != nil || why != want {
				b.T.Errorf("%q, %v, want %q", why, err, want)
			}
		}
		warn := func(by hold.Digest, w channels.Warned, want hold.Refusal) {
			b.T.Helper()
			if why, err := d.WarnLink(ctx, by, w); err != nil || why != want {
				b.T.Errorf("%q, %v, want %q", why, err, want)
			}
		}
		b.Subtest("its questions alone, in their order", func() {
			_, by := linked()
			if got := shown(by); got.State != interview.StateOpen || len(got.Questions) != 2 {
				b.T.Errorf("%+v", got)
			}
			backwards := said("no", "no")
			slices.Reverse(backwards)
			for _, bad := range [][]hold.Said{nil, said("no", "no")[:1], backwards, said("no", "perhaps"), append(said("no", "no"), backwards...)} {
				answer(by, bad, hold.InterviewInvalid)
			}
			answer("", said("no", "no"), hold.LinkDead)
			answer("nobody's", said("no", "no"), hold.LinkDead)
			answer(by, said("no", "no"), "")
			answer(by, said("no", "no"), "")
			answer(by, said("no", "yes"), hold.InterviewAnswered)
			if got := shown(by); got.State != interview.StatePassed || len(got.Said) != 2 {
				b.T.Errorf("%+v", got)
			}
			warn(by, channels.Warned{Choice: "went_on"}, hold.InterviewMissing) // there is none to read
		})
		b.Subtest("what a device said denies it", func() {
			id, by := linked()
			b.Must(b.KeepSignals(ctx, b.Old(), hold.Signals{ScreenShared: hold.Yes}))
			answer(by, said("no", "no"), "")
			ks, err := b.Interviews(ctx, id)
			b.Must(err)
			if ks[0].Level != interview.Talk || string(ks[0].Contradicted) != `["company"]` || string(ks[0].Signals) != "{}" {
				b.T.Errorf("%+v", ks[0])
			}
			w := shown(by).Warning // in its wait
			warn(by, channels.Warned{Digest: "another", Choice: "told"}, hold.DigestMismatch)
			warn(by, channels.Warned{Digest: w.Digest, Choice: "went_on"}, hold.WarningUnread)
			warn(by, channels.Warned{Digest: w.Digest, Choice: "approved"}, hold.InterviewInvalid)
			warn(by, channels.Warned{Digest: w.Digest, Choice: "told", Locale: "an essay"}, "")
			if ks, err = b.Interviews(ctx, id); err != nil || ks[0].Locale != "en" || b.Look(id).SuspectedAt == 0 {
				b.T.Errorf("%+v, %v", ks[0], err)
			}
		})
		b.Subtest("the bank's own call is no reason", func() {
			id, by := linked(hold.Callback)
			ana := b.Agent("ana", "agent")
			b.Rang(ana, b.Case(ana), time.Second)
			b.Must(b.KeepSignals(ctx, b.Old(), hold.Signals{OnCall: hold.Yes}))
			answer(by, said("no", "no"), "")
			if ks, err := b.Interviews(ctx, id); err != nil || ks[0].Level != interview.None {
				b.T.Errorf("%+v, %v", ks[0], err)
			}
		})
		b.Subtest("after the decision", func() {
			id, by := linked()
			_, _, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
			answer(by, said("no", "no"), hold.HoldDecided)
		})
	})
}

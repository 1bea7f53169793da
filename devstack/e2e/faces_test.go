package e2e

import (
	"context"
	"errors"
	"image/color"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/facevendor"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// faceLink opens the check's first link, straight in the record, and starts it.
func (w *world) faceLink(id hold.ID, n int) (hold.Challenge, hold.Digest) {
	w.T.Helper()
	ctx := context.Background()
	c := w.asked(id, n)
	_, _, why, err := w.OpenLink(ctx, c.CustomerID, c.ID, w.link)
	w.Granted(why, err)
	cookie := hold.DigestOf([]byte(store.NewNonce()))
	_, why, err = w.StartLink(ctx, w.link(c.ID, w.links), cookie, "smile")
	w.Granted(why, err)
	return c, cookie
}

// link is the digest of a link; the n-th of each challenge.
func (w *world) link(id hold.ChallengeID, n int) hold.Digest {
	w.links = n
	return hold.DigestOf([]byte(string(id) + string(rune('0'+n))))
}

// Every branch of a hold that asks by face, on a real Temporal server.
func TestFaceHistories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	ana, bo := w.console("ana", "agent"), w.console("bo", "agent")
	face := storetest.Rung("face", time.Minute, hold.FaceLink)
	face.Asks[0].Lifetime = hold.Duration(time.Minute)
	short := storetest.Rung("face", 2*time.Second, hold.FaceLink)
	short.Asks[0].Lifetime = hold.Duration(2 * time.Second)
	byText := face
	byText.Asks = []hold.Ask{{Channel: hold.FaceLink, Lifetime: hold.Duration(time.Minute), BySMS: true}}
	then := func(r hold.Rung) hold.Ladder {
		return hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{r, storetest.Rung("call", time.Hour, hold.Callback)}}
	}
	send := func(cookie hold.Digest) {
		var frames [3]hold.Sealed
		for i := range frames {
			frames[i] = hold.Sealed{Bytes: []byte{byte(i)}, Digest: hold.DigestOf([]byte{byte(i)})}
		}
		w.Granted(w.SubmitFrames(ctx, cookie, frames))
	}
	sayFace := func(d hold.Disposition) store.DisposeResult {
		ana.take()
		if d == hold.SameFace {
			w.Seen(ana.by, ana.v, ana.v.Tasks[0])
		}
		res, err := w.Dispose(ctx, store.Dispose{By: ana.by, CaseID: ana.v.ID, TaskID: ana.v.Tasks[0].ID, Disposition: d, Revision: 1,
			Judge: storetest.JudgeFace})
		w.Must(err)
		return res
	}
	spoken := func() { ana.take(); ana.talk(); ana.say(hold.Confirmed) }
	for _, c := range []struct {
		name   string
		ladder hold.Ladder
		minor  int64
		do     func(id hold.ID)
		reason hold.Reason
	}{
		{"face_same", then(face), 0, func(id hold.ID) { _, k := w.faceLink(id, 0); send(k); sayFace(hold.SameFace) }, hold.ReasonApproved},
		{"face_same_four_eyes", then(short), 200000, func(id hold.ID) {
			_, k := w.faceLink(id, 0)
			send(k)
			res := sayFace(hold.SameFace)
			bo.by.IssuedAt = w.Clock.Now()
			w.SeenToo(bo.by, res.ApprovalID)
			seconded, err := w.TakeSecond(ctx, store.Second{By: bo.by, ID: res.ApprovalID, Approve: true, Reason: "looked"})
			w.Granted(seconded.Refusal, err)
		}, hold.ReasonApproved},
		{"face_not_same_then_call", then(face), 0, func(id hold.ID) {
			_, k := w.faceLink(id, 0)
			send(k)
			sayFace(hold.OtherFace)
			w.asked(id, 1)
			spoken()
		}, hold.ReasonApproved},
		{"face_cannot_then_call", then(face), 0, func(id hold.ID) {
			_, k := w.faceLink(id, 0)
			w.Granted(w.CannotFace(ctx, k, w.rules))
			spoken()
		}, hold.ReasonApproved},
		{"face_unanswered_then_call", then(short), 0, func(id hold.ID) { w.asked(id, 1); spoken() }, hold.ReasonApproved},
		{"face_by_vendor", then(face), 0, func(id hold.ID) {
			c, k := w.faceLink(id, 0)
			w.Granted(w.FaceSession(ctx, k, "session-12345678"))
			out, err := w.TakeFaceResult(ctx, hold.FaceResult{Session: "session-12345678", HoldID: id, ChallengeID: c.ID, Pass: true,
				At: w.Clock.Now()})
			w.Must(err)
			if out != hold.TakenUp {
				t.Errorf("%s", out)
			}
		}, hold.ReasonApproved},
		{"face_refused_by_vendor_then_call", then(face), 0, func(id hold.ID) {
			c, k := w.faceLink(id, 0)
			w.Granted(w.FaceSession(ctx, k, "session-87654321"))
			_, err := w.TakeFaceResult(ctx, hold.FaceResult{Session: "session-87654321", HoldID: id, ChallengeID: c.ID, At: w.Clock.Now()})
			w.Must(err)
			w.asked(id, 1)
			spoken()
		}, hold.ReasonApproved},
		{"face_unusable_then_same", then(face), 0, func(id hold.ID) {
			_, k := w.faceLink(id, 0)
			send(k)
			sayFace(hold.NoFace)
			_, k = w.faceLink(id, 0)
			send(k)
			sayFace(hold.SameFace)
		}, hold.ReasonApproved},
		{"face_by_text", then(byText), 0, func(id hold.ID) {
			c := w.asked(id, 0)
			_, err := w.texts.Await(ctx, w.Customer.Phones[0].Number, 0)
			w.Must(err)
			k := hold.DigestOf([]byte(store.NewNonce()))
			_, why, err := w.StartLink(ctx, w.link(c.ID, 1), k, "smile")
			w.Granted(why, err)
			send(k)
			sayFace(hold.SameFace)
		}, hold.ReasonApproved},
	} {
		w.Subtest(c.name, func() {
			w.Portrait()
			w.Must(w.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: w.Old(), CustomerID: w.Customer.ID}}, nil))
			w.minor = c.minor
			id := w.accept(c.ladder, time.Hour)
			c.do(id)
			h, history := w.settled(id)
			if h.Decision.Reason != c.reason {
				w.T.Errorf("%s: decided for %s, want %s", c.name, h.Decision.Reason, c.reason)
			}
			keep(w.T, c.name, history)
		})
	}
}

const facePolicy = `policy: faces
min_device_age: 5s
min_contact_age: 5s
deadlines: {transfer: 10m}
reasons:
  other: {customer: {en: x, zh-Hans: x}, agent: {en: x}}
callback: {four_eyes: {EUR: 500000}, hours: {from: "00:00", to: "24:00"}}
ladders:
  face:
    rungs:
      - name: face
        ask: [{channel: facelink}]
        timeout: 10m
rules:
  - {name: all, ladder: face}
`

// Through the whole stack with an outside vendor: the link over the app, the
// page, the vendor's session; what the vendor did not sign, or not in time,
// changes nothing; what it says counts once.
func TestFaceVendor(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	v, err := facevendor.Start("127.0.0.1:0", secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Stop() })
	dir := t.TempDir()
	o := childOptions(dir)
	o.FaceVendor, o.FaceVendorSecret, o.PolicyFile = v.URL, secret, filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(o.PolicyFile, []byte(facePolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	bank, err := stack.NewBank(s.URL, s.Key)
	if err != nil {
		t.Fatal(err)
	}
	who := register(t, s, bank, "maria")
	for how, want := range map[facevendor.Play]hold.Outcome{facevendor.Pass: hold.Release, facevendor.Fail: "", facevendor.Forged: "",
		facevendor.Late: "", facevendor.Replayed: ""} {
		h := submit(t, bank, "tx-"+string(how), who.id)
		var shown client.AppChallengeList
		until(t, "the question", func() bool {
			err := who.call(t, s, "GET", "/v1/app/challenges", nil, &shown)
			return err == nil && len(shown.Challenges) > 0 && shown.Challenges[len(shown.Challenges)-1].HoldID == h.Id
		})
		link, err := phone.FaceLink(t.Context(), s.URL, who.token, shown.Challenges[len(shown.Challenges)-1].ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := phone.Browser(t.Context(), link, color.White); err != nil {
			t.Fatal(err)
		}
		if _, err := phone.Browser(t.Context(), link, color.White); !errors.Is(err, phone.ErrLinkDead) {
			t.Errorf("the link again: %v", err)
		}
		made := v.Sessions()
		statuses, err := v.Tell(t.Context(), made[len(made)-1].ID, how)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case how == facevendor.Pass || how == facevendor.Fail:
			if statuses[0] != http.StatusNoContent {
				t.Errorf("%s: %v", how, statuses)
			}
		default:
			if last := statuses[len(statuses)-1]; last != http.StatusUnauthorized {
				t.Errorf("%s: %v", how, statuses)
			}
		}
		if want != "" {
			until(t, "the decision", func() bool {
				var got client.Hold
				res, err := bank.GetHold(t.Context(), h.Id, &client.GetHoldParams{})
				return stack.Reply(res, err, &got) == nil && got.Decision != nil && got.Decision.Outcome == want
			})
			continue
		}
		var got client.Hold
		res, err := bank.GetHold(t.Context(), h.Id, &client.GetHoldParams{})
		if err := stack.Reply(res, err, &got); err != nil || got.Decision != nil {
			t.Errorf("%s: %+v, %v", how, got.Decision, err)
		}
	}
}

package push

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"holdfast/channels"
	"holdfast/hold"
)

// talked is one of the two proofs of what comes before paying, with how it is verified.
type talked struct {
	name   string
	jws    string
	verify func(d hold.Device, c hold.Challenge, aud, jws string, now hold.Instant) (any, error)
	says   any
	wrong  map[string]map[string]any // claims that no such proof has
}

func talks(t *testing.T, b testBundle) []talked {
	t.Helper()
	said := []hold.Said{{Question: "on_call", Answer: "no"}, {Question: "told", Answer: "yes"}}
	sig := hold.Signals{OnCall: hold.No, RemoteTool: hold.Yes, Integrity: "strong"}
	warned := channels.Warned{Digest: hold.DigestOf([]byte("x")), Locale: "zh-Hans", Seconds: 9, Choice: "went_on"}
	first, err1 := b.signer.SignInterview(b.challenge.ID, b.challenge.Nonce, said, sig, testNow)
	second, err2 := b.signer.SignWarning(b.challenge.ID, b.challenge.Nonce, warned, testNow)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	type all = map[string]any
	one := all{"question": "on_call", "answer": "no"}
	return []talked{
		{"interview", first, func(d hold.Device, c hold.Challenge, aud, jws string, now hold.Instant) (any, error) {
			said, sig, err := VerifyInterview(d, c, aud, jws, now)
			return []any{said, sig}, err
		}, []any{said, sig}, map[string]map[string]any{
			"no answers":                 {"answers": nil},
			"answers that are no list":   {"answers": one},
			"an answer without question": {"answers": []any{all{"answer": "no"}}},
			"an answer and more":         {"answers": []any{all{"question": "on_call", "answer": "no", "note": "x"}}},
			"an answer that is a number": {"answers": []any{all{"question": "on_call", "answer": 1}}},
			"more answers than any asks": {"answers": slices.Repeat([]any{one}, maxSaid+1)},
			"a signal of another name":   {"signals": all{"battery": "yes"}},
			"a signal of another value":  {"signals": all{"on_call": "perhaps"}},
			"an integrity that is none":  {"signals": all{"integrity": "yes"}},
			"signals that are a list":    {"signals": []any{}},
			"a claim more":               {"level": "none"},
		}},
		{"warning", second, func(d hold.Device, c hold.Challenge, aud, jws string, now hold.Instant) (any, error) {
			return VerifyWarning(d, c, aud, jws, now)
		}, warned, map[string]map[string]any{
			"no digest":           {"digest": nil},
			"no choice":           {"choice": nil},
			"seconds below zero":  {"seconds": -1},
			"half a second":       {"seconds": 0.5},
			"a locale that is no": {"locale": "en-" + string(make([]byte, 40))},
			"a claim more":        {"signals": all{}},
		}},
	}
}

// What a device signs of an interview says what it was made to say, about one question,
// for a minute, by a device in use; anything else is refused by its code.
func TestVerifyTalk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	revoked, other, foreign := b.device, b.device, b.device
	revoked.RevokedAt, other.ID, foreign.PublicKey = testNow, "dev_2", PublicJWK(&newKey(t).PublicKey)
	moved, renewed := b.challenge, b.challenge
	moved.ID, renewed.Nonce = "chal_2", "AAAAAAAAAAAAAAAAAAAAAA"
	both := talks(t, b)
	for i, p := range both {
		t.Run(p.name, func(t *testing.T) {
			if got, err := p.verify(b.device, b.challenge, testAudience, p.jws, testNow); err != nil || !reflect.DeepEqual(got, p.says) {
				t.Errorf("said %+v (%v), want %+v", got, err, p.says)
			}
			header, claims := parts(t, p.jws)
			for _, tc := range []struct {
				name   string
				device hold.Device
				asked  hold.Challenge
				aud    string
				jws    string
				now    hold.Instant
				want   hold.Refusal
			}{
				{"revoked", revoked, b.challenge, testAudience, p.jws, testNow, hold.DeviceRevoked},
				{"another device", other, b.challenge, testAudience, p.jws, testNow, hold.DeviceUnknown},
				{"another key", foreign, b.challenge, testAudience, p.jws, testNow, hold.SignatureInvalid},
				{"another question", b.device, moved, testAudience, p.jws, testNow, hold.NonceMismatch},
				{"another nonce", b.device, renewed, testAudience, p.jws, testNow, hold.NonceMismatch},
				{"another audience", b.device, b.challenge, "https://elsewhere.example", p.jws, testNow, hold.AudienceWrong},
				{"late", b.device, b.challenge, testAudience, p.jws, testNow.Add(signedLife), hold.ProofExpired},
				{"garbage", b.device, b.challenge, testAudience, "garbage", testNow, hold.SignatureInvalid},
				{"an answer", b.device, b.challenge, testAudience, b.sign(t, hold.Approve), testNow, hold.SignatureInvalid},
				{"the other of the two", b.device, b.challenge, testAudience, both[1-i].jws, testNow, hold.SignatureInvalid},
				{"another's signature", b.device, b.challenge, testAudience, forge(t, newKey(t), header, claims), testNow, hold.SignatureInvalid},
			} {
				if _, err := p.verify(tc.device, tc.asked, tc.aud, tc.jws, tc.now); refusalOf(t, err) != tc.want {
					t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
				}
			}
			for name, change := range p.wrong {
				jws := forge(t, b.signer.Key, header, with(t, claims, change))
				if _, err := p.verify(b.device, b.challenge, testAudience, jws, testNow); refusalOf(t, err) != hold.SignatureInvalid {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// No change of such a proof is taken, and neither of them is taken for an answer.
func TestTalkForged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rng := rand.New(rand.NewPCG(5, 6))
	for _, p := range talks(t, b) {
		if v, err := (&Channel{}).Judge(b.challenge, b.attempt(p.jws)); err != nil || v.Refusal != hold.SignatureInvalid {
			t.Errorf("the %s is taken for an answer: %+v, %v", p.name, v, err)
		}
		for tried := 0; tried < 500; {
			forged := mutate(rng, p.jws, b.device.PublicKey)
			if forged == p.jws || forged == twin(t, p.jws) {
				continue
			}
			tried++
			if _, err := p.verify(b.device, b.challenge, testAudience, forged, testNow); err == nil {
				t.Fatalf("the %s, changed: %s", p.name, forged)
			}
		}
	}
}

// A device that says nothing of itself leaves everything unknown.
func TestInterviewWithoutSignals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, claims := parts(t, talks(t, b)[0].jws)
	jws := forge(t, b.signer.Key, header, with(t, claims, map[string]any{"signals": nil}))
	said, sig, err := VerifyInterview(b.device, b.challenge, testAudience, jws, testNow)
	if err != nil || len(said) != 2 || sig != (hold.Signals{}) {
		t.Errorf("%+v %+v, %v", said, sig, err)
	}
}

package push

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/hold"
)

// Every refusal, and which comes first when several apply.
func TestJudgeRefusals(t *testing.T) {
	t.Parallel()
	type change func(*hold.Challenge, *channels.Answer)
	foreign := func(_ *hold.Challenge, a *channels.Answer) { a.Device.CustomerID = "lin" }
	gone := func(_ *hold.Challenge, a *channels.Answer) { a.Device = nil }
	otherID := func(_ *hold.Challenge, a *channels.Answer) { a.Device.ID = "dev_2" }
	revoked := func(_ *hold.Challenge, a *channels.Answer) { a.Device.RevokedAt = testNow }
	garbage := func(_ *hold.Challenge, a *channels.Answer) { a.Proof = "garbage" }
	otherKey := func(_ *hold.Challenge, a *channels.Answer) { a.Device.PublicKey = PublicJWK(&newKey(t).PublicKey) }
	audience := func(_ *hold.Challenge, a *channels.Answer) { a.Audience = "https://elsewhere.example" }
	late := func(_ *hold.Challenge, a *channels.Answer) { a.Now = a.Now.Add(time.Minute) }
	nonce := func(c *hold.Challenge, _ *channels.Answer) { c.Nonce = "AAAAAAAAAAAAAAAAAAAAAA" }
	digest := func(c *hold.Challenge, _ *channels.Answer) { c.TxDigest = hold.DigestOf(nil) }
	current := func(_ *hold.Challenge, a *channels.Answer) { a.Hold.TxDigest = hold.DigestOf(nil) }
	origin := func(_ *hold.Challenge, a *channels.Answer) { a.Hold.Request.Origin.DeviceID = a.Device.ID }
	young := func(_ *hold.Challenge, a *channels.Answer) {
		a.Device.Since = a.Hold.AcceptedAt.Add(-12*time.Hour + time.Microsecond)
	}
	later := func(_ *hold.Challenge, a *channels.Answer) { a.Device.Since = testNow }
	oldEnough := func(_ *hold.Challenge, a *channels.Answer) { a.Device.Since = a.Hold.AcceptedAt.Add(-12 * time.Hour) }
	biometric := func(c *hold.Challenge, _ *channels.Answer) { c.MinUV = hold.UVBiometric }

	b := setup(t)
	for _, tc := range []struct {
		name    string
		changes []change
		approve hold.Refusal
		refuse  hold.Refusal // of deny and not_me
	}{
		{"valid", nil, "", ""},
		{"device gone", []change{gone}, hold.DeviceUnknown, hold.DeviceUnknown},
		{"device gone, garbage", []change{gone, garbage}, hold.DeviceUnknown, hold.DeviceUnknown},
		{"another's device", []change{foreign, revoked}, hold.DeviceUnknown, hold.DeviceUnknown},
		{"proof names another device", []change{otherID, revoked}, hold.DeviceUnknown, hold.DeviceUnknown},
		{"revoked", []change{revoked, audience, late}, hold.DeviceRevoked, hold.DeviceRevoked},
		{"revoked, garbage", []change{revoked, garbage}, hold.DeviceRevoked, hold.DeviceRevoked},
		{"garbage", []change{garbage, audience}, hold.SignatureInvalid, hold.SignatureInvalid},
		{"another key", []change{otherKey, audience}, hold.SignatureInvalid, hold.SignatureInvalid},
		{"audience", []change{audience, late}, hold.AudienceWrong, hold.AudienceWrong},
		{"expired", []change{late, nonce}, hold.ProofExpired, hold.ProofExpired},
		{"nonce", []change{nonce, digest}, hold.NonceMismatch, hold.NonceMismatch},
		{"digest", []change{digest, current, origin}, hold.DigestMismatch, hold.DigestMismatch},
		{"digest of the document as it is now", []change{digest, origin}, hold.DigestMismatch, ""},
		{"origin", []change{origin, young}, hold.DeviceOfOrigin, ""},
		{"young", []change{young}, hold.DeviceTooYoung, ""},
		{"enrolled after the hold", []change{later}, hold.DeviceTooYoung, ""},
		{"just old enough", []change{oldEnough}, "", ""},
		{"verification too weak", []change{biometric}, hold.UVTooWeak, ""},
	} {
		for _, answer := range []hold.Answer{hold.Approve, hold.Deny, hold.NotMe} {
			jws, err := b.signer.SignAnswer(b.challenge.ID, b.challenge.Nonce, b.challenge.TxDigest, answer, hold.UVPIN, testNow)
			if err != nil {
				t.Fatal(err)
			}
			c, a := b.challenge, b.attempt(jws)
			for _, change := range tc.changes {
				change(&c, &a)
			}
			want := hold.Verdict{Answer: answer, UV: hold.UVPIN}
			if r := tc.refuse; answer == hold.Approve && tc.approve != "" {
				want = hold.Verdict{Refusal: tc.approve}
			} else if answer != hold.Approve && r != "" {
				want = hold.Verdict{Refusal: r}
			}
			if v, err := (&Channel{}).Judge(c, a); err != nil || v != want {
				t.Errorf("%s, %s: %+v (%v), want %+v", tc.name, answer, v, err, want)
			}
		}
	}
}

// exp must lie in (now, now+60 s], iat in [now−60 s, now+10 s].
func TestJudgeTimeEdges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, claims := parts(t, b.sign(t, hold.Deny))
	now := testNow.Time().Unix()
	for _, tc := range []struct {
		iat, exp any
		accepted bool
	}{
		{now, now + 60, true},
		{now, now + 61, false},
		{now, now + 1, true},
		{now - 1, now, false},
		{now - 60, now + 1, true},
		{now - 61, now + 1, false},
		{now + 10, now + 60, true},
		{now + 11, now + 60, false},
		{now + 5, now + 5, false},
		{now + 5, now + 4, false},
		{0, now + 30, false},
		{-now, now + 30, false},
		{now, int64(1) << 62, false},
		{int64(-1) << 62, int64(1) << 62, false},
	} {
		jws := forge(t, b.signer.Key, header, with(t, claims, map[string]any{"iat": tc.iat, "exp": tc.exp}))
		want := hold.Refusal("")
		if !tc.accepted {
			want = hold.ProofExpired
		}
		if v, err := (&Channel{}).Judge(b.challenge, b.attempt(jws)); err != nil || v.Refusal != want {
			t.Errorf("iat now%+d exp %v: %+v, %v", tc.iat, tc.exp, v, err)
		}
	}
}

// Properly signed by the device, and still no proof.
func TestJudgeStrictForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	header, claims := parts(t, b.sign(t, hold.Approve))
	replace := func(s, old, new string) string { return strings.Replace(s, old, new, 1) }
	jwk := string(b.device.PublicKey)
	cases := map[string][2]string{
		"duplicate claim":         {header, replace(claims, `{`, `{"answer":"deny",`)},
		"duplicate, escaped":      {header, replace(claims, `{`, `{"\u0061nswer":"deny",`)},
		"unknown claim":           {header, with(t, claims, map[string]any{"admin": true})},
		"claim by another case":   {header, replace(claims, `"nonce"`, `"Nonce"`)},
		"both cases":              {header, with(t, claims, map[string]any{"ANSWER": "approve"})},
		"claim of null":           {header, replace(claims, `"nonce":"`+testNonce+`"`, `"nonce":null`)},
		"audience as a list":      {header, with(t, claims, map[string]any{"aud": []string{testAudience}})},
		"fractional exp":          {header, with(t, claims, map[string]any{"exp": 1.5})},
		"exp as text":             {header, with(t, claims, map[string]any{"exp": "soon"})},
		"unknown answer":          {header, with(t, claims, map[string]any{"answer": "release"})},
		"empty answer":            {header, with(t, claims, map[string]any{"answer": ""})},
		"unknown verification":    {header, with(t, claims, map[string]any{"uv": "retina"})},
		"two objects":             {header, claims + claims},
		"a list":                  {header, "[" + claims + "]"},
		"bad UTF-8":               {header, replace(claims, testAudience, testAudience+"\xff")},
		"no alg":                  {with(t, header, map[string]any{"alg": nil}), claims},
		"alg none":                {with(t, header, map[string]any{"alg": "none"}), claims},
		"no typ":                  {with(t, header, map[string]any{"typ": nil}), claims},
		"typ JWT":                 {with(t, header, map[string]any{"typ": "JWT"}), claims},
		"typ hello":               {with(t, header, map[string]any{"typ": typeHello}), claims},
		"typ enrol":               {with(t, header, map[string]any{"typ": typeEnrol}), claims},
		"typ by another case":     {with(t, header, map[string]any{"typ": "Holdfast/Answer"}), claims},
		"crit":                    {with(t, header, map[string]any{"crit": []string{"exp"}}), claims},
		"unencoded payload":       {with(t, header, map[string]any{"b64": false}), claims},
		"its own key":             {replace(header, `{`, `{"jwk":`+jwk+`,`), claims},
		"a key from elsewhere":    {with(t, header, map[string]any{"jku": "https://elsewhere.example"}), claims},
		"a certificate":           {with(t, header, map[string]any{"x5u": "https://elsewhere.example"}), claims},
		"duplicate header":        {replace(header, `{`, `{"alg":"none",`), claims},
		"compressed":              {with(t, header, map[string]any{"zip": "DEF"}), claims},
		"longer than 4 KiB":       {header, replace(claims, `{`, `{`+strings.Repeat(" ", 4096))},
		"header is not an object": {`"ES256"`, claims},
	}
	for _, name := range []string{"aud", "challenge_id", "nonce", "tx_digest", "answer", "uv", "iat", "exp"} {
		cases["without "+name] = [2]string{header, with(t, claims, map[string]any{name: nil})}
	}
	for name, c := range cases {
		jws := forge(t, b.signer.Key, c[0], c[1])
		if v, err := (&Channel{}).Judge(b.challenge, b.attempt(jws)); err != nil || v.Refusal != hold.SignatureInvalid {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	if v, err := (&Channel{}).Judge(b.challenge, b.attempt(forge(t, b.signer.Key, header, claims))); err != nil || v.Refusal != "" {
		t.Fatalf("the unchanged proof: %+v, %v", v, err)
	}
	noKid := forge(t, b.signer.Key, with(t, header, map[string]any{"kid": nil}), claims)
	if v, err := (&Channel{}).Judge(b.challenge, b.attempt(noKid)); err != nil || v.Refusal != hold.DeviceUnknown {
		t.Errorf("without kid: %+v, %v", v, err)
	}
}

// What only a fault of ours can bring about is an error, never a verdict.
func TestJudgeInternalFaults(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*hold.Challenge, *channels.Answer){
		"stored key unreadable": func(_ *hold.Challenge, a *channels.Answer) { a.Device.PublicKey = []byte("{}") },
		"another channel":       func(c *hold.Challenge, _ *channels.Answer) { c.Channel = hold.SMS },
		"another hold":          func(c *hold.Challenge, _ *channels.Answer) { c.HoldID = "hold_2" },
		"another customer":      func(c *hold.Challenge, _ *channels.Answer) { c.CustomerID = "lin" },
		"no nonce":              func(c *hold.Challenge, _ *channels.Answer) { c.Nonce = "" },
		"no digest":             func(c *hold.Challenge, _ *channels.Answer) { c.TxDigest = "" },
		"no audience":           func(_ *hold.Challenge, a *channels.Answer) { a.Audience = "" },
		"unknown verification":  func(c *hold.Challenge, _ *channels.Answer) { c.MinUV = "retina" },
		"no time":               func(_ *hold.Challenge, a *channels.Answer) { a.Now = 0 },
	} {
		b := setup(t)
		c, a := b.challenge, b.attempt(b.sign(t, hold.Approve))
		change(&c, &a)
		v, err := (&Channel{}).Judge(c, a)
		if err == nil || v != (hold.Verdict{}) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		if strings.Contains(fmt.Sprint(err), a.Proof) {
			t.Errorf("%s: the error quotes the proof", name)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("a.b.c")
	f.Add(`eyJhbGciOiJub25lIn0.e30.`)
	f.Fuzz(func(t *testing.T, proof string) {
		b := setup(t)
		if v, err := (&Channel{}).Judge(b.challenge, b.attempt(proof)); err != nil || v.Refusal == "" {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

package push

import (
	"errors"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/hold"
)

func refusalOf(t *testing.T, err error) hold.Refusal {
	t.Helper()
	if err == nil {
		return ""
	}
	var r *channels.RefusedError
	if !errors.As(err, &r) {
		t.Fatalf("not a refusal: %v", err)
	}
	return r.Refusal
}

func TestVerifyHello(t *testing.T) {
	t.Parallel()
	b := setup(t)
	jws, err := b.signer.SignHello(testNonce, testNow)
	if err != nil {
		t.Fatal(err)
	}
	header, claims := parts(t, jws)
	revoked, other := b.device, b.device
	revoked.RevokedAt, other.ID = testNow, "dev_2"
	for _, tc := range []struct {
		name   string
		device hold.Device
		nonce  string
		aud    string
		jws    string
		now    hold.Instant
		want   hold.Refusal
	}{
		{"valid", b.device, testNonce, testAudience, jws, testNow, ""},
		{"revoked", revoked, testNonce, testAudience, jws, testNow, hold.DeviceRevoked},
		{"another device", other, testNonce, testAudience, jws, testNow, hold.DeviceUnknown},
		{"another connection", b.device, "AAAAAAAAAAAAAAAAAAAAAA", testAudience, jws, testNow, hold.NonceMismatch},
		{"another audience", b.device, testNonce, "https://elsewhere.example", jws, testNow, hold.AudienceWrong},
		{"late", b.device, testNonce, testAudience, jws, testNow.Add(signedLife), hold.ProofExpired},
		{"garbage", b.device, testNonce, testAudience, "garbage", testNow, hold.SignatureInvalid},
		{"an answer", b.device, testNonce, testAudience, b.sign(t, hold.Approve), testNow, hold.SignatureInvalid},
		{"claims of another device", b.device, testNonce, testAudience,
			forge(t, b.signer.Key, header, with(t, claims, map[string]any{"device_id": "dev_2"})), testNow, hold.DeviceUnknown},
		{"another's signature", b.device, testNonce, testAudience, forge(t, newKey(t), header, claims), testNow, hold.SignatureInvalid},
	} {
		_, err := VerifyHello(tc.device, tc.nonce, tc.aud, tc.jws, tc.now)
		if got := refusalOf(t, err); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	var r *channels.RefusedError
	broken := b.device
	broken.PublicKey = nil
	if _, err := VerifyHello(broken, testNonce, testAudience, jws, testNow); err == nil || errors.As(err, &r) {
		t.Errorf("an unreadable stored key: %v", err)
	}
	if _, err := VerifyHello(b.device, "", testAudience, jws, testNow); err == nil || errors.As(err, &r) {
		t.Errorf("no nonce to compare with: %v", err)
	}
}

func TestVerifyEnrol(t *testing.T) {
	t.Parallel()
	b := setup(t)
	public := b.device.PublicKey
	jws, err := b.signer.SignEnrol(testNonce, "maria", testNow)
	if err != nil {
		t.Fatal(err)
	}
	header, claims := parts(t, jws)
	hello, err := b.signer.SignHello(testNonce, testNow)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name     string
		public   []byte
		customer hold.CustomerID
		jws      string
		now      hold.Instant
		want     hold.Refusal
	}{
		{"valid", public, "maria", jws, testNow, ""},
		{"without kid", public, "maria", forge(t, b.signer.Key, with(t, header, map[string]any{"kid": nil}), claims), testNow, ""},
		{"another kid", public, "maria", forge(t, b.signer.Key, with(t, header, map[string]any{"kid": "dev_1"}), claims), testNow,
			hold.SignatureInvalid},
		{"another key", PublicJWK(&newKey(t).PublicKey), "maria", jws, testNow, hold.SignatureInvalid},
		{"no key", nil, "maria", jws, testNow, hold.SignatureInvalid},
		{"another customer", public, "lin", jws, testNow, hold.NonceMismatch},
		{"late", public, "maria", jws, testNow.Add(time.Minute), hold.ProofExpired},
		{"a hello", public, "maria", hello, testNow, hold.SignatureInvalid},
		{"an answer", public, "maria", b.sign(t, hold.Approve), testNow, hold.SignatureInvalid},
	} {
		if got := refusalOf(t, VerifyEnrol(tc.public, testNonce, testAudience, tc.customer, tc.jws, tc.now)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestProofDevice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hello, err := b.signer.SignHello(testNonce, testNow)
	if err != nil {
		t.Fatal(err)
	}
	for jws, want := range map[string]hold.DeviceID{b.sign(t, hold.Deny): "dev_1", hello: "dev_1", "": "", "a.b.c": ""} {
		if got := ProofDevice(jws); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestVerifyRevoke(t *testing.T) {
	t.Parallel()
	b := setup(t)
	jws, err := b.signer.SignRevoke("dev_9", testNow)
	if err != nil {
		t.Fatal(err)
	}
	hello, err := b.signer.SignHello(testNonce, testNow)
	if err != nil {
		t.Fatal(err)
	}
	header, claims := parts(t, jws)
	revoked, other := b.device, b.device
	revoked.RevokedAt, other.ID = testNow, "dev_2"
	for _, tc := range []struct {
		name   string
		device hold.Device
		target hold.DeviceID
		aud    string
		jws    string
		now    hold.Instant
		want   hold.Refusal
	}{
		{"valid", b.device, "dev_9", testAudience, jws, testNow, ""},
		{"revoked itself", revoked, "dev_9", testAudience, jws, testNow, hold.DeviceRevoked},
		{"by another device", other, "dev_9", testAudience, jws, testNow, hold.DeviceUnknown},
		{"another target", b.device, "dev_8", testAudience, jws, testNow, hold.SignatureInvalid},
		{"another audience", b.device, "dev_9", "https://elsewhere.example", jws, testNow, hold.AudienceWrong},
		{"late", b.device, "dev_9", testAudience, jws, testNow.Add(signedLife), hold.ProofExpired},
		{"a hello", b.device, "dev_9", testAudience, hello, testNow, hold.SignatureInvalid},
		{"another's signature", b.device, "dev_9", testAudience, forge(t, newKey(t), header, claims), testNow, hold.SignatureInvalid},
	} {
		if got := refusalOf(t, VerifyRevoke(tc.device, tc.target, tc.aud, tc.jws, tc.now)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestVerifyContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	named := ContactNamed("+393401234567", "Ines")
	jws, err := b.signer.SignContact(named, testNonce, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if got := ContactNonce(jws); got != testNonce || ContactNonce("garbage") != "" || EnrolNonce(jws) != "" {
		t.Errorf("nonce %q", got)
	}
	if got := ProofDevice(jws); got != b.device.ID {
		t.Errorf("device %q", got)
	}
	header, claims := parts(t, jws)
	revoked, other := b.device, b.device
	revoked.RevokedAt, other.ID = testNow, "dev_2"
	for name, tc := range map[string]struct {
		device              hold.Device
		contact, nonce, aud string
		jws                 string
		now                 hold.Instant
		want                hold.Refusal
	}{
		"valid":            {b.device, named, testNonce, testAudience, jws, testNow, ""},
		"revoked":          {revoked, named, testNonce, testAudience, jws, testNow, hold.DeviceRevoked},
		"another device":   {other, named, testNonce, testAudience, jws, testNow, hold.DeviceUnknown},
		"another number":   {b.device, ContactNamed("+393401234568", "Ines"), testNonce, testAudience, jws, testNow, hold.DigestMismatch},
		"another name":     {b.device, ContactNamed("+393401234567", "Rolf"), testNonce, testAudience, jws, testNow, hold.DigestMismatch},
		"another nonce":    {b.device, named, "AAAAAAAAAAAAAAAAAAAAAA", testAudience, jws, testNow, hold.NonceMismatch},
		"another audience": {b.device, named, testNonce, "https://elsewhere.example", jws, testNow, hold.AudienceWrong},
		"late":             {b.device, named, testNonce, testAudience, jws, testNow.Add(signedLife), hold.ProofExpired},
		"an answer":        {b.device, named, testNonce, testAudience, b.sign(t, hold.Approve), testNow, hold.SignatureInvalid},
		"another's key": {b.device, named, testNonce, testAudience, forge(t, newKey(t), header, claims), testNow,
			hold.SignatureInvalid},
	} {
		err := VerifyContact(tc.device, tc.contact, tc.nonce, tc.aud, tc.jws, tc.now)
		if got := refusalOf(t, err); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// A word on a lock is about this wish alone, and by a user who was verified.
func TestVerifyLock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wish := hold.DigestOf([]byte(`{"kind":"places"}`))
	sign := func(uv hold.UserVerification) string {
		jws, err := b.signer.SignLock(wish, testNonce, uv, testNow)
		if err != nil {
			t.Fatal(err)
		}
		return jws
	}
	jws := sign(hold.UVPIN)
	if LockNonce(jws) != testNonce || ContactNonce(jws) != "" || ProofDevice(jws) != b.device.ID {
		t.Error("it does not say whose it is, and over what")
	}
	header, claims := parts(t, jws)
	contact, err := b.signer.SignContact(string(wish), testNonce, testNow)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		wish hold.Digest
		jws  string
		now  hold.Instant
		want hold.Refusal
	}{
		"by PIN":                {wish, jws, testNow, ""},
		"by biometrics":         {wish, sign(hold.UVBiometric), testNow, ""},
		"unverified":            {wish, sign(hold.UVNone), testNow, hold.UVTooWeak},
		"verified by who knows": {wish, sign("retina"), testNow, hold.UVTooWeak},
		"verified by nothing":   {wish, sign(""), testNow, hold.UVTooWeak},
		"another wish":          {hold.DigestOf([]byte(`{"kind":"hours"}`)), jws, testNow, hold.DigestMismatch},
		"late":                  {wish, jws, testNow.Add(signedLife), hold.ProofExpired},
		"a word on a contact":   {wish, contact, testNow, hold.SignatureInvalid},
		"with another's key":    {wish, forge(t, newKey(t), header, claims), testNow, hold.SignatureInvalid},
	} {
		if got := refusalOf(t, VerifyLock(b.device, tc.wish, testNonce, testAudience, tc.jws, tc.now)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

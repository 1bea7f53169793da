package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/hold"
)

const (
	testAudience = "https://holdfast.example/app"
	testNonce    = "uS3vLk0mT1C2q5ZxY8wN4A"
)

var testNow = hold.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

// testBundle is one hold, its push challenge and one eligible device.
type testBundle struct {
	hold      hold.Hold
	challenge hold.Challenge
	device    hold.Device
	signer    Signer
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func setup(t *testing.T) testBundle {
	t.Helper()
	key := newKey(t)
	h := hold.Hold{
		ID: "hold_1", Status: hold.Held, Revision: 1, AcceptedAt: testNow.Add(-time.Minute), Rung: 0,
		Request: hold.Request{
			TransactionID: "tx-1", CustomerID: "maria", Kind: hold.KindTransfer,
			Amount:      hold.Money{Minor: 125000, Currency: "EUR"},
			Payee:       hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051"},
			RequestedAt: testNow.Add(-time.Minute), Origin: hold.Origin{Channel: "web", DeviceID: "dev_web"},
		},
		Terms: hold.Terms{MinDeviceAge: hold.Duration(12 * time.Hour)},
	}
	h.TxDigest = h.Request.Document().Digest()
	return testBundle{
		hold: h,
		challenge: hold.Challenge{
			ID: "chal_1", HoldID: h.ID, CustomerID: "maria", Revision: 1, Channel: hold.Push, Status: hold.Open,
			Nonce: testNonce, TxDigest: h.TxDigest, MinUV: hold.UVPIN, OpenedAt: testNow.Add(-time.Minute),
		},
		device: hold.Device{
			ID: "dev_1", CustomerID: "maria", PublicKey: PublicJWK(&key.PublicKey),
			Since: testNow.Add(-30 * 24 * time.Hour), EnrolledAt: testNow.Add(-30 * 24 * time.Hour),
		},
		signer: Signer{Device: "dev_1", Key: key, Audience: testAudience},
	}
}

// sign is a valid proof of the answer.
func (b testBundle) sign(t *testing.T, a hold.Answer) string {
	t.Helper()
	jws, err := b.signer.SignAnswer(b.challenge.ID, b.challenge.Nonce, b.challenge.TxDigest, a, hold.UVBiometric, testNow)
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

func (b testBundle) attempt(proof string) channels.Answer {
	device := b.device
	return channels.Answer{Hold: b.hold, Device: &device, Proof: proof, Audience: testAudience, Now: testNow}
}

package api_test

import (
	"encoding/json"
	"testing"

	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/hold"
	"holdfast/store"
)

// Enrolment needs the key; a fresh device cannot throw out an old one.
func TestDevices(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	token := x.token("lin")
	as := []string{"Authorization", "Bearer " + token}
	var n client.EnrolmentNonce
	ask := func() { x.read(x.do("POST", "/v1/app/devices/nonce", nil, as...), 201, &n) }
	ask()
	fresh := newSigner(t)
	enrol := func(signer push.Signer, customer hold.CustomerID) reply {
		proof, err := signer.SignEnrol(n.Nonce, customer, x.store.Clock.Now())
		x.store.Must(err)
		return x.do("POST", "/v1/app/devices", map[string]any{"name": "tablet",
			"public_key": json.RawMessage(push.PublicJWK(&fresh.Key.PublicKey)), "proof": proof}, as...)
	}
	if r := enrol(newSigner(t), "lin"); r.status != 403 || r.code() != "signature_invalid" {
		t.Errorf("without the key: %d %s", r.status, r.body)
	}
	if r := enrol(fresh, "lin"); r.code() != "nonce_mismatch" {
		t.Errorf("after an attempt without it: %s", r.body)
	}
	ask()
	var d client.Device
	x.read(enrol(fresh, "lin"), 201, &d)
	if r := enrol(fresh, "lin"); r.code() != "nonce_mismatch" {
		t.Errorf("the nonce again: %s", r.body)
	}
	fresh.Device = d.Id
	revoke := func(by push.Signer, target hold.DeviceID) reply {
		proof, err := by.SignRevoke(target, x.store.Clock.Now())
		x.store.Must(err)
		return x.do("DELETE", "/v1/app/devices/"+string(target), nil, append(as, "Holdfast-Proof", proof)...)
	}
	if r := revoke(fresh, x.old.Device); r.status != 403 || r.code() != "device_not_eligible" {
		t.Errorf("a fresh device throws out an old one: %d %s", r.status, r.body)
	}
	if r := x.do("DELETE", "/v1/app/devices/"+string(x.old.Device), nil, as...); r.status != 400 {
		t.Errorf("without a proof: %d %s", r.status, r.body)
	}
	if r := revoke(x.old, d.Id); r.status != 204 {
		t.Errorf("an old device: %d %s", r.status, r.body)
	}
	if r := revoke(x.old, hold.DeviceID(store.NewID("dev"))); r.status != 404 {
		t.Errorf("none: %d %s", r.status, r.body)
	}
}

package push

import (
	"crypto/ecdsa"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"holdfast/channels"
	"holdfast/hold"
)

// signedLife is how long a proof made here lives. It leaves a phone whose clock
// runs 10 s fast within the 60 s that exp may lie ahead.
const signedLife = 45 * time.Second

// Signer is a device as its owner's app sees it; phones and drills use it.
type Signer struct {
	Device   hold.DeviceID
	Key      *ecdsa.PrivateKey
	Audience string
}

// SignAnswer signs an answer to a challenge. digest is computed by the app from
// the document it shows, never taken from the server. uv is how the owner was
// verified just now.
func (s Signer) SignAnswer(id hold.ChallengeID, nonce string, digest hold.Digest, answer hold.Answer, uv hold.UserVerification,
	now hold.Instant) (string, error) {
	return s.sign(typeAnswer, string(s.Device), now, jwt.MapClaims{
		"challenge_id": id, "nonce": nonce, "tx_digest": digest, "answer": answer, "uv": uv,
	})
}

// SignHello proves possession of the device's key for one connection.
func (s Signer) SignHello(nonce string, now hold.Instant) (string, error) {
	return s.sign(typeHello, string(s.Device), now, jwt.MapClaims{"nonce": nonce, "device_id": s.Device})
}

// SignInterview signs answers to what comes before a challenge, with what the device
// says of itself.
func (s Signer) SignInterview(id hold.ChallengeID, nonce string, said []hold.Said, sig hold.Signals, now hold.Instant) (string, error) {
	return s.sign(typeSaid, string(s.Device), now, jwt.MapClaims{"challenge_id": id, "nonce": nonce, "answers": said, "signals": sig})
}

// SignWarning signs what became of a warning.
func (s Signer) SignWarning(id hold.ChallengeID, nonce string, w channels.Warned, now hold.Instant) (string, error) {
	return s.sign(typeWarned, string(s.Device), now, jwt.MapClaims{"challenge_id": id, "nonce": nonce, "digest": w.Digest,
		"locale": w.Locale, "seconds": w.Seconds, "choice": w.Choice})
}

// SignEnrol proves possession of a key that is about to be enrolled; Device is
// not used.
func (s Signer) SignEnrol(nonce string, customer hold.CustomerID, now hold.Instant) (string, error) {
	return s.sign(typeEnrol, Thumbprint(&s.Key.PublicKey), now, jwt.MapClaims{"nonce": nonce, "customer_id": customer})
}

// SignRevoke says that the device's owner wants target revoked.
func (s Signer) SignRevoke(target hold.DeviceID, now hold.Instant) (string, error) {
	return s.sign(typeRevoke, string(s.Device), now, jwt.MapClaims{"device_id": target})
}

// SignContact says that the device's owner wants somebody named (ContactNamed), or taken
// off (the contact's id), as one whom they trust.
func (s Signer) SignContact(contact, nonce string, now hold.Instant) (string, error) {
	return s.sign(typeTrusts, string(s.Device), now, jwt.MapClaims{"contact": contact, "nonce": nonce})
}

// SignLock says that the device's owner, verified as uv says, wants a lock as it is in wish:
// see protection.WishDigest.
func (s Signer) SignLock(wish hold.Digest, nonce string, uv hold.UserVerification, now hold.Instant) (string, error) {
	return s.sign(typeLock, string(s.Device), now, jwt.MapClaims{"wish": wish, "nonce": nonce, "uv": uv})
}

func (s Signer) sign(typ, kid string, now hold.Instant, claims jwt.MapClaims) (string, error) {
	claims["aud"] = s.Audience
	claims["iat"] = now.Time().Unix()
	claims["exp"] = now.Add(signedLife).Time().Unix()
	t := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	t.Header["typ"], t.Header["kid"] = typ, kid
	jws, err := t.SignedString(s.Key)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	return jws, nil
}

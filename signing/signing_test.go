package signing_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"holdfast/signing"
)

const one, two = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_bmV4dG5leHRuZXh0bmV4dG5leHRuZXh0"

// What either of two keys signed is believed by who has one of them, and by nobody
// else; what was altered, or is old, by nobody.
func TestSigned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signs, checks []string
		body          string
		age           time.Duration
		want          bool
	}{
		"the same":           {[]string{one}, []string{one}, "{}", 0, true},
		"theirs is the old":  {[]string{two, one}, []string{one}, "{}", 0, true},
		"ours is the old":    {[]string{one}, []string{two, " " + one}, "{}", 0, true},
		"another":            {[]string{one}, []string{two}, "{}", 0, false},
		"altered":            {[]string{one}, []string{one}, "{ }", 0, false},
		"of six minutes ago": {[]string{one}, []string{one}, "{}", 6 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sign, err := signing.Read(c.signs...)
			if err != nil {
				t.Fatal(err)
			}
			check, err := signing.Read(c.checks...)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			if err := sign.Sign(r, "msg_1", time.Now().Add(-c.age), []byte("{}")); err != nil {
				t.Fatal(err)
			}
			if got := check.Signed([]byte(c.body), r.Header); got != c.want {
				t.Errorf("believed: %v", got)
			}
		})
	}
}

// What anybody could guess is no secret.
func TestBadSecrets(t *testing.T) {
	t.Parallel()
	for _, bad := range [][]string{nil, {""}, {"whsec_"}, {one, ""}, {"", one}, {one, "whsec_c2hvcnQ="}, {one, one, two},
		{"whsec_" + "no base64, but as long as one is!"}} {
		if _, err := signing.Read(bad...); err == nil {
			t.Errorf("%d secrets are taken", len(bad))
		}
	}
}

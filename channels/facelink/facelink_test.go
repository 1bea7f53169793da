package facelink_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"holdfast/channels/facelink"
	"holdfast/hold"
	"holdfast/messages"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"
)

func picture(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		img.Set(x, x%h, color.RGBA{uint8(x), 9, 9, 255})
	}
	return img
}

func encoded(encode func(*bytes.Buffer) error) []byte {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asJPEG(img image.Image) []byte {
	return encoded(func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) })
}
func asPNG(img image.Image) []byte {
	return encoded(func(b *bytes.Buffer) error { return png.Encode(b, img) })
}

// header is a PNG that says it is that large, and has nothing after that.
func header(w, h uint32) []byte {
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	ihdr := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	ihdr = append(ihdr, 8, 6, 0, 0, 0)
	return binary.BigEndian.AppendUint32(append(b, ihdr...), crc32.ChecksumIEEE(ihdr))
}

// A picture is told by its content and written anew: nothing that hid in it or
// behind it stays.
func TestClean(t *testing.T) {
	t.Parallel()
	secret := []byte("GPS 52.5 N 13.4 E <script>")
	plain := asJPEG(picture(640, 480))
	withExif := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(secret) + 2)}, append(secret, plain[2:]...)...)
	for name, b := range map[string][]byte{"JPEG": plain, "PNG": asPNG(picture(640, 480)), "with EXIF": withExif,
		"with something behind": append(plain, secret...)} {
		f, err := facelink.Clean(b)
		if err != nil || bytes.Contains(f.JPEG, secret) || f.Digest != hold.DigestOf(f.JPEG) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, format, err := image.DecodeConfig(bytes.NewReader(f.JPEG)); err != nil || format != "jpeg" {
			t.Errorf("%s: written as %s, %v", name, format, err)
		}
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing": {nil, facelink.ErrNoImage}, "text": {[]byte("<svg onload=alert(1)>"), facelink.ErrNoImage},
		"GIF":       {encoded(func(b *bytes.Buffer) error { return gif.Encode(b, picture(100, 100), nil) }), facelink.ErrNoImage},
		"cut":       {plain[:len(plain)/2], facelink.ErrNoImage},
		"too small": {asPNG(picture(63, 100)), facelink.ErrDimensions}, "too wide": {asPNG(picture(4097, 64)), facelink.ErrDimensions},
		"50,000 by 50,000": {header(50_000, 50_000), facelink.ErrDimensions}, "too many bytes": {make([]byte, facelink.MaxFrame+1),
			facelink.ErrTooLarge},
	} {
		if _, err := facelink.Clean(c.b); c.want == facelink.ErrNoImage && name == "cut" && err == nil {
			t.Errorf("%s passes", name)
		} else if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// What says that it is huge costs nothing.
func TestBombsAreNotDecoded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		for _, sides := range [][2]uint32{{50_000, 50_000}, {4096, 4096}, {4000, 3001}} {
			if _, err := facelink.Clean(header(sides[0], sides[1])); !errors.Is(err, facelink.ErrDimensions) {
				t.Fatalf("%v: %v", sides, err)
			}
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 20<<20 {
		t.Errorf("100 of them took %d bytes", used)
	}
}

func FuzzClean(f *testing.F) {
	f.Add(asJPEG(picture(64, 64)))
	f.Add(asPNG(picture(64, 64)))
	f.Add(header(70, 70))
	f.Fuzz(func(t *testing.T, b []byte) {
		if out, err := facelink.Clean(b); err == nil && len(out.JPEG) == 0 {
			t.Error("nothing came of it")
		}
	})
}

// Sealed pictures open with the key, also an older one, for what they belong to
// and for nothing else.
func TestVault(t *testing.T) {
	t.Parallel()
	key, err := facelink.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	write := func(b []byte, mode os.FileMode) {
		if err := errors.Join(os.WriteFile(path, b, mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	write(key, 0o600)
	v, err := facelink.OpenVault("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := v.Seal([]byte("face"), "frame chal_1 1")
	if err != nil || bytes.Contains(sealed, []byte("face")) {
		t.Fatal(err)
	}
	if b, err := v.Open(sealed, "frame chal_1 1"); err != nil || string(b) != "face" {
		t.Errorf("%s, %v", b, err)
	}
	if _, err := v.Open(sealed, "frame chal_2 1"); err == nil {
		t.Error("it opens for another challenge")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := v.Open(sealed, "frame chal_1 1"); err == nil {
		t.Error("altered, it opens")
	}
	write(key, 0o644)
	if _, err := facelink.OpenVault("file:" + path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("others may read it: %v", err)
	}
	write([]byte("{}"), 0o600)
	for _, uri := range []string{"file:" + path, "file:/nowhere", "aws-kms://arn:x", "plain"} {
		if _, err := facelink.OpenVault(uri); err == nil || !strings.Contains(err.Error(), "face_key") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

// A link is of one challenge and one try; its digest is all that is kept.
func TestLinks(t *testing.T) {
	t.Parallel()
	l, err := facelink.ReadLinks("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "https://h.test/f/")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range []hold.ChallengeID{"chal_1", "chal_2"} {
		for n := 1; n <= 3; n++ {
			at := l.Link(id, n)
			token := strings.TrimPrefix(at, "https://h.test/f/")
			if seen[token] || len(token) != 22 || facelink.DigestOfToken(token) != l.Digest(id, n) {
				t.Errorf("%s", at)
			}
			seen[token] = true
		}
	}
	for _, no := range []string{"", "x", strings.Repeat("a", 23), strings.Repeat("%", 22)} {
		if facelink.DigestOfToken(no) != "" {
			t.Errorf("%q is taken for a token", no)
		}
	}
	if _, err := facelink.ReadLinks("c2hvcnQ=", ""); err == nil {
		t.Error("a short key is taken")
	}
}

// Every gesture has its sentence in both languages.
func TestGesturesHaveWords(t *testing.T) {
	t.Parallel()
	for _, g := range append(facelink.Gestures, facelink.StillGestures...) {
		if messages.Gesture(g, "en") == "" || messages.Gesture(g, "zh-Hans") == "" || messages.Gesture(g, "en") == messages.Gesture(g,
			"zh-Hans") {
			t.Errorf("%s has no words", g)
		}
	}
	if facelink.Gesture(true) == "" || facelink.Gesture(false) == "" {
		t.Error("no gesture")
	}
}

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func vendor(t *testing.T, handle http.HandlerFunc) *facelink.Vendor {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	v, err := facelink.NewVendor(s.URL, secret, "https://h.test/face/done", "https://h.test/v1/providers/face", s.Client())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// While the vendor's secret changes, ours are signed with both and theirs may be
// with either.
func TestVendorsTwoSecrets(t *testing.T) {
	t.Parallel()
	const next = "whsec_bmV4dG5leHRuZXh0bmV4dG5leHRuZXh0"
	v, err := facelink.NewVendor("https://vendor.test", secret+","+next, "https://h.test/face/done", "https://h.test/v1/providers/face",
		http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"session_id":"s-12345678","hold_id":"hold_1","challenge_id":"chal_1","result":"pass","at":"2026-03-04T12:00:00Z"}`)
	for s, want := range map[string]bool{secret: true, next: true, "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90": false} {
		key, err := webhooks.NewWebhook(s)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		signature, err := key.Sign("msg_1", now, body)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set(webhooks.HeaderWebhookID, "msg_1")
		h.Set(webhooks.HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
		h.Set(webhooks.HeaderWebhookSignature, signature)
		if _, ok := v.Verify(body, h); ok != want {
			t.Errorf("%s: %v", s, ok)
		}
	}
	for _, bad := range []string{"", "whsec_", secret + ",", "," + secret, secret + ",whsec_c2hvcnQ="} { // anybody could sign with those
		if _, err := facelink.NewVendor("https://vendor.test", bad, "https://h.test/face/done", "https://h.test/v1/providers/face",
			http.DefaultClient); err == nil {
			t.Errorf("%q is taken", strings.ReplaceAll(bad, secret, "SECRET"))
		}
	}
}

// A session is asked for with ids and a digest; the customer goes to the
// vendor's own pages and nowhere else.
func TestVendorSessions(t *testing.T) {
	t.Parallel()
	h := hold.Hold{ID: "hold_1", Request: hold.Request{Payee: hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051"}}}
	c := hold.Challenge{ID: "chal_1", TxDigest: "d"}
	for name, reply := range map[string]string{"fine": `{"session_id":"s-12345678","url":"%s/go"}`,
		"elsewhere": `{"session_id":"s-12345678","url":"https://else.test/"}`,
		"a script":  `{"session_id":"s-12345678","url":"javascript:alert(1)"}`, "no session": `{"url":"%s/go"}`, "no JSON": `<html>`} {
		var sent string
		var v *facelink.Vendor
		v = vendor(t, func(w http.ResponseWriter, r *http.Request) {
			var b bytes.Buffer
			_, _ = b.ReadFrom(r.Body)
			sent = b.String()
			_, _ = fmt.Fprint(w, strings.ReplaceAll(reply, "%s", v.Origin))
		})
		session, at, err := v.Create(t.Context(), h, c)
		if (err == nil) != (name == "fine") || err == nil && (session != "s-12345678" || at != v.Origin+"/go") {
			t.Errorf("%s: %s %s %v", name, session, at, err)
		}
		if strings.Contains(sent, "Anna") || strings.Contains(sent, "DE02") || !strings.Contains(sent, "chal_1") {
			t.Errorf("the vendor was told %s", sent)
		}
	}
}

// Of webhooks only what is signed, new and of the form counts: no byte of one
// can be altered.
func TestVendorWebhooks(t *testing.T) {
	t.Parallel()
	v := vendor(t, func(http.ResponseWriter, *http.Request) {})
	key, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(body string, at time.Time) http.Header {
		s, err := key.Sign("msg_1", at, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {fmt.Sprint(at.Unix())}, "Webhook-Signature": {s}}
	}
	now, _ := json.Marshal(hold.At(time.Now()))
	good := `{"session_id":"s-12345678","hold_id":"hold_1","challenge_id":"chal_1","result":"pass","at":` + string(now) + `}`
	if r, ok := v.Verify([]byte(good), sign(good, time.Now())); !ok || !r.Pass || r.HoldID != "hold_1" {
		t.Fatalf("%+v %v", r, ok)
	}
	if _, ok := v.Verify([]byte(good), sign(good, time.Now().Add(-10*time.Minute))); ok {
		t.Error("an old one counts")
	}
	for _, bad := range []string{strings.Replace(good, "pass", "won", 1), strings.Replace(good, `"at"`, `"when"`, 1),
		strings.Replace(good, "{", `{"more":1,`, 1), good + good} {
		if _, ok := v.Verify([]byte(bad), sign(bad, time.Now())); ok {
			t.Errorf("taken: %s", bad)
		}
	}
	header := sign(good, time.Now())
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(good)
		i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		b[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "with"))
		if _, ok := v.Verify(b, header); ok {
			t.Fatalf("altered at %d it counts", i)
		}
	})
}

package stack

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/hold"
)

// Bank is the bank's own systems, as far as they call Holdfast.
type Bank struct {
	*client.Client
	url, key string
}

// NewBank makes a bank with an API key.
func NewBank(url, key string) (*Bank, error) {
	c, err := client.NewClient(url, client.OnlyGiven, client.WithHTTPClient(&http.Client{Timeout: 80 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64}}),
		client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+key)
			return nil
		}))
	return &Bank{Client: c, url: url, key: key}, err
}

// Refused is a problem that the API answered.
type Refused struct{ client.Problem }

func (r *Refused) Error() string { return fmt.Sprintf("%d %s %s", r.Status, r.Code, r.Field) }

// Reply reads a reply into v, when v is not nil.
func Reply(res *http.Response, err error, v any) error {
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	switch {
	case err != nil:
		return err
	case res.StatusCode >= 300:
		r := &Refused{}
		if json.Unmarshal(b, &r.Problem) != nil {
			return fmt.Errorf("the API answered %s", res.Status)
		}
		return r
	case v == nil:
		return nil
	}
	return json.Unmarshal(b, v)
}

// Device is a device of a simulated customer, with its private key.
type Device struct {
	Name string
	ID   hold.DeviceID
	Key  *ecdsa.PrivateKey
}

// NewDevice makes a device that is not enrolled yet.
func NewDevice(name string) Device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // no randomness
	}
	return Device{Name: name, Key: key}
}

// Person is a customer as the bank registers them. Devices and number are known
// since long ago. Locale defaults to English, Number may be empty.
type Person struct {
	ID                           hold.CustomerID
	Name, Phrase, Locale, Number string
	Since                        time.Time
	Devices                      []Device
}

// PutPerson registers a customer and fills in the devices' ids.
func (b *Bank) PutPerson(ctx context.Context, p Person) error {
	devices := p.Devices
	var known []client.DeviceRequest
	for _, d := range devices {
		known = append(known, client.DeviceRequest{Name: d.Name, PublicKey: push.PublicJWK(&d.Key.PublicKey), Since: hold.At(p.Since)})
	}
	c, err := b.put(ctx, p, known)
	if err != nil {
		return err
	}
	for i := range devices {
		for _, known := range c.Devices {
			if known.Name == devices[i].Name && known.RevokedAt == 0 {
				devices[i].ID = known.Id
			}
		}
	}
	return nil
}

// put registers a customer with devices beside those on record.
func (b *Bank) put(ctx context.Context, p Person, devices []client.DeviceRequest) (c client.Customer, err error) {
	req := client.CustomerRequest{Name: p.Name, Locale: cmp.Or(p.Locale, "en"), TimeZone: "Europe/Berlin", Phrase: p.Phrase, Devices: devices}
	if p.Number != "" {
		req.Phones = []client.PhoneRequest{{Number: p.Number, Since: hold.At(p.Since)}}
	}
	body, err := json.Marshal(req)
	if err != nil {
		return c, err
	}
	res, err := b.PutCustomerWithBody(ctx, p.ID, "application/json", bytes.NewReader(body))
	return c, Reply(res, err, &c)
}

// PutPortrait says what a customer looks like: as much as the sandbox needs.
// Since is since when; the zero time is now, and nothing is held against that.
func (b *Bank) PutPortrait(ctx context.Context, id hold.CustomerID, face color.Color, since time.Time) error {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	draw.Draw(img, img.Bounds(), image.NewUniform(face), image.Point{}, draw.Src)
	var body bytes.Buffer
	if err := jpeg.Encode(&body, img, nil); err != nil {
		return err
	}
	params := client.PutPortraitParams{}
	if !since.IsZero() {
		params.Since = hold.At(since)
	}
	res, err := b.PutPortraitWithBody(ctx, id, &params, "image/jpeg", &body)
	return Reply(res, err, nil)
}

// TellRecall says what became of a recall.
func (b *Bank) TellRecall(ctx context.Context, id hold.RecallID, p hold.RecallReport) error {
	body := client.RecallReport{Status: p.Status, Reference: p.Reference, ReasonCode: p.ReasonCode}
	if p.Minor > 0 {
		body.Amount = &hold.Money{Minor: p.Minor, Currency: p.Currency}
	}
	res, err := b.ReportRecall(ctx, id, body)
	return Reply(res, err, nil)
}

// Session signs a customer in to the app and gives the customer token.
func (b *Bank) Session(ctx context.Context, id hold.CustomerID) (string, error) {
	var s client.Session
	res, err := b.OpenSession(ctx, id, client.SessionRequest{Lifetime: 900})
	err = Reply(res, err, &s)
	return s.Token, err
}

// knownSince is since when the bank has known its customers' phones.
var knownSince = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// Names are the customers of a new stack. Lin reads Chinese.
var Names = []Person{
	{ID: "maria", Name: "Maria Keller", Phrase: "green harbour", Number: "+4915111000001", Since: knownSince},
	{ID: "lin", Name: "Lin Wei", Phrase: "paper lantern", Number: "+4915111000002", Since: knownSince, Locale: "zh-Hans"},
	{ID: "omar", Name: "Omar Haddad", Phrase: "quiet orchard", Number: "+4915111000003", Since: knownSince},
}

// Named finds one of the stack's customers.
func Named(id hold.CustomerID) (Person, bool) {
	for _, p := range Names {
		if p.ID == id {
			return p, true
		}
	}
	return Person{}, false
}

// Seed registers the three customers, each with a phone whose key lies in the
// stack's directory.
func Seed(ctx context.Context, dir string, c Coordinates) error {
	bank, err := NewBank(c.URL, c.Key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "phones"), 0o700); err != nil {
		return err
	}
	if err := SeedAgents(ctx, c); err != nil {
		return err
	}
	for _, who := range Names {
		d, err := LoadPhone(dir, who.ID)
		if errors.Is(err, os.ErrNotExist) {
			d = NewDevice("phone")
		} else if err != nil {
			return err
		}
		who.Devices = []Device{d}
		if err := bank.PutPerson(ctx, who); err != nil {
			return fmt.Errorf("seeding %s: %w", who.ID, err)
		}
		if err := savePhone(dir, who.ID, who.Devices[0]); err != nil {
			return err
		}
	}
	return nil
}

type phoneFile struct {
	Device hold.DeviceID `json:"device_id"`
	Key    string        `json:"private_key"` // PKCS #8, base64
}

// LoadPhone reads a seeded customer's phone.
func LoadPhone(dir string, id hold.CustomerID) (Device, error) {
	b, err := os.ReadFile(filepath.Join(dir, "phones", string(id)+".json")) //nolint:gosec // the caller names it
	if err != nil {
		return Device{}, err
	}
	var f phoneFile
	if err := json.Unmarshal(b, &f); err != nil {
		return Device{}, err
	}
	der, err := base64.StdEncoding.DecodeString(f.Key)
	if err != nil {
		return Device{}, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return Device{}, err
	}
	return Device{Name: "phone", ID: f.Device, Key: key.(*ecdsa.PrivateKey)}, nil
}

func savePhone(dir string, id hold.CustomerID, d Device) error {
	der, err := x509.MarshalPKCS8PrivateKey(d.Key)
	if err != nil {
		return err
	}
	b, err := json.Marshal(phoneFile{d.ID, base64.StdEncoding.EncodeToString(der)})
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(dir, "phones", string(id)+".json"), b)
}

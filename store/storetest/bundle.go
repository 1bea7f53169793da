package storetest

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"

	"github.com/jmoiron/sqlx"
)

// Start is where a test's clock begins.
var Start = hold.At(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))

// Clock is a clock that tests move, or that follows another.
type Clock struct {
	us    atomic.Int64
	other atomic.Pointer[func() time.Time]
}

// Now is what the clock shows.
func (c *Clock) Now() hold.Instant {
	if other := c.other.Load(); other != nil {
		return hold.At((*other)())
	}
	return hold.Instant(c.us.Load())
}

// Follow makes the clock show what another shows.
func (c *Clock) Follow(other func() time.Time) { c.other.Store(&other) }

// Forward moves the clock.
func (c *Clock) Forward(d time.Duration) {
	if other := c.other.Load(); other != nil {
		c.Follow(func() time.Time { return (*other)().Add(d) })
		return
	}
	c.us.Add(d.Microseconds())
}

// Bundle is a migrated store with a client, a customer and a movable clock.
type Bundle struct {
	*store.Store
	T        testing.TB
	Clock    *Clock
	URL      string
	Customer hold.Customer // one device a year old, one just enrolled
	txs      atomic.Int64
	pooled   bool
}

// Client is the bank's client in a Bundle.
const Client = "bank"

// Rules configure the push channel alone.
var Rules = hold.Rules{Channels: []hold.Channel{hold.Push}, OfflineWait: 20 * time.Second}

// Contact are the rules on numbers of the holds here.
var Contact = hold.ContactRules{MinAge: hold.Duration(72 * time.Hour), SMS: hold.SMSTerms{Ceilings: map[string]int64{"EUR": 500000},
	Countries:  []string{"IT"},
	SIMSwapAge: hold.Duration(7 * 24 * time.Hour)}}

// TextRules configure push and SMS.
var TextRules = hold.Rules{Channels: []hold.Channel{hold.Push, hold.SMS}, OfflineWait: 20 * time.Second, SMS: hold.SMSRules{KeyID: "k1",
	Digits: 6}}

// Each runs a test on SQLite and on Postgres, where nobody's lock is given up for as long
// as a test lasts: how long hundreds wait in turn is the machine's affair.
func Each(t *testing.T, test func(t *testing.T, b *Bundle)) {
	t.Helper()
	for name, url := range map[string]func(testing.TB) string{"sqlite": SQLiteURL, "postgres": PatientURL} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, New(t, url(t))) })
	}
}

// New opens a bundle on a database.
func New(t testing.TB, url string) *Bundle { t.Helper(); return open(t, url, "") }

// open opens a bundle; direct is where a pooler's server is.
func open(t testing.TB, url, direct string) *Bundle {
	t.Helper()
	b := &Bundle{T: t, Clock: &Clock{}, URL: cmp.Or(direct, url), pooled: direct != ""}
	b.Clock.us.Store(int64(Start))
	ctx := context.Background()
	var err error
	if b.Store, err = store.Open(ctx, url, store.Options{Clock: b.Clock.Now, Conns: 12, Direct: direct}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	b.Must(b.Migrate(ctx))
	b.Must(b.AddKey(ctx, store.Key{ID: store.NewID("key"), ClientID: Client, Digest: store.NewNonce(), Scopes: "holds:write"}, "test"))
	b.Customer = b.NewCustomer("maria")
	return b
}

// Raw opens a handle beside the store, for what only a tamperer would do.
func Raw(t testing.TB, url string) *sqlx.DB {
	t.Helper()
	driver, dsn := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, dsn = "sqlite", path
	}
	db, err := sqlx.Connect(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Must fails the test on an error.
func (b *Bundle) Must(err error) {
	b.T.Helper()
	if err != nil {
		b.T.Fatal(err)
	}
}

// Granted fails the test on an error, and on what was refused.
func (b *Bundle) Granted(why hold.Refusal, err error) {
	b.T.Helper()
	b.Must(ErrorOf(why, err))
}

// ErrorOf makes an error of a refusal, for who expects neither.
func ErrorOf(why hold.Refusal, err error) error {
	if err == nil && why != "" {
		err = fmt.Errorf("refused: %s", why)
	}
	return err
}

// NewCustomer adds a customer with an old device and a new one. The keys are
// no keys: the store never looks inside.
func (b *Bundle) NewCustomer(id hold.CustomerID) hold.Customer {
	b.T.Helper()
	c, why, err := b.PutCustomer(context.Background(), store.PutCustomer{
		ID: id, Name: "Maria Rossi", Locale: "en", TimeZone: "Europe/Rome", Phrase: "blue kettle", Actor: "client:" + Client, MayBackdate: true,
		Phones: []hold.Phone{Mobile(fmt.Sprintf("+39333%07d", numbersGiven.Add(1)), Start.Add(-365*24*time.Hour))},
		Devices: []store.PutDevice{
			{Name: "old", PublicKey: []byte(string(id) + " old"), Since: Start.Add(-365 * 24 * time.Hour)},
			{Name: "new", PublicKey: []byte(string(id) + " new")}}})
	b.Granted(why, err)
	return c
}

var numbersGiven atomic.Int64

// Subtest runs a part of a test about a customer of its own, named after it, in the same
// database.
func (b *Bundle) Subtest(name string, tell func()) {
	b.T.Helper()
	all, ok := b.T.(*testing.T)
	if !ok {
		b.T.Fatal("only a test has subtests")
	}
	all.Run(name, func(t *testing.T) {
		b.T = t
		defer func() { b.T = all }()
		b.Customer = b.NewCustomer(hold.CustomerID(strings.ReplaceAll(name, " ", "-")))
		tell()
	})
}

// Mobile is an Italian mobile number on record since.
func Mobile(number string, since hold.Instant) hold.Phone {
	return hold.Phone{Number: number, Country: "IT", Prefix: "39333", Line: "mobile", Since: since}
}

// Old is the device that may approve, Young the one that may not.
func (b *Bundle) Old() hold.DeviceID { return b.named("old") }

// Young is the device that was just enrolled.
func (b *Bundle) Young() hold.DeviceID { return b.named("new") }

func (b *Bundle) named(name string) hold.DeviceID {
	for _, d := range b.Customer.Devices {
		if d.Name == name {
			return d.ID
		}
	}
	b.T.Fatalf("no device %s", name)
	return ""
}

// PushLadder asks once by push for five minutes and then waits.
func PushLadder() hold.Ladder {
	return hold.Ladder{Name: "push", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{Rung("app", 5*time.Minute, hold.Push)}}
}

// Rung is a rung with the edges that design gives by default.
func Rung(name string, timeout time.Duration, channels ...hold.Channel) hold.Rung {
	r := hold.Rung{Name: name, Quorum: hold.Any, Timeout: hold.Duration(timeout), Approved: hold.EdgeRelease,
		Refused: hold.EdgeReverse, Unanswered: hold.EdgeNext, Undeliverable: hold.EdgeNext}
	for _, c := range channels {
		r.Asks = append(r.Asks, hold.Ask{Channel: c})
	}
	return r
}

// Accepting is an Accept of a fresh transaction under the ladder.
func (b *Bundle) Accepting(l hold.Ladder) store.Accept {
	n := b.txs.Add(1)
	return store.Accept{
		ClientID: Client, Key: fmt.Sprintf("key-%d", n), BodyDigest: hold.DigestOf(fmt.Append(nil, n)),
		Request: hold.Request{TransactionID: fmt.Sprintf("tx-%d", n), CustomerID: b.Customer.ID, Kind: hold.KindTransfer,
			Amount: hold.Money{Minor: 125000, Currency: "EUR"}, Payee: hold.Payee{Name: "Anna Kovacs", Account: "DE02100100100006820101"},
			RequestedAt: b.Clock.Now(), Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Score: 700, Reasons: []string{"new_payee"}}},
		Terms: func(_ hold.Customer, _ counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			return hold.Terms{PolicyVersion: "v1", Rule: "default", Ladder: l, MinDeviceAge: hold.Duration(12 * time.Hour),
				MinContactAge: Contact.MinAge, SMS: Contact.SMS}, now.Add(24 * time.Hour), nil
		},
		Reply: func(h hold.Hold) []byte { return []byte(h.ID) },
	}
}

// Held accepts a hold and gives its id.
func (b *Bundle) Held(l hold.Ladder) hold.ID {
	b.T.Helper()
	res, err := b.AcceptHold(context.Background(), b.Accepting(l))
	b.Must(err)
	if res.Outcome != store.Accepted {
		b.T.Fatalf("accept: %s", res.Outcome)
	}
	return res.HoldID
}

// Asked accepts a hold, opens its first rung and gives the push challenge.
func (b *Bundle) Asked(l hold.Ladder) (hold.ID, hold.Challenge) {
	b.T.Helper()
	id := b.Held(l)
	_, err := b.OpenRung(context.Background(), id, 0, hold.NoRung, Rules)
	b.Must(err)
	cs, err := b.Challenges(context.Background(), id)
	b.Must(err)
	if len(cs) == 0 {
		b.T.Fatal("no challenge was opened")
	}
	return id, cs[0]
}

// Attempt answers a challenge from a device; the judge applies the rules on
// who may approve and takes the word for the rest.
func (b *Bundle) Attempt(c hold.ChallengeID, d hold.DeviceID, w hold.Answer) store.Attempt {
	return store.Attempt{CustomerID: b.Customer.ID, ChallengeID: c, DeviceID: d, ProofDigest: hold.DigestOf([]byte(store.NewNonce())),
		Judge: func(h hold.Hold, _ hold.Challenge, dev *hold.Device, _ hold.Instant) (hold.Verdict, error) {
			if dev == nil {
				return hold.Verdict{Refusal: hold.DeviceUnknown}, nil
			}
			if why := hold.MayApprove(h, *dev); why != "" && w == hold.Approve {
				return hold.Verdict{Refusal: why}, nil
			}
			return hold.Verdict{Answer: w, UV: hold.UVPIN}, nil
		}}
}

// Say answers and gives the result.
func (b *Bundle) Say(c hold.ChallengeID, d hold.DeviceID, w hold.Answer) store.AnswerResult {
	b.T.Helper()
	res, err := b.Answer(context.Background(), b.Attempt(c, d, w))
	b.Must(err)
	return res
}

// Look reads a hold.
func (b *Bundle) Look(id hold.ID) hold.Hold {
	b.T.Helper()
	h, err := b.Hold(context.Background(), id)
	b.Must(err)
	return h
}

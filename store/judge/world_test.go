package judge_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

var ctx = context.Background()

// clock is the store's: no two readings are alike, so that instants order what
// happened. Its fuse counts the looks of the store until a process dies; 0: none does.
type clock struct{ us, fuse atomic.Int64 }

func (c *clock) Now() hold.Instant { return hold.Instant(c.us.Add(1)) }

// read is the store's look.
func (c *clock) read() hold.Instant {
	if c.fuse.Load() > 0 && c.fuse.Add(-1) == 0 {
		panic(crash{})
	}
	return c.Now()
}

func (c *clock) forward(d time.Duration) { c.us.Add(d.Microseconds()) }

// dice chooses: 0 to n-1.
type dice func(what string, n int) int

func pick[T any](d dice, what string, of []T) T { return of[d(what, len(of))] }

func (d dice) one(what string, in int) bool { return d(what, in) == in-1 }

// failer is what a test and a drawn sequence have in common.
type failer interface {
	Fatalf(format string, args ...any)
}

// The dishonest, of whom a sequence has one at most, but for a pair.
const (
	nobody   = "nobody"
	device   = "a thief with the phone and its PIN"
	session  = "a thief with the session"
	number   = "a thief with the number"
	coach    = "a coach"
	agent    = "an agent"
	key      = "a key of the bank's"
	overseer = "a supervisor"
	pair     = "a coach and an agent" // who say on record that somebody talked
	clerk    = "a clerk"
)

var parties = []string{nobody, device, session, number, coach, agent, key, overseer, pair, clerk}

// coached tells whether owners say what a coach tells them to.
func (w *world) coached() bool { return w.party == coach || w.party == pair }

// note is a word that several may read and write.
type note struct{ v atomic.Value }

func (n *note) set(s string) { n.v.Store(s) }
func (n *note) get() string  { s, _ := n.v.Load().(string); return s }

// person is a customer: what is theirs, and what they want.
type person struct {
	hold.CustomerID
	old, young hold.DeviceID
	number     string // E.164
	numberID   string
	contact    string // whom they trust
	devices    map[hold.DeviceID]*owned
	latest     hold.DeviceID // that was enrolled
	face       note          // whose face the portrait shows
	portrayed  hold.Instant  // when a portrait in another's place was put
	lives      []*payment
}

// payment is a hold in play.
type payment struct {
	life
	amount   int64
	mu       sync.Mutex
	willed   map[int]bool // by revision: the owner wants it
	outcome  hold.Outcome // as decided; empty: held, or nobody has looked
	booked   map[hold.Outcome]int
	frames   note         // whose face was last sent in
	version  string       // of the policy that it is pinned to
	accepted hold.Instant // at the latest
	brought  []span       // when somebody who is about to tell the ledger looked at it
	// What it has reached, as last looked at.
	reachedWait, reachedTalk hold.Instant
	ends                     int    // of waits, by two people
	mark                     string // of a verdict, as last looked at
}

func (y *payment) wills(revision int) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	for ; revision > 1; revision-- { // asked anew, they want the same
		if is, known := y.willed[revision]; known {
			return is
		}
	}
	return y.willed[1]
}

func (y *payment) now() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.revision
}

// asAmended is the payment at its next revision.
func (y *payment) asAmended(willed bool, payee int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.payee = payee
	y.revision++
	y.willed[y.revision] = willed && y.willed[y.revision-1]
}

// askedAnew is the same payment at another revision.
func (y *payment) askedAnew(revision int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for ; y.revision < revision; y.revision++ {
		y.willed[y.revision+1] = y.willed[y.revision]
	}
}

// world is one sequence as one of those who act sees it.
type world struct {
	failer
	*played
	dice dice
}

// played is one sequence: two customers, their payments, and everybody who acts.
type played struct {
	model
	s       *store.Store
	db      *sqlx.DB // for what is said of payees
	clock   *clock
	name    string // unlike every other sequence's
	party   string
	people  []*person
	payees  [2]counterparties.Digest
	staff   []*member
	reviews map[string]review
	reopens map[string]bool // approvals by who identified the customer
	keys    atomic.Int64
	locks   sync.RWMutex   // of who sets locks, against who brings payments
	version atomic.Int64   // of the policy in force
	post    []func(*world) // news from outside, each of which may come again
	mu      sync.Mutex     // of facts and story
	story   []string
}

var worlds atomic.Int64

func newWorld(f failer, s base, c *clock, d dice) *world {
	w := &world{f, &played{s: s.Store, db: s.db, clock: c, name: fmt.Sprintf("w%d", worlds.Add(1)), reviews: map[string]review{},
		reopens: map[string]bool{}}, d}
	// Calls are made by day: each sequence begins at ten in the morning.
	for now := c.Now().Time(); now.Hour() != 10; now = c.Now().Time() {
		c.forward(time.Hour - time.Duration(now.Minute())*time.Minute)
	}
	w.party = pick(d, "dishonest", parties)
	w.tell("dishonest is %s", w.party)
	for i := range 2 {
		w.people = append(w.people, w.person(i))
		w.payees[i] = counterparties.Digest{KeyID: "k", Value: string(hold.DigestOf(fmt.Append(nil, w.name, i)))[:64]}
	}
	for i, role := range []queue.Role{queue.RoleAgent, queue.RoleAgent, queue.RoleSupervisor, queue.RoleSupervisor,
		queue.RoleBranch} {
		w.staff = append(w.staff, &member{By: store.By{Sub: fmt.Sprintf("%s-%d", w.name, i), Name: "M", GivenName: "M", Role: role}})
	}
	return w
}

// tell adds a line to the story that a failure prints.
func (w *world) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, w.clock.Now().Time().Format("02 15:04:05.000000 ")+fmt.Sprintf(format, args...))
}

func (w *world) must(err error) {
	if err != nil {
		w.fail("%v", err)
	}
}

func (w *world) fail(format string, args ...any) {
	w.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(w.story, "\n"))
}

// language isolates a sequence: its agents speak what only its customers do.
func (w *world) language() string { return w.name }

const year = 365 * 24 * time.Hour

func (w *world) person(i int) *person {
	now := w.clock.Now()
	p := &person{CustomerID: hold.CustomerID(fmt.Sprintf("%s-c%d", w.name, i)), number: fmt.Sprintf("+3933%08d", worlds.Load()*2+int64(i))}
	c, why, err := w.s.PutCustomer(ctx, store.PutCustomer{ID: p.CustomerID, Name: "Maria Rossi", Locale: w.language(), TimeZone: "UTC",
		Phrase: "kettle",
		Actor:  "test", MayBackdate: true, Phones: []hold.Phone{storetest.Mobile(p.number, now.Add(-year))},
		Devices: []store.PutDevice{{Name: "old", PublicKey: []byte(p.CustomerID + " old"), Since: now.Add(-year)},
			{Name: "young", PublicKey: []byte(p.CustomerID + " young"), Since: now.Add(-time.Hour)}}})
	w.must(storetest.ErrorOf(why, err))
	p.numberID = c.Phones[0].ID
	p.devices = map[hold.DeviceID]*owned{}
	for _, d := range c.Devices {
		p.devices[d.ID] = &owned{since: d.Since}
		if d.Name == "old" {
			p.old = d.ID
		} else {
			p.young, p.latest = d.ID, d.ID
		}
	}
	w.trusts(p, fmt.Sprintf("+3934%08d", worlds.Load()*2+int64(i)))
	return p
}

// trusts has somebody count whom the customer trusts, who may veto since long ago.
func (w *world) trusts(p *person, number string) {
	phone := storetest.Mobile(number, 0)
	phone.Forms = []string{number}
	rows, _, why, err := w.s.PutContacts(ctx, store.PutContacts{CustomerID: p.CustomerID, MayBackdate: true, Actor: "test",
		Contacts: []store.PutContact{{Name: "Ines", Phone: phone, AcceptedAt: w.clock.Now().Add(-year)}}})
	w.must(storetest.ErrorOf(why, err))
	p.contact = rows[0].ID
	_, err = w.db.Exec(`UPDATE contacts SET veto_at = accepted_at WHERE id = '` + p.contact + `'`)
	w.must(err)
}

// ladders are those that a payment may walk, by what is worth trying.
func ladders() []hold.Ladder {
	rung, wait := storetest.Rung, hold.ExhaustedWait
	text := rung("text", 5*time.Minute, hold.SMS)
	text.Asks[0].Lifetime = hold.Duration(5 * time.Minute)
	call, app := rung("call", 4*time.Hour, hold.Callback), rung("app", 5*time.Minute, hold.Push)
	face := rung("face", 30*time.Minute, hold.FaceLink)
	face.Asks[0].Lifetime = hold.Duration(10 * time.Minute)
	second, gate, both, any3 := app, app, rung("both", 5*time.Minute, hold.Push, hold.SMS), rung("any", time.Hour, hold.Push, hold.SMS,
		hold.Callback)
	second.Refused, gate.Approved, both.Quorum = "call", hold.EdgeNext, hold.All
	both.Asks[1].Lifetime, any3.Asks[1].Lifetime = text.Asks[0].Lifetime, text.Asks[0].Lifetime
	of := func(name string, rungs ...hold.Rung) hold.Ladder {
		return hold.Ladder{Name: name, Exhausted: wait, Rungs: rungs}
	}
	return []hold.Ladder{of("app, text", app, text), of("app, call", app, call), of("app or else a call", second, call),
		of("gate, text", gate, text),
		of("gate, call", gate, call), of("both", both, call), of("face, call", face, call), of("call", call), of("any", any3)}
}

// rules are the deployment's.
func rules() hold.Rules {
	r := storetest.CallRules
	r.Channels, r.Link = hold.Channels, storetest.LinkOf
	return r
}

// large takes a second person.
const small, large = 100_00, 5_001_00

func (w *world) newPayment(p *person) *payment {
	ls := ladders()
	if w.party == key && w.dice.one("by face", 2) { // what a portrait in another's place is for
		ls = slices.DeleteFunc(ls, func(l hold.Ladder) bool { return !l.Rungs[0].Has(hold.FaceLink) })
	}
	l := w.asksFirst(pick(w.dice, "ladder", ls))
	scams := 8
	if w.party == pair { // what they get of others takes no agent
		scams = 2
	}
	y := &payment{life: life{ladder: l, scam: w.dice.one("scam", scams), suspicion: w.suspicion()},
		amount: pick(w.dice, "amount", []int64{small, large}), willed: map[int]bool{1: !w.dice.one("not theirs", 3)}}
	y.payee = w.dice("payee", len(w.payees))
	w.submit(p, y)
	return y
}

// suspicion may be over long before the payment's deadline is.
func (w *world) suspicion() time.Duration {
	return pick(w.dice, "suspicion", []time.Duration{72 * time.Hour, time.Hour})
}

// submit has a payment held.
func (w *world) submit(p *person, y *payment) {
	w.locks.RLock()
	defer w.locks.RUnlock()
	from := w.clock.Now()
	y.customer, y.revision, y.booked = p.CustomerID, 1, map[hold.Outcome]int{}
	n := w.keys.Add(1)
	y.version = fmt.Sprintf("v%d", w.version.Load())
	a := store.Accept{ClientID: storetest.Client, Key: fmt.Sprintf("%s-%d", w.name, n),
		BodyDigest: hold.DigestOf([]byte(w.name)),
		Request: hold.Request{TransactionID: fmt.Sprintf("%s-t%d", w.name, n), CustomerID: p.CustomerID, Kind: hold.KindTransfer,
			Amount: hold.Money{Minor: y.amount, Currency: "EUR"}, Payee: hold.Payee{Name: "Anna", Account: "DE02"}, RequestedAt: w.clock.Now(),
			Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Score: 700, Reasons: []string{"new_payee"}}},
		Payee: []counterparties.Digest{w.payees[y.payee]},
		Terms: func(_ hold.Customer, _ counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			y.deadline = now.Add(24 * time.Hour)
			return y.terms(), y.deadline, nil
		},
		Reply: func(h hold.Hold) []byte { return []byte(h.ID) }}
	res, err := w.s.AcceptHold(ctx, a)
	w.must(err)
	y.id, y.accepted = res.HoldID, w.clock.Now()
	w.meets(y, y.amount, from)
	p.lives = append(p.lives, y)
	w.tell("%s: held, %d, ladder %s, scam %t, willed %t", y.short(), y.amount, y.ladder.Name, y.scam, y.willed[1])
	if w.lost() {
		w.acceptedOnce(a, res)
	}
}

func (y *payment) terms() hold.Terms {
	return hold.Terms{PolicyVersion: y.version, Rule: "default", Ladder: y.ladder, Scam: y.scam, MinDeviceAge: hold.Duration(12 * time.Hour),
		Suspicion:     hold.Duration(y.suspicion),
		MinContactAge: storetest.Contact.MinAge, SMS: hold.SMSTerms{Ceilings: map[string]int64{"EUR": large},
			Countries: storetest.Contact.SMS.Countries},
		Callback: hold.CallbackTerms{FourEyes: map[string]int64{"EUR": 500_000}}}
}

// short names a payment in the story.
func (y *payment) short() string { return string(y.id[len(y.id)-4:]) }

func (w *world) payments() (all []*payment) {
	for _, p := range w.people {
		all = append(all, p.lives...)
	}
	return all
}

func (w *world) owner(y *payment) *person {
	for _, p := range w.people {
		if p.CustomerID == y.customer {
			return p
		}
	}
	panic("a payment of nobody's")
}

// know adds a fact that was acknowledged: it began at from and is over now.
func (w *world) know(f fact, from hold.Instant) {
	f.from, f.to = from, w.clock.Now()
	w.tell("  counts: %s %s %s", f.what, f.channel, f.hold)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.facts = append(w.facts, f)
}

// watch looks at what has been decided since, and judges it.
func (w *world) watch() {
	var ids []hold.ID
	for _, y := range w.payments() {
		if y.outcome == "" {
			ids = append(ids, y.id)
		}
	}
	hs, err := w.s.HoldsByID(ctx, ids)
	w.must(err)
	for _, h := range hs {
		y := w.paymentOf(h.ID)
		w.reached(y, h)
		if h.Decision == nil {
			continue
		}
		y.outcome = h.Decision.Outcome
		if y.outcome == hold.Release && !y.wasBrought(h.Decision.DecidedAt) {
			w.fail("%s was released by somebody who was not about to tell the ledger", y.id)
		}
		w.tell("%s: %s for %s", y.short(), y.outcome, h.Decision.Reason)
		if why := w.released(&y.life, *h.Decision); y.outcome == hold.Release && why != "" {
			w.fail("%s was released, though %s", y.id, why)
		}
	}
}

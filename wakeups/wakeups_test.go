package wakeups_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/channels/push"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
	"holdfast/wakeups"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// call is one call of the push service: which, for whom, and the answer that it waits
// for.
type call struct {
	id     string
	who    hold.CustomerID
	answer chan int
}

// service is the bank's push service, which answers as it is told.
type service struct {
	url   string
	calls chan call
}

func startService(t *testing.T) *service {
	t.Helper()
	s := &service{calls: make(chan call, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var about struct {
			Customer hold.CustomerID `json:"customer_id"`
		}
		_ = json.NewDecoder(r.Body).Decode(&about)
		c := call{r.Header.Get("webhook-id"), about.Customer, make(chan int, 1)}
		s.calls <- c
		select {
		case code := <-c.answer:
			w.WriteHeader(code)
		case <-r.Context().Done(): // they gave up
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/canary-path"
	return s
}

// next waits for a call.
func (s *service) next(t *testing.T) call {
	t.Helper()
	select {
	case c := <-s.calls:
		return c
	case <-time.After(time.Minute):
		t.Fatal("nobody is woken")
	}
	return call{}
}

// log keeps what was said.
type log struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(b)
}

// world is a store whose customers have one device, which sleeps, and a push service.
type world struct {
	*storetest.Bundle
	*service
	channel channels.Channel
	log     log
	stop    func() // ends the sender and waits for it
}

var rules = hold.Rules{Channels: []hold.Channel{hold.Push}, WakeDevices: true, OfflineWait: 20 * time.Second}

func newWorld(t *testing.T, b *storetest.Bundle) *world {
	t.Helper()
	w := &world{Bundle: b, service: startService(t)}
	var err error
	w.channel, err = push.New(push.Config{WakeURL: w.url, WakeSecrets: []string{secret}})
	b.Must(err)
	b.Must(b.Deploy(context.Background(), rules))
	return w
}

func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	sender := &wakeups.Sender{Store: w.Store, Channel: w.channel, Log: slog.New(slog.NewTextHandler(&w.log, nil))}
	go func() { defer close(done); sender.Run(ctx) }()
	w.stop = func() { cancel(); <-done }
	w.T.Cleanup(w.stop)
}

// asked accepts a hold of a customer of whom one device sleeps, and gives its question.
func (w *world) asked(customer hold.CustomerID) (hold.ID, hold.ChallengeID) {
	w.T.Helper()
	ctx := context.Background()
	w.Customer = w.NewCustomer(customer)
	w.Must(w.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: w.Young(), CustomerID: customer}}, nil))
	id := w.Held(storetest.PushLadder())
	cs, err := w.Challenges(ctx, id)
	w.Must(err)
	return id, cs[0].ID
}

// left waits until nobody is to be woken any more.
func (w *world) left() {
	w.T.Helper()
	w.until("they are woken", func() bool {
		n, err := w.WakeupsWaiting(context.Background())
		w.Must(err)
		return n == 0
	})
}

// until waits for what the test cannot cause itself: it looks often, and gives up after
// a time that only a fault reaches.
func (w *world) until(what string, ok func() bool) {
	w.T.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			w.T.Fatalf("waited in vain until %s", what)
		case <-tick.C:
		}
	}
}

// said is how often the log has a text.
func (w *world) said(text string) int {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return strings.Count(w.log.said.String(), text)
}

// A push service that is away is asked again and again under one id, until it takes the
// wake-up; then never more. What it said, and where it is, is no log's.
func TestOutage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		w := newWorld(t, b)
		w.start()
		_, question := w.asked("nina")
		id := string(question) + ":" + string(w.Old())
		for i, code := range []int{503, 429, 500, 204} {
			c := w.next(t)
			if c.id != id || c.who != "nina" {
				t.Fatalf("call %d is %+v, want %s", i, c, id)
			}
			c.answer <- code
			if code != 204 {
				w.until("that is written down", func() bool { return w.said(fmt.Sprint("attempt=", i+1)) == 1 })
				w.Clock.Forward(time.Minute)
			}
		}
		w.left()
		w.stop()
		if n := len(w.calls); n != 0 {
			t.Errorf("%d calls after it was taken", n)
		}
		for _, canary := range []string{"canary-path", secret, "whsec", "Authorization"} {
			if w.said(canary) > 0 {
				t.Errorf("the log says %s", canary)
			}
		}
	})
}

// A device that the service refuses for good is not tried again.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		w := newWorld(t, b)
		w.start()
		w.asked("nina")
		w.next(t).answer <- http.StatusGone
		w.left()
		w.Clock.Forward(time.Hour)
		w.stop()
		if n := len(w.calls); n != 0 {
			t.Errorf("%d calls more", n)
		}
	})
}

// A process that died once the service had the call, and before it was written down, has
// it called again, with the same id: the service tells that it is a repeat.
func TestDiedAfterTheCall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		w := newWorld(t, b)
		w.asked("nina")
		ws, _, err := w.ClaimWakeups(context.Background(), 1, false, 10*time.Second)
		w.Must(err)
		go func() {
			_, _ = w.channel.Deliver(context.Background(), channels.Delivery{ID: string(ws[0].Challenge), Device: ws[0].Device,
				Challenge: hold.Challenge{ID: ws[0].Challenge, CustomerID: ws[0].Customer}})
		}()
		first := w.next(t)
		first.answer <- 204
		w.start()
		w.Clock.Forward(10 * time.Second)
		again := w.next(t)
		again.answer <- 204
		if again.id != first.id {
			t.Errorf("called as %s and then as %s", first.id, again.id)
		}
		w.left()
	})
}

// told is a channel that takes as long for a device as it is told.
type told struct {
	*push.Channel
	calls chan call
	over  chan struct{} // the test is
}

func (c told) Deliver(_ context.Context, d channels.Delivery) (channels.Receipt, error) {
	one := call{d.ID, d.Challenge.CustomerID, make(chan int, 1)}
	c.calls <- one
	select {
	case code := <-one.answer:
		if code == 204 {
			return channels.Receipt{}, nil
		}
	case <-c.over:
	}
	return channels.Receipt{}, &channels.DeliveryError{Class: channels.Retryable, Code: "network"}
}

// A service that lets repeats hang holds up neither anybody's first wake-up nor a hold.
func TestHangingHoldsUpNobody(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		w := newWorld(t, b)
		over := make(chan struct{})
		w.channel = told{&push.Channel{}, w.calls, over}
		w.start()
		t.Cleanup(func() { close(over) })
		for i := range 10 { // more than there are places
			w.asked(hold.CustomerID(fmt.Sprint("c-", i)))
			w.next(t).answer <- 503
		}
		w.until("they are put off", func() bool { return w.said("attempt=1") == 10 })
		w.Clock.Forward(3 * time.Second)
		var hanging []call
		for range 8 {
			hanging = append(hanging, w.next(t))
		}
		id, question := w.asked("nina")
		c := w.next(t)
		if c.who != "nina" {
			t.Fatalf("the next call is for %s", c.who)
		}
		c.answer <- 204
		w.Say(question, w.Old(), hold.Approve)
		_, p, err := w.Finish(context.Background(), id, rules)
		w.Must(err)
		if p.State != hold.Decided {
			t.Errorf("the hold is %s", p.State)
		}
		for _, c := range hanging {
			c.answer <- 204
		}
		for range 2 {
			w.next(t).answer <- 204
		}
		w.left()
	})
}

// Who ends the sender waits for the calls under way, and they are on record.
func TestStopFinishesCalls(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		w := newWorld(t, b)
		w.start()
		w.asked("nina")
		c := w.next(t)
		stopped := make(chan struct{})
		go func() { defer close(stopped); w.stop() }()
		c.answer <- 204
		<-stopped
		n, err := w.WakeupsWaiting(context.Background())
		w.Must(err)
		if n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

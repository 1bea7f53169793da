package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast/channels/push"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// Customer is one with a device that has been known for two years.
type Customer struct {
	ID     hold.CustomerID
	Device stack.Device
	Token  string
	phone  *phone.Phone
	mu     sync.Mutex
	waits  map[string]chan phone.Message // by transaction or challenge
	Auto   func(m phone.Message)         // what nobody waits for; nil: nothing
}

// Each does something for many at once, and joins what went wrong.
func Each[T any](atOnce int, of []T, do func(T) error) error {
	places := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for _, one := range of {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			if err := do(one); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if failed == nil { // one says enough
					failed = err
				}
			}
		})
	}
	group.Wait()
	return failed
}

// Register puts customers over the API, as a bank does. They share one key: a
// device's identity is its row, and making keys is not what is measured.
func Register(ctx context.Context, url, key, prefix string, n int) ([]*Customer, error) {
	bank, err := stack.NewBank(url, key)
	if err != nil {
		return nil, err
	}
	shared, since := stack.NewDevice("phone"), time.Now().AddDate(-2, 0, 0)
	all := make([]*Customer, n)
	for i := range all {
		all[i] = &Customer{ID: hold.CustomerID(fmt.Sprintf("%s-%06d", prefix, i)), Device: shared, waits: map[string]chan phone.Message{}}
	}
	return all, Each(16, all, func(c *Customer) error {
		devices := []stack.Device{c.Device}
		err := Patiently(ctx, func() error {
			return bank.PutPerson(ctx, stack.Person{ID: c.ID, Name: "Customer " + string(c.ID), Phrase: "green harbour", Since: since,
				Devices: devices})
		})
		c.Device = devices[0]
		return err
	})
}

// Patiently repeats what was refused for being too much.
func Patiently(ctx context.Context, try func() error) error {
	for {
		err := try()
		var refused *stack.Refused
		if err == nil || !errors.As(err, &refused) || refused.Status != 429 && refused.Status != 503 {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// SignIn gives customers sessions of fifteen minutes.
func SignIn(ctx context.Context, url, key string, all []*Customer) error {
	bank, err := stack.NewBank(url, key)
	if err != nil {
		return err
	}
	return Each(16, all, func(c *Customer) error {
		return Patiently(ctx, func() (err error) { c.Token, err = bank.Session(ctx, c.ID); return err })
	})
}

// Connect opens everybody's socket.
func Connect(ctx context.Context, url string, all []*Customer) error {
	return Each(32, all, func(c *Customer) (err error) {
		for range 20 {
			if err = c.Connect(ctx, url); err == nil || ctx.Err() != nil {
				return err
			}
			time.Sleep(50 * time.Millisecond)
		}
		return err
	})
}

// Connect opens the customer's socket and listens.
func (c *Customer) Connect(ctx context.Context, url string) error {
	p, err := phone.Connect(ctx, url, c.Token, push.Signer{Device: c.Device.ID, Key: c.Device.Key})
	if err != nil {
		return err
	}
	c.phone = p
	go func() {
		for {
			m, err := p.Next()
			if err != nil {
				return
			}
			c.heard(m)
		}
	}()
	return nil
}

func (c *Customer) heard(m phone.Message) {
	about := ""
	switch m.Type {
	case "challenge":
		about = m.Challenge.Document.ID
	case "result":
		about = string(m.ChallengeID)
	}
	c.mu.Lock()
	wait := c.waits[about]
	delete(c.waits, about)
	c.mu.Unlock()
	switch {
	case wait != nil:
		wait <- m
	case c.Auto != nil && m.Type == "challenge":
		c.Auto(m)
	}
}

// Expect gives what the phone hears of a transaction or a challenge next.
func (c *Customer) Expect(about string) <-chan phone.Message {
	wait := make(chan phone.Message, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits[about] = wait
	return wait
}

// Approve answers a question.
func (c *Customer) Approve(m phone.Message) error {
	return c.phone.Answer(*m.Challenge, hold.Approve, "r")
}

// Hangup closes everybody's socket.
func Hangup(all []*Customer) {
	for _, c := range all {
		if c.phone != nil {
			_ = c.phone.Close()
			c.phone = nil
		}
	}
}

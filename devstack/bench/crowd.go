package bench

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"crypto/ecdsa"

	"holdfast/channels/push"
	"holdfast/devstack/bench/load"
	"holdfast/devstack/bench/rig"
	"holdfast/devstack/phone"
	"holdfast/hold"

	"github.com/gorilla/websocket"
)

// crowd is what the part that holds thousands of sockets is to do. It is a
// process of its own, so that its descriptors are its own.
type crowd struct {
	URL     string
	Key     string // the devices' private key, PKCS #8, base64; empty: an echo server's guests
	Devices []hold.DeviceID
	Tokens  []string
	N       int
	Message int // bytes, to an echo server, when told
}

// patience is how long a crowd waits for the last question.
const patience = 2 * time.Minute

// crowdPart connects, says so, and on each line that it is told gives the moment
// at which the last question arrived, in microseconds. Its argument is a file
// with a crowd.
func crowdPart(args []string) error {
	b, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var c crowd
	if err := json.Unmarshal(b, &c); err != nil {
		return err
	}
	heard := make(chan struct{}, c.N)
	say, err := c.connect(heard)
	if err != nil {
		return err
	}
	rig.Say("")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if say != nil {
			say()
		}
		n, late := 0, time.After(patience)
		last := time.Now()
	counting:
		for n < c.N {
			select {
			case <-heard:
				n++
				last = time.Now()
			case <-late:
				last = time.Now()
				break counting
			}
		}
		fmt.Println(n, last.UnixMicro())
	}
	return nil
}

// connect opens the sockets. heard gets a word for each question, or echo; say
// sends one message on each, where it is us who begin.
func (c crowd) connect(heard chan<- struct{}) (say func(), err error) {
	all := make([]int, c.N)
	for i := range all {
		all[i] = i
	}
	if c.Key == "" {
		sockets := make([]*websocket.Conn, c.N)
		err := load.Each(16, all, func(i int) error {
			ws, _, err := (&websocket.Dialer{HandshakeTimeout: 10 * time.Second}).Dial(strings.Replace(c.URL, "http", "ws", 1), nil)
			if err != nil {
				return err
			}
			sockets[i] = ws
			go func() {
				for {
					if _, _, err := ws.ReadMessage(); err != nil {
						return
					}
					heard <- struct{}{}
				}
			}()
			return nil
		})
		message := []byte(strings.Repeat("x", c.Message))
		return func() {
			var group sync.WaitGroup
			for part := range 32 {
				group.Go(func() {
					for i := part; i < c.N; i += 32 {
						_ = sockets[i].WriteMessage(websocket.TextMessage, message)
					}
				})
			}
			group.Wait()
		}, err
	}
	der, err := base64.StdEncoding.DecodeString(c.Key)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	return nil, load.Each(16, all, func(i int) error {
		p, err := phone.Connect(context.Background(), c.URL, c.Tokens[i], push.Signer{Device: c.Devices[i], Key: key.(*ecdsa.PrivateKey)})
		if err != nil {
			return err
		}
		go func() {
			for {
				m, err := p.Next()
				if err != nil {
					return
				}
				if m.Type == "challenge" {
					heard <- struct{}{}
				}
			}
		}()
		return nil
	})
}

// gather starts a crowd in front of a server.
func (b *Bench) gather(r *rig.Rig, c crowd) (*rig.Part, error) {
	bytes, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	path := r.Dir + "/crowd.json"
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		return nil, err
	}
	return rig.Start(r.Dir, nil, "crowd", path)
}

// ofCustomers is a crowd of Holdfast's customers.
func ofCustomers(url string, all []*load.Customer) (crowd, error) {
	der, err := x509.MarshalPKCS8PrivateKey(all[0].Device.Key)
	if err != nil {
		return crowd{}, err
	}
	c := crowd{URL: url, Key: base64.StdEncoding.EncodeToString(der), N: len(all)}
	for _, x := range all {
		c.Devices, c.Tokens = append(c.Devices, x.Device.ID), append(c.Tokens, x.Token)
	}
	return c, nil
}

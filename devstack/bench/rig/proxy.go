package rig

import (
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Proxy stands between a program and its cluster and counts how often the
// program speaks and waits for the answer: its round trips.
type Proxy struct {
	to       string
	listener net.Listener
	trips    atomic.Int64
	mu       sync.Mutex
	open     []net.Conn
}

// StartProxy stands in front of a cluster.
func StartProxy(c *Cluster) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{to: Local(c.port), listener: l}
	go p.accept()
	return p, nil
}

// Through is the URL of a database by way of the proxy.
func (p *Proxy) Through(c *Cluster, database string) string {
	_, port, _ := net.SplitHostPort(p.listener.Addr().String())
	return strings.Replace(c.URL(database), ":"+strconv.Itoa(c.port)+"/", ":"+port+"/", 1)
}

// Trips is how many there have been.
func (p *Proxy) Trips() int64 { return p.trips.Load() }

// Stop ends it, and what goes through it.
func (p *Proxy) Stop() {
	_ = p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.Close()
	}
}

func (p *Proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = in.Close()
			continue
		}
		p.mu.Lock()
		p.open = append(p.open, in, out)
		p.mu.Unlock()
		asked := &atomic.Bool{}
		go p.carry(in, out, func() {
			if asked.CompareAndSwap(false, true) {
				p.trips.Add(1)
			}
		})
		go p.carry(out, in, func() { asked.Store(false) })
	}
}

// carry passes on what one side says, and notes that it spoke.
func (p *Proxy) carry(from, to net.Conn, spoke func()) {
	defer from.Close() //nolint:errcheck // the end
	defer to.Close()   //nolint:errcheck // the end
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			spoke()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

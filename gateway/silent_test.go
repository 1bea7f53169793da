package gateway_test

import (
	"sync/atomic"
	"testing"
	"time"
)

// Whoever has proved who they are and then goes silent, so that not even a ping is
// answered, is cut off; whoever answers stays.
func TestSilentSockets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.silence = 500 * time.Millisecond
	hub, url := b.gateway(t)
	silent, _ := b.customer("lin")
	reads, _ := b.customer("omar")
	b.connect(url, silent, b.token("lin"))
	alive := b.connect(url, reads, b.token("omar"))
	_ = alive.ws.SetReadDeadline(time.Time{})
	var pings atomic.Int64
	answer := alive.ws.PingHandler()
	alive.ws.SetPingHandler(func(s string) error { pings.Add(1); return answer(s) })
	go func() { // reads, and so answers pings
		for {
			if _, _, err := alive.ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	over, tick := time.NewTimer(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer over.Stop()
	defer tick.Stop()
	for hub.Connections() > 1 || pings.Load() < 5 && hub.Connections() > 0 { // five take longer than it may be silent
		select {
		case <-tick.C:
		case <-over.C:
			t.Fatal("it is still connected")
		}
	}
	b.asked("omar")
	if hub.Connections() != 1 {
		t.Error("whoever answers was cut off, too")
	}
}

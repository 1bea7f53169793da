package bench

import (
	"net/http"
	"sync"
	"time"

	"holdfast/devstack/bench/rig"

	"github.com/gorilla/websocket"
)

// echoPart is the least that a server of sockets can be: it sends back what it
// hears, and pings. Arguments: where it listens, and where it tells of its
// memory.
func echoPart(args []string) error {
	if err := rig.Remember(args[1]); err != nil {
		return err
	}
	up := websocket.Upgrader{HandshakeTimeout: 10 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{}}
	server := &http.Server{Addr: args[0], ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err == nil {
			echo(ws)
		}
	})}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-time.After(200 * time.Millisecond):
	}
	rig.Say("")
	rig.AwaitEnd()
	return server.Close()
}

const (
	pingEvery = 20 * time.Second
	silence   = 45 * time.Second
)

func echo(ws *websocket.Conn) {
	defer ws.Close() //nolint:errcheck // the end
	heard, done := make(chan []byte, 16), make(chan struct{})
	defer close(done)
	go func() {
		ping := time.NewTicker(pingEvery)
		defer ping.Stop()
		for {
			var err error
			select {
			case <-done:
				return
			case b := <-heard:
				_ = ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
				err = ws.WriteMessage(websocket.TextMessage, b)
			case <-ping.C:
				err = ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(10*time.Second))
			}
			if err != nil {
				return
			}
		}
	}()
	alive := func(string) error { return ws.SetReadDeadline(time.Now().Add(silence)) }
	ws.SetReadLimit(64 << 10)
	ws.SetPongHandler(alive)
	_ = alive("")
	for {
		_, b, err := ws.ReadMessage()
		if err != nil {
			return
		}
		heard <- b
	}
}

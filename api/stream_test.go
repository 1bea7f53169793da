package api

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"
)

// pipes is a listener whose connections keep nothing: what is not read blocks.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { close(p); return nil } // the server closes it once
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A stream to somebody who stops reading ends after the time that an event has,
// whether events come or only the sign that nothing did.
func TestStreamToWhoStopsReading(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*stream) error{
		"events": func(s *stream) error {
			return errors.Join(s.event("case", 1, map[string]string{"id": "case_1"}), s.ctl.Flush())
		},
		"quiet": (*stream).flush,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended, listener := make(chan error, 1), make(pipes, 1)
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				s := &stream{w: w, ctl: http.NewResponseController(w), transfer: 50 * time.Millisecond}
				var err error
				for err == nil {
					err = write(s)
				}
				ended <- err
			})}
			t.Cleanup(func() { _ = server.Close() })
			ours, theirs := net.Pipe()
			t.Cleanup(func() { _ = theirs.Close() })
			listener <- ours
			go func() { _ = server.Serve(listener) }()
			if _, err := fmt.Fprint(theirs, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if _, err := theirs.Read(make([]byte, 1)); err != nil { // it begins, and then nobody reads on
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error(err)
				}
			case <-time.After(20 * time.Second):
				t.Error("it goes on")
			}
		})
	}
}

package serve_test

import (
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/serve"

	"github.com/getkin/kin-openapi/openapi3"
)

// Whatever route of the specification, and whatever page, a client goes silent
// at: before it says anything, in the middle of its head, before its body, after
// its reply. It is cut off.
func TestSilentClients(t *testing.T) {
	t.Parallel()
	f := newFrontWith(t, func(c *serve.Config) { c.Roles, c.Silence = []string{"api", "gateway"}, 300*time.Millisecond })
	cookie := "\r\nCookie: __Host-console=" + strings.Repeat("A", 43) + "; __Host-face=x"
	var all sync.WaitGroup
	all.Go(func() { // after the upgrade it is neither proved who this is nor is a ping answered
		if err := f.silent("GET /v1/app/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"); err != nil {
			t.Errorf("the socket: %v", err)
		}
	})
	for _, route := range routes(t) {
		method, path, _ := strings.Cut(route, " ")
		head := method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + f.key + cookie + "\r\nContent-Type: application/json"
		for state, said := range map[string]string{"nothing said": "", "half a head": head + "\r\nX: ", "no body": head +
			"\r\nContent-Length: 100\r\n\r\n",
			"half a body": head + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "the reply is read": head + "\r\n\r\n"} {
			all.Go(func() {
				if err := f.silent(said); err != nil {
					t.Errorf("%s, %s: %v", route, state, err)
				}
			})
		}
	}
	all.Wait()
}

// silent says something and then nothing, reads what comes, and tells whether it
// was cut off.
func (f *front) silent(said string) error {
	c, err := (&net.Dialer{}).DialContext(f.t.Context(), "tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // the end
	if _, err := io.WriteString(c, said); err != nil {
		return err
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err = io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("it is still connected")
	}
	return nil
}

// routes are those of the specification, the console's and the pages.
func routes(t *testing.T) (all []string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Specification)
	if err != nil {
		t.Fatal(err)
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			all = append(all, method+" "+parameter.ReplaceAllString(path, "x"))
		}
	}
	if len(all) < 50 {
		t.Fatalf("only %d routes", len(all))
	}
	return append(all, "GET /app", "GET /app/x", "GET /console", "GET /console/queue", "GET /assets/x", "GET /f/x", "POST /f/x/start",
		"POST /f/x/cannot", "POST /f/x/renew",
		"GET /face", "POST /face/frames", "POST /face/cannot", "POST /face/renew", "GET /face/done", "GET /console/signin",
		"GET /console/callback", "GET /console/session",
		"POST /console/active", "POST /console/signout", "POST /console/v1/callbacks/next", "POST /nowhere")
}

package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	embedded "holdfast/devstack/temporal"

	"holdfast/cli"
)

// HoldfastPart runs `holdfast serve` as the environment says, and tells of its
// memory on a port of its own.
func HoldfastPart(args []string) error {
	if err := Remember(args[0]); err != nil {
		return err
	}
	Say("")
	if code := cli.Main([]string{"serve"}, os.Stdin, os.Stderr, os.Stderr); code != 0 {
		return fmt.Errorf("holdfast ended with %d", code)
	}
	return nil
}

// Memory is what a process has, in bytes, once the garbage is out.
type Memory struct {
	Heap       int64 `json:"heap"`
	Stacks     int64 `json:"stacks"`
	RSS        int64 `json:"rss"`
	Goroutines int64 `json:"goroutines"`
}

// Remember serves this process's memory at an address.
func Remember(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go func() { //nolint:gosec // the loopback
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/collected" {
				runtime.GC()
				debug.FreeOSMemory()
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			_ = json.NewEncoder(w).Encode(Memory{Heap: int64(m.HeapAlloc), Stacks: int64(m.StackInuse), //nolint:gosec // small
				RSS: resident(os.Getpid()), Goroutines: int64(runtime.NumGoroutine())})
		}))
	}()
	return nil
}

// MemoryAt asks a process; collected, it brings its garbage out first.
func MemoryAt(ctx context.Context, address string, collected bool) (m Memory, err error) {
	url := "http://" + address + "/now"
	if collected {
		url = "http://" + address + "/collected"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return m, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return m, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	return m, json.NewDecoder(res.Body).Decode(&m)
}

// Holdfast is a running Holdfast.
type Holdfast struct {
	*Part
	URL    string
	Memory string // address
}

// Settings are a Holdfast's, as it reads them from the environment.
type Settings struct {
	Database, Policy, LedgerURL, LedgerSecret string
	Roles                                     string   // with commas; empty: all
	Conns                                     int      // of each pool; 0: 16
	More                                      []string // HOLDFAST_X=…
}

// StartHoldfast starts Holdfast in a process of its own and waits until it says
// that it is ready.
func (r *Rig) StartHoldfast(ctx context.Context, s Settings) (*Holdfast, error) {
	ports, err := FreePorts(2)
	if err != nil {
		return nil, err
	}
	h := &Holdfast{URL: "http://" + Local(ports[0]), Memory: Local(ports[1])}
	env := append([]string{"HOLDFAST_DATABASE=" + s.Database, "HOLDFAST_LISTEN=" + Local(ports[0]), "HOLDFAST_PUBLIC_URL=" + h.URL,
		"HOLDFAST_TEMPORAL_ADDRESS=" + r.TemporalAddress, "HOLDFAST_TEMPORAL_NAMESPACE=" + embedded.Namespace, "HOLDFAST_POLICY_FILE=" + s.Policy,
		"HOLDFAST_LEDGER_URL=" + s.LedgerURL, "HOLDFAST_LEDGER_SECRET=" + s.LedgerSecret, "HOLDFAST_OUTBOUND_ALLOW=127.0.0.0/8",
		"HOLDFAST_DRAIN=0s", "HOLDFAST_LOG_LEVEL=warn"}, s.More...)
	if s.Roles != "" {
		env = append(env, "HOLDFAST_ROLES="+s.Roles)
	}
	if s.Conns != 0 {
		env = append(env, fmt.Sprintf("HOLDFAST_DATABASE_CONNS=%d", s.Conns))
	}
	if h.Part, err = Start(r.Dir, env, "holdfast", h.Memory); err != nil {
		return nil, err
	}
	if err := h.await(ctx); err != nil {
		h.Stop()
		said, _ := os.ReadFile(r.Dir + "/holdfast.log")
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(string(said[max(0, len(said)-600):])))
	}
	return h, nil
}

func (h *Holdfast) await(ctx context.Context) error {
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); {
		res, err := http.Get(h.URL + "/health/ready")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-h.Ended():
			return errors.New("holdfast ended as it started")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(30 * time.Millisecond):
		}
	}
	return errors.New("holdfast was not ready in 40 s")
}

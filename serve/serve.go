// Package serve makes a running Holdfast out of its parts, by role: api,
// gateway, worker, relay. Everything is wired and registered here, by name.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"holdfast/agents"
	"holdfast/app"
	"holdfast/channels/push"
	"holdfast/channels/sms"
	"holdfast/gateway"
	"holdfast/outbound"
	"holdfast/payees"
	"holdfast/policy"
	"holdfast/store"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"golang.org/x/net/netutil"
	"golang.org/x/time/rate"
)

const (
	maxSockets   = 25_000          // connections that the process accepts
	shutdownTime = 3 * time.Second // for what is under way, once no more comes in
)

// Process is a running Holdfast.
type Process struct {
	Config
	Address  string // host:port it listens on
	log      *slog.Logger
	holds    *store.Store // the risk engine's pool
	apps     *store.Store // the customers' pool; on SQLite the same
	staff    *store.Store // the agents' pool; on SQLite the same
	behind   *store.Store // the worker's and relay's pool; the risk engine's where there is no API
	policies *policy.Set
	temporal client.Client
	metrics  *metrics
	push     *push.Channel
	sms      *sms.Channel     // nil: no texts
	agents   *agents.Verifier // nil: no agents
	refusals rate.Sometimes   // are logged: not each of a flood
	guard    *outbound.Guard
	faces    *faces        // nil: no face checks
	asker    *payees.Asker // nil: nobody outside is asked about payees
	hub      *gateway.Hub
	server   *http.Server
	stop     context.CancelFunc
	hurry    chan struct{} // closed by Hurry
	hurried  sync.Once
	draining chan struct{} // closed when the process is to end, and says it is not ready
	stopping chan struct{} // closed when it stops serving
	work     sync.WaitGroup
	ended    chan error
}

// Start starts the roles and returns once the process listens.
func Start(ctx context.Context, c Config, log *slog.Logger) (*Process, error) {
	if err := errors.Join(c.speak(ctx, log), c.Check()); err != nil { // the check writes texts
		return nil, err
	}
	p := &Process{Config: c, log: log, refusals: rate.Sometimes{Interval: time.Second}, ended: make(chan error, 1),
		hurry: make(chan struct{}), draining: make(chan struct{}), stopping: make(chan struct{})}
	if err := p.open(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen: %w", err), p.close())
	}
	p.Address = listener.Addr().String()
	handler, err := p.api()
	if err != nil {
		return nil, errors.Join(err, listener.Close(), p.close())
	}
	if c.Around != nil {
		handler = c.Around(handler)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = cancel
	d := c.deadlines()
	p.server = &http.Server{Handler: bounded(p.lastReplies(handler), d.transfer), ReadHeaderTimeout: d.header, IdleTimeout: d.idle,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	go func() {
		if err := p.server.Serve(netutil.LimitListener(listener, maxSockets)); !errors.Is(err, http.ErrServerClosed) {
			p.ended <- err
		}
	}()
	p.startRoles(run)
	log.InfoContext(ctx, "Holdfast runs", "address", p.Address, "roles", strings.Join(p.roles(), " "), "policy",
		p.policies.Current().Version())
	return p, nil
}

// Run runs until the context ends, or something that cannot be mended fails.
func Run(ctx context.Context, c Config, log *slog.Logger) error {
	p, err := Start(ctx, c, log)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		err = nil
	case err = <-p.ended:
	}
	return errors.Join(err, p.Stop())
}

// Stop ends the process. It says at once that it is not ready and goes on
// serving for the time of the setting, so that whatever sends it requests sends
// them elsewhere. Then it takes no new ones, tells its sockets to connect
// again, and brings what is under way to an end, within five seconds.
func (p *Process) Stop() error {
	close(p.draining)
	if p.Drain > 0 {
		p.log.Info("Holdfast is told to end", "serving_for", p.Drain.String())
		select {
		case <-time.After(p.Drain):
		case <-p.hurry:
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	close(p.stopping) // long polls come back
	p.stop()          // roles end, the hub closes its sockets
	err := p.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // somebody is slow
		err = p.server.Close()
	}
	p.work.Wait()
	return errors.Join(err, p.close())
}

// lastReplies asks whoever keeps a connection to let go of it after the reply,
// once the process is to end: to close it from here would lose what was just
// being sent on it.
func (p *Process) lastReplies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-p.draining:
			if r.Header.Get("Upgrade") == "" {
				w.Header().Set("Connection", "close")
			}
		default:
		}
		next.ServeHTTP(w, r)
	})
}

// Hurry cuts short the time for which Stop goes on serving: somebody asked a
// second time.
func (p *Process) Hurry() { p.hurried.Do(func() { close(p.hurry) }) }

func (p *Process) roles() (rs []string) {
	for _, r := range Roles {
		if p.has(r) {
			rs = append(rs, r)
		}
	}
	return rs
}

// open opens what the roles work with. Temporal may be away: nothing here
// waits for it.
func (p *Process) open(ctx context.Context) (err error) {
	if err := p.openPools(ctx); err != nil {
		return err
	}
	if err := p.holds.CheckSchema(ctx); err != nil {
		return err
	}
	if p.guard, err = p.openGuard(); err != nil {
		return err
	}
	p.guard.Told = func(host string, cause error) { p.log.Error("a call went nowhere", "host", host, "error", cause) }
	p.policies = policy.NewSet(policy.Default())
	if err := p.ReloadPolicy(ctx); err != nil {
		return err
	}
	if p.push, err = push.New(push.Config{WakeURL: p.WakeURL, WakeSecrets: p.WakeSecrets, Transport: p.guard.Transport()}); err != nil {
		return err
	}
	if p.faces, err = p.openFaces(p.guard.Client); err != nil {
		return err
	}
	if p.texts() && (p.has("api") || p.has("worker")) {
		if p.sms, err = p.openTexts(p.guard, askedByText(p.policies.Current())); err != nil {
			return err
		}
		if p.faces != nil {
			p.sms.Link = p.faces.links.Link
		}
	}
	if p.has("worker") { // whoever accepts holds asks by what is here
		if err := p.holds.Deploy(ctx, p.rules()); err != nil {
			return err
		}
	}
	if p.agents, err = p.openAgents(p.guard); err != nil {
		return err
	}
	temporal, err := p.temporalOptions(sdklog.NewStructuredLogger(p.log))
	if err != nil {
		return err
	}
	if p.temporal, err = client.NewLazyClient(temporal); err != nil {
		return err
	}
	if p.has("gateway") {
		p.hub = gateway.New(gateway.Config{Store: p.apps, Bus: p.apps.Bus, Desk: p.desk(), Verify: push.VerifyHello,
			Origins: append([]string{origin(p.PublicURL, "http")}, p.Origins...), Log: p.log,
			Count: func(event string) { p.metrics.count(event) }, Silence: p.Silence})
	}
	p.metrics = newMetrics(p.holds, p.hub)
	p.asker, err = p.openAsker()
	return err
}

func (p *Process) close() error {
	var errs []error
	if p.temporal != nil {
		p.temporal.Close()
	}
	errs = append(errs, p.closePools())
	return errors.Join(errs...)
}

func (p *Process) desk() *app.Desk {
	d := &app.Desk{Store: p.apps, Push: p.push, Device: push.ProofDevice, Policies: p.policies, Audience: p.PublicURL, Calls: p.calls(),
		Phone: p.BankPhone, Talk: app.Talk{Interview: push.VerifyInterview, Warning: push.VerifyWarning}}
	if p.sms != nil {
		d.SMS = p.sms
	}
	return d
}

// ReloadPolicy reads the policy file again and runs it from now on. It is on
// record before the first hold is pinned to it. With a fault the running
// policy stays.
func (p *Process) ReloadPolicy(ctx context.Context) error {
	source := policy.Default().Source()
	if p.PolicyFile != "" {
		var err error
		if source, err = os.ReadFile(p.PolicyFile); err != nil {
			return fmt.Errorf("policy_file: %w", err)
		}
	}
	next, err := policy.Load(source)
	if err != nil {
		return fmt.Errorf("policy_file %s:\n%w", p.PolicyFile, err)
	}
	if p.sms != nil {
		if err := p.sms.Fits(askedByText(next)); err != nil {
			return fmt.Errorf("policy_file %s: sms.ceilings: %w", p.PolicyFile, err)
		}
	}
	if err := p.holds.SavePolicy(ctx, next.Version(), source); err != nil {
		return err
	}
	for _, w := range next.Warnings() {
		p.log.WarnContext(ctx, "the policy loads, and has something to mend", "place", w.String())
	}
	_, err = p.policies.Reload(source)
	return err
}

// Failed tells of what cannot be mended while running.
func (p *Process) Failed() <-chan error { return p.ended }

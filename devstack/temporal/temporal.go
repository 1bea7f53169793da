// Package temporal embeds a Temporal server and its UI for development: four
// services on the loopback, one SQLite file, no configuration. Its state
// survives the process.
package temporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
)

// Namespace is where holds live.
const Namespace = "default"

// Options say where the server keeps its file and listens. Port and UIPort 0
// choose free ones; UIPort -1 leaves the UI out.
type Options struct {
	Dir          string
	Port, UIPort int
	Log          *slog.Logger
}

// Server is a running server.
type Server struct {
	server  temporal.Server
	ui      *uiserver.Server
	address string
	uiURL   string
}

// Start starts the server and returns once it answers.
func Start(ctx context.Context, o Options) (*Server, error) {
	ports, err := freePorts(o.Port, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	sql := &config.SQL{
		PluginName: sqliteplugin.PluginName, DatabaseName: filepath.Join(o.Dir, "temporal.db"), MaxConns: 1, MaxIdleConns: 1,
		ConnectAttributes: map[string]string{"mode": "rwc", "journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000"},
	}
	if err := prepare(sql); err != nil {
		return nil, err
	}
	cfg, hosts := configuration(sql, ports)
	authorizer, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, err
	}
	srv, err := temporal.NewServer(temporal.WithConfig(cfg), temporal.ForServices(temporal.DefaultServices), temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger{o.Log}), temporal.WithAuthorizer(authorizer), temporal.WithDynamicConfigClient(limits))
	if err != nil {
		return nil, fmt.Errorf("making the Temporal server: %w", err)
	}
	if err := srv.Start(); err != nil {
		return nil, fmt.Errorf("starting the Temporal server: %w", err)
	}
	s := &Server{server: srv, address: local(ports[0])}
	if err := s.await(ctx, o.Log); err != nil {
		s.Stop()
		return nil, err
	}
	if o.UIPort >= 0 {
		if err := s.startUI(o.UIPort); err != nil {
			s.Stop()
			return nil, err
		}
	}
	return s, nil
}

// Address is the frontend's host:port.
func (s *Server) Address() string { return s.address }

// UIURL is where the UI is; empty without one.
func (s *Server) UIURL() string { return s.uiURL }

// Stop ends the server, within five seconds.
func (s *Server) Stop() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s.ui != nil {
			s.ui.Stop()
		}
		_ = s.server.Stop()
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
	}
}

// prepare makes the schema once, and the namespace. A file is complete only
// under its own name: a kill in between leaves nothing half made.
func prepare(sql *config.SQL) error {
	if _, err := os.Stat(sql.DatabaseName); errors.Is(err, os.ErrNotExist) {
		half := *sql
		half.DatabaseName = sql.DatabaseName + ".new"
		for _, leftover := range []string{"", "-wal", "-shm", "-journal"} {
			_ = os.Remove(half.DatabaseName + leftover)
		}
		half.ConnectAttributes = map[string]string{"mode": "rwc"}
		if err := sqlite.SetupSchema(&half); err != nil {
			return fmt.Errorf("making Temporal's schema: %w", err)
		}
		if err := os.Rename(half.DatabaseName, sql.DatabaseName); err != nil {
			return err
		}
	}
	ns, err := sqlite.NewNamespaceConfig("active", Namespace, false, nil)
	if err != nil {
		return err
	}
	if err := sqlite.CreateNamespaces(sql, ns); err != nil {
		return fmt.Errorf("making Temporal's namespace: %w", err)
	}
	return nil
}

// limits lift what is meant for a shared cluster, and poll less.
var limits = func() dynamicconfig.StaticClient {
	settings := dynamicconfig.StaticClient{}
	for name, value := range map[string]any{
		"frontend.rps": 20000, "frontend.namespaceRPS": 20000, "frontend.namespaceCount": 20000, "frontend.persistenceMaxQPS": 20000,
		"history.persistenceMaxQPS": 40000, "matching.persistenceMaxQPS": 40000, "history.rps": 20000, "matching.rps": 20000,
		"frontend.keepAliveMaxConnectionAge": "24h", "matching.numTaskqueueReadPartitions": 1, "matching.numTaskqueueWritePartitions": 1,
	} {
		settings[dynamicconfig.MakeKey(name)] = value
	}
	return settings
}()

func configuration(sql *config.SQL, ports []int) (*config.Config, map[primitives.ServiceName]static.Hosts) {
	frontend := local(ports[0])
	cfg := &config.Config{
		Persistence: config.Persistence{
			DefaultStore: "sqlite", VisibilityStore: "sqlite", NumHistoryShards: 4,
			DataStores: map[string]config.DataStore{"sqlite": {SQL: sql}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: "active", CurrentClusterName: "active",
			ClusterInformation: map[string]cluster.ClusterInformation{"active": {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Archival: config.Archival{
			History: config.HistoryArchival{State: "disabled"}, Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
		PublicClient: config.PublicClient{HostPort: frontend},
		Services:     map[string]config.Service{},
	}
	cfg.Global.Membership = config.Membership{MaxJoinDuration: 10 * time.Second, BroadcastAddress: "127.0.0.1"}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for i, name := range []primitives.ServiceName{primitives.FrontendService, primitives.HistoryService, primitives.MatchingService,
		primitives.WorkerService} {
		cfg.Services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: ports[i], BindOnLocalHost: true}}
		hosts[name] = static.SingleLocalHost(local(ports[i]))
	}
	return cfg, hosts
}

// await waits until the frontend knows the namespace.
func (s *Server) await(ctx context.Context, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		c, err := client.DialContext(ctx, client.Options{HostPort: s.address, Namespace: Namespace, Logger: sdklog.NewStructuredLogger(log)})
		if err == nil {
			_, err = c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: Namespace})
			c.Close()
			if err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the Temporal server does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Server) startUI(port int) error {
	ports, err := freePorts(port)
	if err != nil {
		return err
	}
	s.ui = uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: s.address, Host: "127.0.0.1", Port: ports[0], EnableUI: true, DefaultNamespace: Namespace,
		DisableNewsFetch: true, HideLogs: true, CORS: uiconfig.CORS{CookieInsecure: true},
	}))
	s.uiURL = "http://" + local(ports[0])
	go func() { _ = s.ui.Start() }() // it runs until Stop
	return nil
}

// ErrPortTaken means that somebody else listens there.
var ErrPortTaken = errors.New("the port is taken")

// Ports that are free are looked for below those that systems give to connections: one
// of those would be given to somebody before the server listens, which then ends the
// process. This process asks for each once.
const lowest, highest = 15_000, 30_000

var (
	firstPort = rand.Int64N(highest - lowest)
	asked     atomic.Int64
)

// listen takes a port, or a free one for 0.
func listen(port int) (l net.Listener, err error) {
	if port != 0 {
		return net.Listen("tcp", local(port))
	}
	for range 1000 {
		if l, err = net.Listen("tcp", local(lowest+int((firstPort+asked.Add(1))%(highest-lowest)))); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// freePorts checks the ports that are asked for and finds one for each 0.
func freePorts(want ...int) ([]int, error) {
	got := make([]int, len(want))
	for i, p := range want {
		l, err := listen(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", local(p), ErrPortTaken)
		}
		defer l.Close() //nolint:errcheck // a probe
		got[i] = l.Addr().(*net.TCPAddr).Port
	}
	return got, nil
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

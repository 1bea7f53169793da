package rig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"strings"
	"time"

	embedded "holdfast/devstack/temporal"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql" // its store
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/schema"
	"go.temporal.io/server/temporal"
	"google.golang.org/protobuf/types/known/durationpb"
)

// TemporalPart runs a Temporal server: on Postgres at an address, or on SQLite
// in a directory.
func TemporalPart(args []string) error {
	kind, where := args[0], args[1]
	ctx := context.Background()
	if kind == "sqlite" {
		s, err := embedded.Start(ctx, embedded.Options{Dir: where, UIPort: -1, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		Say(s.Address())
		AwaitEnd()
		s.Stop()
		return nil
	}
	ports, err := FreePorts(4)
	if err != nil {
		return err
	}
	u, err := url.Parse(where)
	if err != nil {
		return err
	}
	cfg, hosts := onPostgres(u.Host, u.User.Username(), ports)
	authorizer, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return err
	}
	server, err := temporal.NewServer(temporal.WithConfig(cfg), temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts), temporal.WithLogger(log.NewNoopLogger()), temporal.WithAuthorizer(authorizer),
		temporal.WithDynamicConfigClient(unlimited()))
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	if err := register(ctx, Local(ports[0])); err != nil {
		return errors.Join(err, server.Stop())
	}
	Say(Local(ports[0]))
	AwaitEnd()
	return server.Stop()
}

// unlimited lifts what is meant for a cluster that is shared.
func unlimited() dynamicconfig.StaticClient {
	settings := dynamicconfig.StaticClient{}
	for _, name := range []string{"frontend.rps", "frontend.namespaceRPS", "frontend.namespaceCount", "frontend.persistenceMaxQPS",
		"history.rps", "history.persistenceMaxQPS", "matching.rps", "matching.persistenceMaxQPS"} {
		settings[dynamicconfig.MakeKey(name)] = 50_000
	}
	settings[dynamicconfig.MakeKey("matching.numTaskqueueReadPartitions")] = 1
	settings[dynamicconfig.MakeKey("matching.numTaskqueueWritePartitions")] = 1
	return settings
}

func onPostgres(address, user string, ports []int) (*config.Config, map[primitives.ServiceName]static.Hosts) {
	store := func(database string) config.DataStore {
		return config.DataStore{SQL: &config.SQL{PluginName: "postgres12", DatabaseName: database, ConnectAddr: address, ConnectProtocol: "tcp",
			User: user, MaxConns: 30, MaxIdleConns: 30}}
	}
	c := &config.Config{Services: map[string]config.Service{}, PublicClient: config.PublicClient{HostPort: Local(ports[0])},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"}}
	c.Persistence = config.Persistence{DefaultStore: "main", VisibilityStore: "visibility", NumHistoryShards: 4,
		DataStores: map[string]config.DataStore{"main": store("temporal"), "visibility": store("temporal_visibility")}}
	c.ClusterMetadata = &cluster.Config{FailoverVersionIncrement: 10, MasterClusterName: "active", CurrentClusterName: "active",
		ClusterInformation: map[string]cluster.ClusterInformation{"active": {Enabled: true, InitialFailoverVersion: 1,
			RPCAddress: Local(ports[0])}}}
	c.Archival.History.State, c.Archival.Visibility.State = "disabled", "disabled"
	c.NamespaceDefaults.Archival.History.State, c.NamespaceDefaults.Archival.Visibility.State = "disabled", "disabled"
	c.Global.Membership = config.Membership{MaxJoinDuration: 10 * time.Second, BroadcastAddress: "127.0.0.1"}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for i, name := range []primitives.ServiceName{primitives.FrontendService, primitives.HistoryService, primitives.MatchingService,
		primitives.WorkerService} {
		c.Services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: ports[i], BindOnLocalHost: true}}
		hosts[name] = static.SingleLocalHost(Local(ports[i]))
	}
	return c, hosts
}

// register makes the namespace and waits until the server knows it.
func register(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 50*time.Second)
	defer cancel()
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: address, Logger: Quiet{}})
	if err != nil {
		return err
	}
	defer namespaces.Close()
	c, err := client.NewLazyClient(client.Options{HostPort: address, Logger: Quiet{}})
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		err := namespaces.Register(ctx, &workflowservice.RegisterNamespaceRequest{Namespace: embedded.Namespace,
			WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour)})
		var there *serviceerror.NamespaceAlreadyExists
		if err == nil || errors.As(err, &there) {
			if _, err = c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: embedded.Namespace}); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the Temporal server does not answer: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// temporalSchema makes the databases of a Temporal server in a cluster.
func temporalSchema(ctx context.Context, c *Cluster) error {
	for database, in := range map[string][2]string{"temporal": {"temporal", "1.19"}, "temporal_visibility": {"visibility", "1.14"}} {
		if _, err := c.Fresh(ctx, database, ""); err != nil {
			return err
		}
		script, err := fs.ReadFile(schema.Assets(), "postgresql/v12/"+in[0]+"/schema.sql")
		if err != nil {
			return err
		}
		version := `CREATE TABLE schema_version (version_partition INT NOT NULL, db_name VARCHAR(255) NOT NULL, creation_time TIMESTAMP,
			curr_version VARCHAR(64), min_compatible_version VARCHAR(64), PRIMARY KEY (version_partition, db_name));
			INSERT INTO schema_version VALUES (0, 'DATABASE', now(), 'VERSION', '0.0');`
		version = strings.NewReplacer("DATABASE", database, "VERSION", in[1]).Replace(version)
		if err := c.Exec(ctx, database, string(script)+version); err != nil {
			return fmt.Errorf("the schema of %s: %w", database, err)
		}
	}
	return nil
}

// Quiet is a logger of Temporal's client that says nothing.
type Quiet struct{}

// Debug says nothing.
func (Quiet) Debug(string, ...any) {}

// Info says nothing.
func (Quiet) Info(string, ...any) {}

// Warn says nothing.
func (Quiet) Warn(string, ...any) {}

// Error says nothing.
func (Quiet) Error(string, ...any) {}

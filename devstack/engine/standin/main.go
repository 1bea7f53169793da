// Command standin plays, in the test of docker-compose.yml, what stands around
// Holdfast there: the bank's ledger, and of Temporal's images the command line
// and the UI, no more of them than the compose file uses.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"holdfast/devstack/ledger"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, filepath.Base(os.Args[0]), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1)
	}
}

// run plays whatever the command is called.
func run(ctx context.Context, name string, args []string) error {
	switch name {
	case "ledger": // FILE SECRET_FILE
		secret, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		l, err := ledger.Start(ledger.Options{File: args[0], Listen: "0.0.0.0:9300", Secret: strings.TrimSpace(string(secret))})
		if err != nil {
			return err
		}
		<-ctx.Done()
		return l.Stop()
	case "temporal": // operator namespace describe|create --namespace NAME …
		return namespace(ctx, args)
	case "ui":
		return http.ListenAndServe(":8080", http.NotFoundHandler()) //nolint:gosec // a stand-in
	}
	return fmt.Errorf("nobody plays %s", name)
}

func namespace(ctx context.Context, args []string) error {
	if len(args) < 5 || args[0] != "operator" || args[1] != "namespace" || args[3] != "--namespace" {
		return fmt.Errorf("temporal %v is not played", args)
	}
	c, err := client.NewNamespaceClient(client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS")})
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if args[2] == "describe" {
		_, err := c.Describe(ctx, args[4])
		return err
	}
	err = c.Register(ctx, &workflowservice.RegisterNamespaceRequest{Namespace: args[4],
		WorkflowExecutionRetentionPeriod: durationpb.New(72 * time.Hour)})
	if errors.As(err, new(*serviceerror.NamespaceAlreadyExists)) {
		return nil
	}
	return err
}

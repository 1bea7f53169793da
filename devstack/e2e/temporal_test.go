// Package e2e tests the whole on the embedded stack. It is the one test
// package that links the Temporal server.
package e2e

import (
	"context"
	"log/slog"
	"testing"

	"holdfast/devstack/temporal"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

func startTemporal(t *testing.T, dir string) (*temporal.Server, client.Client) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	srv, err := temporal.Start(t.Context(), temporal.Options{Dir: dir, UIPort: -1, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial(client.Options{HostPort: srv.Address(), Logger: log})
	if err != nil {
		srv.Stop()
		t.Fatal(err)
	}
	return srv, c
}

// The embedded server keeps its workflows over a restart.
func TestTemporalSurvivesRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	srv, c := startTemporal(t, dir)
	w := worker.New(c, "q", worker.Options{})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) (string, error) { return "done", nil }, workflow.RegisterOptions{Name: "one"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "w1", TaskQueue: "q"}, "one")
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := run.Get(t.Context(), &got); err != nil || got != "done" {
		t.Fatalf("%q, %v", got, err)
	}
	w.Stop()
	c.Close()
	srv.Stop()

	srv, c = startTemporal(t, dir)
	defer srv.Stop()
	defer c.Close()
	got = ""
	if err := c.GetWorkflow(context.Background(), "w1", "").Get(t.Context(), &got); err != nil || got != "done" {
		t.Fatalf("after the restart: %q, %v", got, err)
	}
}

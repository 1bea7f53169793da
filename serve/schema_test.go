package serve_test

import (
	"errors"
	"strings"
	"testing"

	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"
)

// While a newer version is rolled out, its schema comes first: the processes of this
// version stay ready, and none is started.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	storetest.Raw(t, f.dsn).MustExec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
	if a := f.do("GET", "/health/ready", "", nil); a.status != 200 {
		t.Errorf("a process that runs: %d %s", a.status, a.body)
	}
	c := serve.Config{Roles: []string{"gateway"}, Database: f.dsn, Listen: "127.0.0.1:0", PublicURL: publicURL}
	_, err := serve.Start(t.Context(), c, nil)
	if !errors.Is(err, store.ErrNewerSchema) || !strings.Contains(err.Error(), "run a newer holdfast") {
		t.Errorf("one that starts: %v", err)
	}
}

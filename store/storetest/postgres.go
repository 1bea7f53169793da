// Package storetest gives tests a real database and runs one conformance suite
// on every dialect.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"holdfast/store"

	"github.com/jmoiron/sqlx"
)

// EnvPostgres names a server for tests to use, as a URL whose role may create
// databases. Without it a throwaway cluster is made from the installed
// binaries.
const EnvPostgres = "HOLDFAST_TEST_POSTGRES"

var cluster struct {
	once  sync.Once
	admin string // URL of the server's maintenance database
	err   error
	stop  func()
	next  atomic.Int64
}

// Main is for TestMain: it runs the tests and removes the cluster.
func Main(m *testing.M) int {
	code := m.Run()
	if pooler.stop != nil {
		pooler.stop()
	}
	if cluster.stop != nil {
		cluster.stop()
	}
	return code
}

// PostgresURL gives the URL of a new, migrated database that goes away with
// the test.
func PostgresURL(t testing.TB) string { t.Helper(); return newDatabase(t, template()) }

// PatientURL is PostgresURL for tests in which many wait for one lock. The product's two
// seconds are few where a hundred have to pass on a machine that does much else.
func PatientURL(t testing.TB) string {
	t.Helper()
	u, _ := url.Parse(PostgresURL(t))
	q := u.Query()
	q.Set("lock_timeout", "120000")
	u.RawQuery = q.Encode()
	return u.String()
}

// EmptyPostgresURL gives the URL of a new database that nobody has migrated.
func EmptyPostgresURL(t testing.TB) string { t.Helper(); return newDatabase(t, "template1") }

func newDatabase(t testing.TB, like string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("Postgres is left out of the quick tests")
	}
	cluster.once.Do(startCluster)
	if cluster.err != nil {
		t.Fatalf("no Postgres for tests: %v\ninstall it (Debian: apt-get install postgresql) or set %s", cluster.err, EnvPostgres)
	}
	name := fmt.Sprintf("hf_%d_%d", os.Getpid(), cluster.next.Add(1))
	admin, err := sqlx.Connect("pgx", cluster.admin)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close() //nolint:errcheck // a test's own handle
	// The files are copied, which takes a fifth of the time of writing them into the log.
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + like + " STRATEGY FILE_COPY"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if admin, err := sqlx.Connect("pgx", cluster.admin); err == nil {
			_, _ = admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
			_ = admin.Close()
		}
	})
	return withDatabase(cluster.admin, name)
}

func template() string { return fmt.Sprintf("hf_%d_template", os.Getpid()) }

func withDatabase(dsn, name string) string {
	u, _ := url.Parse(dsn)
	u.Path = "/" + name
	return u.String()
}

func startCluster() {
	if cluster.admin = os.Getenv(EnvPostgres); cluster.admin == "" {
		if cluster.admin, cluster.stop, cluster.err = throwaway(); cluster.err != nil {
			return
		}
	}
	cluster.err = makeTemplate()
	stop := cluster.stop
	cluster.stop = func() {
		if admin, err := sqlx.Connect("pgx", cluster.admin); err == nil {
			_, _ = admin.Exec("DROP DATABASE IF EXISTS " + template() + " WITH (FORCE)")
			_ = admin.Close()
		}
		if stop != nil {
			stop()
		}
	}
}

func makeTemplate() error {
	admin, err := sqlx.Connect("pgx", cluster.admin)
	if err != nil {
		return err
	}
	defer admin.Close() //nolint:errcheck // a test's own handle
	if _, err := admin.Exec("CREATE DATABASE " + template()); err != nil {
		return err
	}
	s, err := store.Open(context.Background(), withDatabase(cluster.admin, template()), store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(context.Background()), s.Close())
}

// settings of a cluster that nobody needs after a crash. What a transaction sees, and
// whom it waits for, is the same with all of them.
var settings = []string{"listen_addresses=127.0.0.1", "max_connections=300", "log_min_messages=fatal", "fsync=off",
	"synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off"}

// throwaway makes a cluster in a temporary directory and starts it on a free
// port of the loopback. It ends with this process, however that ends.
func throwaway() (admin string, stop func(), err error) {
	bin, err := binaries()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "holdfast-pg-")
	if err != nil {
		return "", nil, err
	}
	cred, err := unprivileged(dir)
	if err != nil {
		return "", nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", dir+"/data", "-U", "holdfast", "-A", "trust", "-E", "UTF8", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: cred}
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	args := []string{"-D", dir + "/data", "-p", strconv.Itoa(port), "-k", ""}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	server := exec.Command(filepath.Join(bin, "postgres"), args...)
	server.Dir = dir
	server.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Pdeathsig: syscall.SIGQUIT}
	ended, err := startWithUs(server)
	if err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT)
		<-ended
		_ = os.RemoveAll(dir)
	}
	admin = fmt.Sprintf("postgres://holdfast@127.0.0.1:%d/postgres?sslmode=disable", port)
	return admin, stop, await(admin, ended)
}

// startWithUs starts what ends with this process, and closes ended when it has.
func startWithUs(p *exec.Cmd) (ended <-chan struct{}, err error) {
	started, over := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the death signal follows the thread
		started <- p.Start()
		_ = p.Wait()
		close(over)
	}()
	return over, <-started
}

func await(admin string, ended <-chan struct{}) error {
	for deadline := time.Now().Add(20 * time.Second); ; {
		db, err := sqlx.Connect("pgx", admin)
		if err == nil {
			return db.Close()
		}
		select {
		case <-ended:
			return errors.New("the cluster ended as it started")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the cluster does not answer: %w", err)
		}
	}
}

// binaries finds the directory of initdb and postgres, the newest version.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("initdb is neither in PATH nor in /usr/lib/postgresql")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives the directory to somebody who is not root, because initdb
// refuses root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

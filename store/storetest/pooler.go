package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var pooler struct {
	once sync.Once
	port int
	err  error
	stop func()
}

// Everywhere is Each, and Postgres behind PgBouncer in transaction mode besides:
// for the tests that together touch what a pooler could break.
func Everywhere(t *testing.T, test func(t *testing.T, b *Bundle)) {
	t.Helper()
	Each(t, test)
	t.Run("pgbouncer", func(t *testing.T) { t.Parallel(); test(t, NewPooled(t)) })
}

// NewPooled opens a bundle on a new Postgres database behind PgBouncer.
func NewPooled(t testing.TB) *Bundle {
	t.Helper()
	direct := PostgresURL(t)
	return open(t, PooledURL(t, direct), direct)
}

// Crowd is n, or a fifth where a pooler stands before Postgres: it could break what a
// connection keeps, which few show as well, and the locks are Postgres' own.
func (b *Bundle) Crowd(n int) int {
	if b.pooled {
		return n / 5
	}
	return n
}

// PooledURL gives the address of a database behind PgBouncer, which keeps no
// session between two transactions.
func PooledURL(t testing.TB, direct string) string {
	t.Helper()
	pooler.once.Do(startPooler)
	if pooler.err != nil {
		t.Fatalf("no PgBouncer for tests: %v\ninstall it (Debian: apt-get install pgbouncer)", pooler.err)
	}
	u, _ := url.Parse(direct)
	u.Host, u.User = net.JoinHostPort("127.0.0.1", strconv.Itoa(pooler.port)), url.User(u.User.Username())
	return u.String()
}

// startPooler runs PgBouncer in front of the tests' cluster. Like it, it ends
// with this process and is not root.
func startPooler() {
	pooler.err = func() error {
		bin, err := exec.LookPath("pgbouncer")
		if err != nil {
			if bin, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil {
				return err
			}
		}
		dir, err := os.MkdirTemp("", "holdfast-pooler-")
		if err != nil {
			return err
		}
		cred, err := unprivileged(dir)
		if err != nil {
			return err
		}
		if pooler.port, err = freePort(); err != nil {
			return err
		}
		at, err := url.Parse(cluster.admin)
		if err != nil {
			return err
		}
		server := fmt.Sprintf("host=%s port=%s user=%s", at.Hostname(), cmp.Or(at.Port(), "5432"), at.User.Username())
		if password, ok := at.User.Password(); ok {
			server += " password='" + strings.ReplaceAll(password, "'", "''") + "'"
		}
		config := filepath.Join(dir, "pgbouncer.ini")
		text := fmt.Sprintf("[databases]\n* = %s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\n"+
			"pool_mode = transaction\ndefault_pool_size = 8\nmax_client_conn = 2000\nlogfile = %s/log\n", server, pooler.port, dir)
		if err := os.WriteFile(config, []byte(text), 0o644); err != nil { //nolint:gosec // nobody reads it
			return err
		}
		p := exec.Command(bin, config)
		p.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Pdeathsig: syscall.SIGKILL}
		ended, err := startWithUs(p)
		if err != nil {
			return err
		}
		pooler.stop = func() { _ = p.Process.Kill(); <-ended; _ = os.RemoveAll(dir) }
		return answers(pooler.port, ended)
	}()
}

func answers(port int, ended <-chan struct{}) error {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ended:
			return errors.New("it ended as it started")
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New("it does not answer")
}

package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Cluster is a Postgres of the bench's own, in a directory that goes with it.
// It keeps every promise about durability.
type Cluster struct {
	PID   int
	port  int
	dir   string
	cmd   *exec.Cmd
	ended chan struct{}
	admin *pgxpool.Pool
}

// durable are the settings that no figure may be won with, and what counts.
var durable = []string{"listen_addresses=127.0.0.1", "fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=300",
	"shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=15min", "shared_preload_libraries=pg_stat_statements",
	"pg_stat_statements.max=5000", "log_min_messages=fatal"}

// StartPostgres makes a cluster under dir and starts it.
func StartPostgres(ctx context.Context, dir string) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	as, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", dir+"/data", "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	ports, err := FreePorts(1)
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, port: ports[0], ended: make(chan struct{})}
	args := []string{"-D", dir + "/data", "-p", strconv.Itoa(c.port), "-k", ""}
	for _, s := range durable {
		args = append(args, "-c", s)
	}
	c.cmd = exec.Command(filepath.Join(bin, "postgres"), args...)
	c.cmd.Dir = dir
	if err := startWithUs(c.cmd, syscall.SIGQUIT, as, c.ended, nil); err != nil {
		return nil, err
	}
	c.PID = c.cmd.Process.Pid
	if c.admin, err = pgxpool.New(ctx, c.URL("postgres")+"&pool_max_conns=2"); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	if err := c.await(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, c.Exec(ctx, "postgres", "CREATE EXTENSION pg_stat_statements")
}

// URL names a database of the cluster.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://bench@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

// Fresh makes a database, empty or as a template is, in place of one of the
// same name.
func (c *Cluster) Fresh(ctx context.Context, name, template string) (string, error) {
	if template == "" {
		template = "template1"
	}
	named, like := pgx.Identifier{name}.Sanitize(), pgx.Identifier{template}.Sanitize()
	for _, q := range []string{"DROP DATABASE IF EXISTS " + named + " WITH (FORCE)", "CREATE DATABASE " + named + " TEMPLATE " + like} {
		if _, err := c.admin.Exec(ctx, q); err != nil {
			return "", err
		}
	}
	return c.URL(name), nil
}

// Exec runs a script in a database.
func (c *Cluster) Exec(ctx context.Context, database, script string) error {
	conn, err := pgx.Connect(ctx, c.URL(database))
	if err != nil {
		return err
	}
	_, err = conn.PgConn().Exec(ctx, script).ReadAll()
	return errors.Join(err, conn.Close(ctx))
}

// Stop ends the cluster and removes it.
func (c *Cluster) Stop() error {
	if c == nil {
		return nil
	}
	if c.admin != nil {
		c.admin.Close()
	}
	_ = c.cmd.Process.Signal(syscall.SIGQUIT) // what it holds is thrown away
	<-c.ended
	return os.RemoveAll(c.dir)
}

func (c *Cluster) await(ctx context.Context) error {
	for deadline := time.Now().Add(30 * time.Second); ; {
		err := c.admin.Ping(ctx)
		if err == nil || time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		select {
		case <-c.ended:
			return errors.New("postgres ended as it started")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// binaries finds the newest initdb and postgres.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	newest, version := "", 0
	for _, dir := range found {
		if n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))); n > version {
			newest, version = dir, n
		}
	}
	if newest != "" {
		return newest, nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("the bench needs Postgres's own binaries: install them (Debian: apt-get install postgresql)")
	}
	return filepath.Dir(path), nil
}

// unprivileged gives whom the server runs as: it refuses root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("postgres refuses to run as root, and there is no other user for it: %w", err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid) //nolint:gosec // ids of the system
}

// FreePorts finds ports that nobody listens on.
func FreePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // a probe
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// Local is an address on the loopback.
func Local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Package rig is what the bench measures on: throwaway Postgres clusters, a
// Temporal server and Holdfast, each a process of its own, so that the operating
// system says what each costs. Everything ends with the process that started it.
package rig

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Part is a process of the bench: this program again, playing one part.
type Part struct {
	PID   int
	Ready string // what it said when it was ready
	Lines chan string
	in    io.WriteCloser
	cmd   *exec.Cmd
	ended chan struct{}
	once  sync.Once
}

// ready is what a part says first, followed by what whoever started it must know.
const ready = "READY"

// Start starts a part and waits until it is ready. What it logs goes to a file
// in dir that is named after it.
func Start(dir string, env []string, name string, args ...string) (*Part, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	logged, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // ours
	if err != nil {
		return nil, err
	}
	defer logged.Close() //nolint:errcheck // the part has its own
	cmd := exec.Command(exe, append([]string{"bench", "part", name, "--"}, args...)...)
	cmd.Stderr, cmd.Env = logged, append(os.Environ(), env...)
	p := &Part{cmd: cmd, ended: make(chan struct{}), Lines: make(chan string, 16)}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := startWithUs(cmd, syscall.SIGKILL, nil, p.ended, func() { p.read(out) }); err != nil {
		return nil, err
	}
	p.PID = cmd.Process.Pid
	select {
	case line := <-p.Lines:
		if said, ok := strings.CutPrefix(line, ready); ok {
			p.Ready = strings.TrimSpace(said)
			return p, nil
		}
		err = fmt.Errorf("%s said %q", name, line)
	case <-p.ended:
		err = errors.New("it ended")
	case <-time.After(time.Minute):
		err = errors.New("it was not ready in a minute")
	}
	p.Stop()
	said, _ := os.ReadFile(logged.Name())
	return nil, fmt.Errorf("%s did not start: %w: %s", name, err, said[max(0, len(said)-600):])
}

func (p *Part) read(out io.Reader) {
	defer close(p.Lines)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		p.Lines <- lines.Text()
	}
}

// Tell gives the part a line.
func (p *Part) Tell(line string) error {
	_, err := io.WriteString(p.in, line+"\n")
	return err
}

// Ended is closed when the process has ended.
func (p *Part) Ended() <-chan struct{} { return p.ended }

// Stop ends the part. A second call, and one on nil, do nothing.
func (p *Part) Stop() {
	if p == nil {
		return
	}
	p.once.Do(func() {
		_ = p.in.Close()
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		go func() {
			for range p.Lines { //nolint:revive // nobody reads it any more
			}
		}()
		select {
		case <-p.ended:
		case <-time.After(8 * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	})
}

// startWithUs starts what dies by the signal when this process ends. It has a
// process group of its own: Ctrl-C reaches only the bench, which stops its parts
// in order.
func startWithUs(cmd *exec.Cmd, dies syscall.Signal, as *syscall.Credential, ended chan struct{}, read func()) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: dies, Setpgid: true}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the death signal follows the thread
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		if read != nil {
			read()
		}
		_ = cmd.Wait()
		close(ended)
	}()
	return <-started
}

// Say tells whoever started this part that it is ready.
func Say(what string) { fmt.Println(ready, what) }

// AwaitEnd waits until this part is told to end.
func AwaitEnd() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	<-told
}

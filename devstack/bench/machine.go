package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// machine names what the figures are of.
func machine() string {
	model := "a processor without a name"
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%d cores of %s, %s", runtime.NumCPU(), model, runtime.Version())
}

// usage is the machine's, and of this process and what it started and ended.
type usage struct{ all, total, own float64 }

// busy reads the machine's.
func busy() (u usage) {
	b, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(b), "\n")
	for i, f := range strings.Fields(line) {
		ticks, _ := strconv.ParseFloat(f, 64)
		switch i {
		case 0, 9, 10: // its name; guests are in user time
		case 4, 5: // idle, waiting for the disk
			u.total += ticks
		default:
			u.total, u.all = u.total+ticks, u.all+ticks
		}
	}
	var self, children syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children)
	for _, t := range []syscall.Timeval{self.Utime, self.Stime, children.Utime, children.Stime} {
		u.own += 100 * (float64(t.Sec) + float64(t.Usec)/1e6)
	}
	return u
}

// others is the part of the machine that somebody else used since.
func (u usage) others(since usage) float64 {
	if u.total <= since.total {
		return 0
	}
	return max(0, (u.all-since.all)-(u.own-since.own)) / (u.total - since.total)
}

// mayOpen raises the number of descriptors to what sockets need.
func mayOpen(sockets int) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return err
	}
	if need := uint64(sockets) + 1000; l.Cur < need { //nolint:gosec // small
		if l.Max < need {
			return fmt.Errorf("%d sockets need %d descriptors, and %d may be opened: see ulimit -Hn", sockets, need, l.Max)
		}
		l.Cur = l.Max
		return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
	}
	return nil
}

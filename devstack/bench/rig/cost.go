package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Whose CPU is counted.
const (
	App        = "app" // Holdfast, or the program that is its counterpart
	AppDB      = "app's Postgres"
	Temporal   = "Temporal"
	TemporalDB = "Temporal's Postgres"
	Load       = "load" // phones, risk engine and ledger: not ours to pay for
)

// Parts are the processes whose CPU is counted, in the order of tables.
var Parts = []string{App, AppDB, Temporal, TemporalDB, Load}

// Snap is what has been spent until a moment.
type Snap struct {
	at       time.Time
	cpu      map[string]float64 // ms
	counters map[string]counters
}

// counters are a cluster's. Commits are of transactions of several statements;
// a statement by itself, which most often reads, is not counted as one.
type counters struct{ Commits, Statements, WAL float64 }

// Cost is what one unit of work costs.
type Cost struct {
	Units      int                `json:"units"`
	Seconds    float64            `json:"seconds"`
	CPU        map[string]float64 `json:"cpu_ms"`
	Commits    map[string]float64 `json:"commits,omitempty"`
	Statements map[string]float64 `json:"statements,omitempty"`
	WAL        map[string]float64 `json:"wal_bytes,omitempty"`
}

// Total is the CPU of all but the load, in ms.
func (c Cost) Total() (ms float64) {
	for who, x := range c.CPU {
		if who != Load {
			ms += x
		}
	}
	return ms
}

// Snap reads the processes' CPU and the clusters' counters. app is a pid.
func (r *Rig) Snap(ctx context.Context, app int) (s Snap, err error) {
	s = Snap{at: time.Now(), cpu: map[string]float64{}, counters: map[string]counters{}}
	s.cpu[App], s.cpu[Temporal], s.cpu[Load] = cpuOf(app), cpuOf(r.Temporal.PID), cpuOf(os.Getpid())
	for who, c := range map[string]*Cluster{AppDB: r.Postgres, TemporalDB: r.TemporalDB} {
		if c == nil {
			continue
		}
		s.cpu[who] = treeCPU(c.PID)
		if s.counters[who], err = c.counters(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Between says what each of n units cost.
func Between(a, b Snap, n int) Cost {
	c := Cost{Units: n, Seconds: b.at.Sub(a.at).Seconds(), CPU: map[string]float64{}, Commits: map[string]float64{},
		Statements: map[string]float64{}, WAL: map[string]float64{}}
	of := float64(max(n, 1))
	for who := range b.cpu {
		c.CPU[who] = (b.cpu[who] - a.cpu[who]) / of
	}
	for who, y := range b.counters {
		x := a.counters[who]
		c.Commits[who], c.Statements[who] = (y.Commits-x.Commits)/of, (y.Statements-x.Statements)/of
		c.WAL[who] = (y.WAL - x.WAL) / of
	}
	return c
}

func (c *Cluster) counters(ctx context.Context) (n counters, err error) {
	err = c.admin.QueryRow(ctx, `SELECT coalesce(sum(s.calls) FILTER (WHERE s.query ILIKE 'commit%'), 0)::float8,
		coalesce(sum(s.calls), 0)::float8, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8
		FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname <> 'postgres'`).Scan(&n.Commits, &n.Statements, &n.WAL)
	return n, err
}

// tick is the unit of /proc's times: USER_HZ is 100 on every Linux.
const tick = 10.0 // ms

// cpuOf is what a process has used, in ms, all its threads together.
func cpuOf(pid int) float64 {
	f := stat(pid)
	if f == nil {
		return 0
	}
	return number(f[11])*tick + number(f[12])*tick
}

// treeCPU is what a server and its children have used, those that have ended
// too.
func treeCPU(pid int) float64 {
	f := stat(pid)
	if f == nil {
		return 0
	}
	sum := (number(f[11]) + number(f[12]) + number(f[13]) + number(f[14])) * tick
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		child, _ := strconv.Atoi(filepath.Base(dir))
		if f := stat(child); f != nil && f[1] == strconv.Itoa(pid) {
			sum += cpuOf(child)
		}
	}
	return sum
}

// stat gives the fields of /proc/PID/stat after the name: state, parent, …
func stat(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(b[strings.LastIndexByte(string(b), ')'):]), " ")
	return strings.Fields(rest)
}

// resident is a process's memory in bytes.
func resident(pid int) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	return int64(number(f[1])) * int64(os.Getpagesize())
}

func number(s string) float64 { n, _ := strconv.ParseFloat(s, 64); return n }

// CPU is what a process has used, in ms.
func CPU(pid int) float64 { return cpuOf(pid) }

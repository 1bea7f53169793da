package report

import (
	"fmt"
	"math"

	"holdfast/devstack/bench/rig"
)

// What the guide assumes. None of it is measured; the page says so.
const (
	busyPart     = .6    // of its cores that a machine uses in the busiest second
	primaryCores = 32    // of one Postgres primary
	shardWrites  = 50    // a second that one history shard of Temporal bears
	thinking     = 30    // seconds that customers take, with a socket open
	perGateway   = 20000 // sockets; a process accepts 25,000
)

// sizing computes an installation for rates of flagged payments, from what a
// hold costs. It gives nothing while that is not measured on Postgres.
func (r *Report) sizing() [][]string {
	var c Costs
	for _, x := range r.Costs {
		if x.Of == "Holdfast" {
			c = x
		}
	}
	if c.Cost.CPU[rig.AppDB] == 0 {
		return nil
	}
	lines := [][]string{{"flagged a second", "cores of Holdfast", "of its Postgres", "of Temporal", "of its Postgres", "cells",
		"history shards a cell",
		"WAL, Holdfast's", "WAL, Temporal's", "open sockets", "gateways"}}
	dearest := max(c.Cost.CPU[rig.AppDB], c.Cost.CPU[rig.TemporalDB])
	perCell := primaryCores * busyPart * 1000 / dearest
	for _, rate := range []float64{20, 200, 2_000, 20_000, 100_000} {
		cores := func(who string) string { return fmt.Sprintf("%.0f", math.Ceil(rate*c.Cost.CPU[who]/1000/busyPart)) }
		cells := math.Ceil(rate / perCell)
		shards := math.Exp2(math.Ceil(math.Log2(max(4, rate/cells*c.Cost.Commits[rig.TemporalDB]/shardWrites))))
		sockets := rate * thinking
		lines = append(lines, []string{fmt.Sprintf("%.0f", rate), cores(rig.App), cores(rig.AppDB), cores(rig.Temporal), cores(rig.TemporalDB),
			fmt.Sprintf("%.0f", cells), fmt.Sprintf("%.0f", shards), plain(rate*c.Cost.WAL[rig.AppDB]/1e6) + " MB/s",
			plain(rate*c.Cost.WAL[rig.TemporalDB]/1e6) + " MB/s", fmt.Sprintf("%.0f", sockets), fmt.Sprintf("%.0f", math.Ceil(sockets/perGateway))})
	}
	return lines
}

// guide is the sizes with what they rest on.
func (r *Report) guide() string {
	lines := r.sizing()
	if lines == nil {
		return ""
	}
	return fmt.Sprintf("\n### Sizes\n\n**Computed** from the line “Holdfast” above: cores are rate × CPU-ms ÷ 1,000 ÷ %g, "+
		"since a machine that is busier than that queues. A cell ends where one of its two Postgres primaries has %d cores "+
		"at that load. A history shard is taken to bear %d commits a second, customers to think for %d s with the app open, "+
		"and a gateway process to hold %d sockets: these are assumptions, to be replaced by your own.\n\n%s",
		busyPart, primaryCores, shardWrites, thinking, perGateway, markdown(lines))
}

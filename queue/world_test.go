package queue_test

import (
	"time"

	"holdfast/hold"
	"holdfast/queue"

	"pgregory.net/rapid"
)

const start = hold.Instant(1_800_000_000_000_000)

func minutes(t *rapid.T, label string) time.Duration {
	return time.Duration(rapid.IntRange(0, 30).Draw(t, label)) * time.Minute
}

func aTask(t *rapid.T) queue.Task {
	return queue.Task{Kind: rapid.SampledFrom(queue.TaskKinds).Draw(t, "kind"), Status: queue.TaskOpen, Priority: rapid.IntRange(1,
		1000).Draw(t, "priority"),
		Skill: rapid.SampledFrom([]string{"", queue.SkillSupervisor, "fraud"}).Draw(t,
			"skill"), Deadline: start.Add(4 * time.Hour), ReadyAt: start.Add(minutes(t, "ready"))}
}

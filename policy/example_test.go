package policy_test

import (
	"errors"
	"fmt"

	"holdfast/policy"
)

// Every fault is told at once, each with its place, so that a policy is mended in
// one go.
func ExampleLoad() {
	_, err := policy.Load([]byte(`policy: ours
reasons:
  other:
    customer: {en: We want to be sure., zh-Hans: 我们需要确认。}
    agent: {en: Flagged., zh-Hans: 已标记。}
ladders:
  ask:
    rungs:
      - name: app
        ask: [{channel: push}]
        timeout: soon
rules:
  - name: all
    ladder: asks
`))
	var faults policy.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			fmt.Println(f)
		}
	}
	p, err := policy.Load(policy.Default().Source())
	fmt.Println(p.Name(), err)
	// Output:
	// 11:18 ladders.ask.rungs[0].timeout: must be a duration such as 90s or 1h30m
	// 14:13 rules[0].ladder: there is no ladder asks
	// default <nil>
}

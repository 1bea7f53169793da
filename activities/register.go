package activities

import (
	"go.temporal.io/sdk/activity"
)

// Registry is the part of a worker that takes activities.
type Registry interface {
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
}

// RegisterHold names the activities of the queue of holds.
func (a *Activities) RegisterHold(r Registry) {
	r.RegisterActivityWithOptions(a.OpenRung, activity.RegisterOptions{Name: OpenRung})
	r.RegisterActivityWithOptions(a.Conclude, activity.RegisterOptions{Name: Conclude})
	r.RegisterActivityWithOptions(a.Settle, activity.RegisterOptions{Name: Settle})
	r.RegisterActivityWithOptions(a.Finish, activity.RegisterOptions{Name: Finish})
}

// RegisterSettle names the activity of the queue of settlements.
func (a *Activities) RegisterSettle(r Registry) {
	r.RegisterActivityWithOptions(a.Settle, activity.RegisterOptions{Name: Settle})
}

package policy

import "holdfast/interview"

// Scenario is a stub until the branch interview is merged.
func (p *Policy) Scenario(code string) (interview.Scenario, bool) { return interview.Scenario{}, false }

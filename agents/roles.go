package agents

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what an agent may do.
type Role string

const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor" // an agent, and more
	RoleAuditor    Role = "auditor"    // reads trails
	RoleBranch     Role = "branch"     // a clerk at a branch's counter
)

// strongest first.
var roles = []Role{RoleSupervisor, RoleAgent, RoleAuditor, RoleBranch}

// Mapping says which of the bank's values mean which role. An empty one: the
// bank's are ours.
type Mapping map[string]Role

// ParseMapping reads "role=value" lines, such as
// "supervisor=CN=Fraud Leads,OU=Groups,DC=bank". One value means one role.
func ParseMapping(lines []string) (Mapping, error) {
	m := Mapping{}
	for _, line := range lines {
		role, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || value == "" || !slices.Contains(roles, Role(role)) {
			return nil, fmt.Errorf("%q: want agent, supervisor, auditor or branch, =, and the bank's value", line)
		}
		if was, twice := m[value]; twice && was != Role(role) {
			return nil, fmt.Errorf("%q means two roles", value)
		}
		m[value] = Role(role)
	}
	return m, nil
}

// role is the strongest that a claim's values mean.
func (m Mapping) role(claim any) Role {
	best := len(roles)
	for _, said := range values(claim) {
		r := Role(said)
		if len(m) > 0 {
			r = m[said]
		}
		if i := slices.Index(roles, r); i >= 0 {
			best = min(best, i)
		}
	}
	if best == len(roles) {
		return ""
	}
	return roles[best]
}

// values are what a claim says: a string, each of a list, or the names of an
// object's members, as Zitadel has them.
func values(claim any) (said []string) {
	switch v := claim.(type) {
	case string:
		said = []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				said = append(said, s)
			}
		}
	case map[string]any:
		for name, value := range v {
			if grants(value) {
				said = append(said, name)
			}
		}
	}
	return said
}

// grants tells whether the value of a role's name gives it: true, or something
// that is there.
func grants(value any) bool {
	switch v := value.(type) {
	case bool:
		return v
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}

// at is what a path such as realm_access.roles leads to. A name may have dots of
// its own, as a URL has: the longest name that is there goes first.
func at(v any, path string) any {
	switch v := v.(type) {
	case map[string]any:
		if found, ok := v[path]; ok {
			return found
		}
		for end := strings.LastIndexByte(path, '.'); end > 0; end = strings.LastIndexByte(path[:end], '.') {
			if next, ok := v[path[:end]]; ok {
				if found := at(next, path[end+1:]); found != nil {
					return found
				}
			}
		}
	case []any: // of objects: what each has there
		var all []any
		for _, one := range v {
			for _, s := range values(at(one, path)) {
				all = append(all, s)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

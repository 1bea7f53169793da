package policy

import "sync"

// Set is the policy that runs and the versions that earlier holds are pinned
// to. It may be used by many goroutines at once.
type Set struct {
	mu       sync.RWMutex
	current  *Policy
	versions map[string]*Policy
}

// NewSet is a set that runs p.
func NewSet(p *Policy) *Set {
	return &Set{current: p, versions: map[string]*Policy{p.Version(): p}}
}

// Current is the policy for new holds.
func (s *Set) Current() *Policy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.current
}

// Get is the policy of a version, false when the set does not have it.
func (s *Set) Get(version string) (*Policy, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, ok := s.versions[version]
	return p, ok
}

// Add keeps a version for the holds that are pinned to it. What runs stays.
func (s *Set) Add(p *Policy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions[p.Version()] = p
}

// Reload loads a policy and runs it from now on. With a fault the running one
// stays and the error is Faults.
func (s *Set) Reload(source []byte) (*Policy, error) {
	p, err := Load(source)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions[p.Version()] = p
	s.current = p
	return p, nil
}

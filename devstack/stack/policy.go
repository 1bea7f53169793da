package stack

import (
	_ "embed"
	"maps"
	"path/filepath"

	"holdfast/policy"

	"go.yaml.in/yaml/v3"
)

//go:embed policy.yaml
var ownPolicy []byte

// policyFile is the file named, or one with the built-in policy in which the
// stack's own parts take the place of those.
func policyFile(named, dir string) (string, error) {
	if named != "" {
		return named, nil
	}
	var all, own map[string]any
	if err := yaml.Unmarshal(policy.Default().Source(), &all); err != nil {
		return "", err
	}
	if err := yaml.Unmarshal(ownPolicy, &own); err != nil {
		return "", err
	}
	maps.Copy(all, own)
	source, err := yaml.Marshal(all)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "policy.yaml")
	return path, WriteFile(path, source)
}

package policy

import (
	_ "embed"
	"sync"
)

//go:embed default.yaml
var defaultSource []byte

// Default is the policy that Holdfast runs when the bank has given none.
func Default() *Policy { return loadDefault() }

var loadDefault = sync.OnceValue(func() *Policy {
	p, err := Load(defaultSource)
	if err != nil {
		panic(err) // the file is built in and tested
	}
	return p
})

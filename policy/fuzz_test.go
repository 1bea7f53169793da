package policy

import (
	"errors"
	"testing"

	"holdfast/hold"
)

// Whatever the bytes, Load gives either a policy that can be used or faults
// that stand somewhere in the file.
func FuzzLoad(f *testing.F) {
	f.Add(defaultSource)
	f.Add([]byte(head + reasonsPart + laddersPart + rulesPart))
	f.Add([]byte(head + "rules:\n  - name: a\n    when: >-\n      hold.scm &&\n\n      'x\n    ladder: main\n"))
	f.Add([]byte(talking))
	f.Add([]byte("? [a, b]\n: - *x\n<<: !!binary aGk=\n"))
	f.Add([]byte("\ufeffpolicy: \"\\x41\\u00e9\"\r\nrules: [{when: \"\\x41\"}]\r\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := Load(source)
		if err == nil {
			if _, _, _, err := p.Terms(hold.Request{Kind: hold.KindCard}, Customer{}, now); err != nil {
				t.Fatal(err)
			}
			return
		}
		var faults Faults
		if p != nil || !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("policy %v, error %v", p, err)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Column < 1 || fault.Message == "" {
				t.Fatalf("fault %+v", fault)
			}
		}
	})
}

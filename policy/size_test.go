package policy

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// A file of the largest size is refused or read in seconds, however it is
// built: policies may be uploaded.
func TestLoadIsBounded(t *testing.T) {
	t.Parallel()
	keys := strings.Builder{}
	for i := 0; keys.Len() < MaxSize-32; i++ {
		keys.WriteString("k" + strings.Repeat("a", i%7) + time.Duration(i).String() + ":\n")
	}
	for name, source := range map[string]string{
		"many keys":      keys.String(),
		"same key":       strings.Repeat("a:\n", MaxSize/3),
		"deep flow":      strings.Repeat("[", MaxSize),
		"deep block":     strings.Repeat("- ", MaxSize/2),
		"many rules":     head + "rules:\n" + strings.Repeat("  - {}\n", MaxSize/8),
		"many rungs":     head + "ladders:\n  main:\n    rungs:\n" + strings.Repeat("      - {}\n", MaxSize/16),
		"many asks":      head + "ladders:\n  main:\n    rungs:\n      - ask:\n" + strings.Repeat("        - {}\n", MaxSize/16),
		"many scenarios": head + "interview: {}\nscenarios:\n" + strings.Repeat("  - {}\n", MaxSize/8),
		"many questions": head + "interview:\n  questions:\n" + strings.Repeat("    - {}\n", MaxSize/16) + "scenarios: []\n",
		"many warnings": head + "interview:\n  warnings:\n    " +
			strings.ReplaceAll(keys.String()[:MaxSize/3], "\n", "\n    ") + "x:\nscenarios: []\n",
		"many signs":     manySigns(),
		"many exclaimed": strings.Repeat("!", MaxSize),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			if _, err := Load([]byte(source)); err == nil {
				t.Error("no fault")
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// manySigns has as many long signs, rules and asks as there may be, and a wait that
// none of them leaves room for.
func manySigns() string {
	var b strings.Builder
	b.WriteString(strings.Replace(talking[:strings.Index(talking, "  - code: general")], "code: love", "code: l", 1))
	signs := strings.Repeat(`hold.scam||`, 300) + "hold.scam"
	for i := range 40 {
		b.WriteString("  - {code: s" + strconv.Itoa(i) + ", wait: 69h, signs: '" + signs + "', questions: []}\n")
	}
	b.WriteString("  - {code: general, wait: 700h}\nladders:\n  main:\n    exhausted: callback\n    rungs:\n")
	for i := range 15 {
		b.WriteString("      - {name: r" + strconv.Itoa(i) + ", ask: [{channel: push, interview: auto}], timeout: 1m}\n")
	}
	b.WriteString(reasonsPart + "rules:\n")
	for i := range 199 {
		b.WriteString("  - {name: r" + strconv.Itoa(i) + ", when: customer.frozen, ladder: main}\n")
	}
	return b.String() + "  - {name: all, ladder: main}\n"
}

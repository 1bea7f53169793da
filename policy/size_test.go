package policy

import (
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

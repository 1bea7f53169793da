package messages

// What an agent says to a customer who asked for help, or said that a payment is
// not theirs. Nobody who calls is asked to confirm anything: whoever deceives
// them may be listening.
var (
	helpScript = script{
		"console.helpScript.1",
		"console.helpScript.2",
		"console.helpScript.3",
		"console.helpScript.4",
		"console.helpScript.5",
	}
	freezeScript = script{
		"console.freezeScript.1",
		"console.freezeScript.2",
		"console.freezeScript.3",
		"console.freezeScript.4",
		"console.freezeScript.5",
	}
)

type script []Text

func (s script) in(locale string) []string {
	out := make([]string, 0, len(s))
	for _, line := range s {
		out = append(out, line.In(locale))
	}
	return out
}

// UrgentScript is what an agent says to a customer who asked for help, or who is
// frozen after a payment that was not theirs.
func UrgentScript(help bool, locale string) []string {
	if help {
		return helpScript.in(locale)
	}
	return freezeScript.in(locale)
}

package drill

import (
	"fmt"
	"io"
)

// Assumption is what the figures stand on, and where it is from.
type Assumption struct {
	What   string `json:"what"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

const assumed = "assumed"

// assumptions of a run. The mix is the caller's.
func (m Mix) assumptions() []Assumption {
	fraud := func(bs ...Behaviour) string { return share(m.Fraud, bs...) }
	genuine := func(bs ...Behaviour) string { return share(m.Genuine, bs...) }
	return []Assumption{
		{"frauds whose victim pays, and is asked first", fraud(Coached, Liar, Believer, Cooler, Teller), assumed},
		{"  who lie as they were told to (coached, liar)", fraud(Coached, Liar), assumed},
		{"  who answer truly and believe the warning", fraud(Believer), assumed},
		{"  who go on, and refuse after the wait", fraud(Cooler), assumed},
		{"  who say that they were told what to say", fraud(Teller), assumed},
		{"genuine payments that meet a warning, and go on", genuine(Warned), assumed},
		{"genuine payments that meet a wait, and go on", genuine(Waiter), assumed},
		{"of those who lie: the app knows of their call", percent(phoneTells), assumed},
		{"an agent suspects who is coached", percent(suspectsCoached), assumed},
		{"an agent suspects who is not", percent(suspectsHonest), assumed},
		{"an agent suspects who was deceived into paying a payee on which there is a verdict", percent(suspectsPayer), assumed},
		{"the same, of who pays that payee what they owe", percent(suspectsLodger), assumed},
		{"a supervisor who looks first agrees that the mule is one, and not that the honest firm is", "always", assumed},
		{"whom a customer trusts, once told, has them say not me", "always", assumed},
		{"hesitation before an answer, median", "0.5 s to 3 s", assumed + ", log-normal"},
		{"for comparison: losses of one kind saved by questions, stories and a specialist", "30 %", "Revolut, 2024; self-reported"},
		{"for comparison: what lengths of a wait do", "unknown", "no controlled evidence was found"},
	}
}

func share(weights map[Behaviour]float64, of ...Behaviour) string {
	sum, part := 0.0, 0.0
	for _, w := range weights {
		sum += w
	}
	for _, b := range of {
		part += weights[b]
	}
	if sum == 0 {
		return percent(0)
	}
	return percent(part / sum)
}

func percent(p float64) string { return fmt.Sprintf("%.0f %%", 100*p) }

func writeAssumptions(out io.Writer, as []Assumption) {
	w := table(out)
	fmt.Fprintln(w, "\nwhat is assumed\tvalue\tsource")
	for _, a := range as {
		fmt.Fprintf(w, "%s\t%s\t%s\n", a.What, a.Value, a.Source)
	}
	_ = w.Flush()
}

package messages_test

import (
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/messages"
)

// What a customer reads of a recall is what is so: that the payee's bank was asked only
// once the bank's own system has it, and nothing of what others only proposed.
func TestRecallIsToldAsItIs(t *testing.T) {
	t.Parallel()
	own := func(s hold.RecallStatus) hold.Recall {
		return hold.Recall{Source: hold.RecallNotMe, Status: s, Minor: 100}
	}
	confirmed := own(hold.RecallRequested)
	parked, asked, part, whole := confirmed, confirmed, own(hold.RecallReturned), own(hold.RecallReturned)
	parked.ParkedAt, asked.RequestedAt, part.Returned, whole.Returned = 1, 1, 40, 100
	others := func(s hold.RecallStatus) hold.Recall { return hold.Recall{Source: hold.RecallVerdict, Status: s} }
	for name, c := range map[string]struct {
		of     hold.Recall
		en, zh string // empty: nothing is told
	}{
		"proposed":              {own(hold.RecallProposed), "We are looking into", "正在核实"},
		"declined":              {own(hold.RecallDeclined), "We are not asking", "没有追回"},
		"confirmed":             {confirmed, "We are about to ask", "即将请"},
		"parked":                {parked, "We are about to ask", "即将请"},
		"asked":                 {asked, "We have asked", "已请"},
		"accepted":              {own(hold.RecallAccepted), "has agreed", "已同意"},
		"refused":               {own(hold.RecallRefused), "does not send", "未返还"},
		"a part is back":        {part, "A part", "一部分"},
		"all of it is back":     {whole, "All of", "全部"},
		"proposed by others":    {others(hold.RecallProposed), "", ""},
		"declined, of others'":  {others(hold.RecallDeclined), "", ""},
		"confirmed, of others'": {others(hold.RecallRequested), "We are about to ask", "即将请"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for locale, want := range map[string]string{"en": c.en, "zh-Hans": c.zh} {
				got := messages.Recall(c.of, locale)
				if want == "" && got != "" || !strings.Contains(got, want) {
					t.Errorf("%s: %q, want %q", locale, got, want)
				}
			}
		})
	}
}

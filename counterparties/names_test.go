package counterparties_test

import (
	"testing"
	"unicode"

	"holdfast/counterparties"
	"holdfast/hold"
)

// Each code of the two schemes is a result of ours with words in both languages; what is
// no code is unknown, and unknown is never a match.
func TestNameCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]hold.NameCheck{
		"MTCH": hold.NameMatch, "CMTC": hold.NameClose, "NMTC": hold.NameNoMatch, "NOAP": hold.NameUnknown,
		"FORMAT_ERROR": hold.NameUnknown, "CLIENT_INVALID": hold.NameUnknown, "CLIENT_INCONSISTENT": hold.NameUnknown,
		"TIMESTAMP_INVALID": hold.NameUnknown,
		"MATCH":             hold.NameMatch, "ANNM": hold.NameNoMatch, "MBAM": hold.NameClose, "BANM": hold.NameClose, "PANM": hold.NameClose,
		"BAMM": hold.NameClose, "PAMM": hold.NameClose, "AC01": hold.NameNoMatch, "IVCR": hold.NameUnknown, "ACNS": hold.NameUnknown,
		"OPTO": hold.NameUnknown, "CASS": hold.NameUnknown, "SCNS": hold.NameUnknown,
		"": hold.NameUnknown, "mtch": hold.NameUnknown, "match": hold.NameUnknown, "MTCH ": hold.NameUnknown,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			a := counterparties.ReadName(code)
			en, zh := a.In("en-GB"), a.In("zh-Hans")
			if a.Result != want || en == "" || !unicode.Is(unicode.Han, []rune(zh)[0]) {
				t.Errorf("%+v, %q, %q; want %s", a, en, zh, want)
			}
		})
	}
}

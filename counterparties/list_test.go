package counterparties_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"holdfast/counterparties"
)

func read(text string) (ls []counterparties.Line, err error) {
	for l, e := range counterparties.Read(strings.NewReader(text), counterparties.Line.Check) {
		if e != nil {
			return ls, e
		}
		ls = append(ls, l)
	}
	return ls, nil
}

// CSV and NDJSON say the same.
func TestReadList(t *testing.T) {
	t.Parallel()
	want := []counterparties.Line{
		{Account: "DE89370400440532013000", Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed},
		{Account: "12-34-56 98765432", Country: "GB", Ref: "m-2", Category: "scam_investment", Strength: counterparties.Reported, Reporters: 3,
			From: 1767225600000000, To: 1769904000000000},
	}
	for name, text := range map[string]string{
		"CSV": "\xef\xbb\xbfref,account,category,strength,country,reporters,from,to\n" +
			"m-1,DE89370400440532013000,mule_confirmed,confirmed,,,,\n" +
			"m-2,12-34-56 98765432,scam_investment,reported,GB,3,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z\n",
		"CSV with the least": "account,ref,category,strength\nDE89370400440532013000,m-1,mule_confirmed,confirmed\n",
		"NDJSON": `{"account": "DE89370400440532013000", "ref": "m-1", "category": "mule_confirmed", "strength": "confirmed"}` + "\n\n" +
			`{"account": "12-34-56 98765432", "country": "GB", "ref": "m-2", "category": "scam_investment", "strength": "reported", "reporters": 3,` +
			` "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read(text)
			if err != nil || !slices.Equal(got, want[:len(got)]) || len(got) == 0 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// A line that cannot be taken is named by its number, and its text is not repeated.
func TestReadListRefuses(t *testing.T) {
	t.Parallel()
	const head, good = "account,ref,category,strength,reporters,to,country\n", "DE89370400440532013000,m-1,mule_confirmed,confirmed,,,\n"
	for name, c := range map[string]struct {
		text string
		line int
		why  string
	}{
		"empty":                {"", 1, "empty"},
		"blank":                {" \n\n", 1, "empty"},
		"a column twice":       {"account,account\n", 1, "column 2"},
		"a column of its own":  {"account,secret\n", 1, "column 2"},
		"a column is missing":  {"account,ref,category\n", 1, "strength"},
		"no account":           {head + good + ",m-2,mule_confirmed,confirmed,,,\n", 3, "account"},
		"a category of theirs": {head + good + "secret,m-2,secret,confirmed,,,\n", 3, "category"},
		"two people's words":   {head + "secret,m-2,mule_verdict,confirmed,,,\n", 2, "category"},
		"a strength of theirs": {head + "secret,m-2,mule_confirmed,secret,,,\n", 2, "strength"},
		"a ref with a blank":   {head + "secret,m 2,mule_confirmed,confirmed,,,\n", 2, "ref"},
		"reporters below none": {head + "secret,m-2,mule_confirmed,confirmed,-1,,\n", 2, "reporters"},
		"no number":            {head + "secret,m-2,mule_confirmed,confirmed,secret,,\n", 2, "reporters"},
		"no time":              {head + "secret,m-2,mule_confirmed,confirmed,,secret,\n", 2, "to"},
		"a country of three":   {head + "secret,m-2,mule_confirmed,confirmed,,,DEU\n", 2, "country"},
		"fields are missing":   {head + good + "secret,m-2\n", 3, "fields"},
		"a quote is open":      {head + good + "\"secret,m-2\n", 3, "quote"},
		"JSON of theirs":       {`{"account": "secret", "secret": 1}`, 1, "JSON"},
		"JSON and more":        {`{"account": "secret", "ref": "m-1", "category": "mule_confirmed", "strength": "confirmed"} {}`, 1, "JSON"},
		"over before it began": {`{"account": "secret", "ref": "m-1", "category": "mule_confirmed", "strength": "confirmed", ` +
			`"from": "2026-02-01T00:00:00Z",` +
			` "to": "2026-01-01T00:00:00Z"}`, 1, "to"},
		"a quote over two lines": {head + good + "\"secret\nsecret\",m-2,mule_confirmed,confirmed,,,\n", 3, "quote"},
		"a CSV line too long":    {head + good + strings.Repeat("x", counterparties.MaxLine) + ",m-2,mule_confirmed,confirmed,,,\n", 3, "longer"},
		"a quote too long":       {head + good + "\"" + strings.Repeat("secret", counterparties.MaxLine), 3, "longer"},
		"a heading too long":     {"account" + strings.Repeat(",", counterparties.MaxLine) + "\n" + good, 1, "longer"},
		"too long":               {`{"account": "` + strings.Repeat("x", counterparties.MaxLine) + `"}`, 1, "longer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(c.text)
			var bad counterparties.BadLine
			if !errors.As(err, &bad) || bad.Number != c.line || !strings.Contains(bad.Error(), c.why) || strings.Contains(bad.Error(), "secret") {
				t.Errorf("%v, want line %d and a word of %q", err, c.line, c.why)
			}
		})
	}
}

type (
	hits  = []counterparties.Hit
	known = counterparties.Known
)

// What is known is the strongest of what is said.
func TestSum(t *testing.T) {
	t.Parallel()
	reported := counterparties.Hit{Category: "scam_job", Strength: counterparties.Reported}
	mule := counterparties.Hit{Category: "mule_confirmed", Strength: counterparties.Confirmed}
	said := counterparties.Hit{Category: "mule_suspected", Strength: counterparties.Reported}
	shared := counterparties.Hit{Category: "shared_utility", Strength: counterparties.Confirmed}
	verdict := counterparties.Hit{Category: counterparties.MuleVerdict, Strength: counterparties.Confirmed}
	both := []string{"mule_confirmed", "scam_job"}
	for name, c := range map[string]struct {
		hits hits
		want known
	}{
		"nothing":             {nil, known{Level: counterparties.None}},
		"reported":            {hits{reported}, known{Level: counterparties.Reported, Categories: []string{"scam_job"}}},
		"the stronger of two": {hits{mule, reported}, known{Level: counterparties.Confirmed, Categories: both, Mule: true}},
		"said to be a mule":   {hits{said}, known{Level: counterparties.Reported, Categories: []string{"mule_suspected"}}},
		"many use it":         {hits{shared}, known{Level: counterparties.None, Categories: []string{"shared_utility"}}},
		"two people's word":   {hits{verdict}, known{Level: counterparties.Confirmed, Categories: []string{"mule_verdict"}, Mule: true}},
		"of one thing twice":  {hits{reported, reported}, known{Level: counterparties.Reported, Categories: []string{"scam_job"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var k counterparties.Known
			k.Sum(c.hits)
			if k.Level != c.want.Level || k.Mule != c.want.Mule || !slices.Equal(k.Categories, c.want.Categories) {
				t.Errorf("%+v, want %+v", k, c.want)
			}
		})
	}
}

// Every category has a group that is known, and words in both languages.
func TestCategories(t *testing.T) {
	t.Parallel()
	groups := []string{"scam", "mule", "shared", "warning", "identity", "trade", "order", "conduct"}
	seen := map[string]bool{}
	for _, c := range counterparties.Categories() {
		han := strings.ContainsFunc(c.ZhHans, func(r rune) bool { return unicode.Is(unicode.Han, r) })
		if seen[c.Code] || !slices.Contains(groups, c.Group) || !strings.HasPrefix(c.Code, c.Group+"_") || c.En == "" || !han {
			t.Errorf("%+v", c)
		}
		seen[c.Code] = true
		if counterparties.Words(c.Code, "zh-Hans") != c.ZhHans || counterparties.Words(c.Code, "en-GB") != c.En {
			t.Errorf("%s: its words are not told", c.Code)
		}
	}
	if len(seen) < 200 {
		t.Errorf("there are %d", len(seen))
	}
}

package sms

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/channels/channeltest"
	"holdfast/hold"
	"holdfast/locales"
	"holdfast/messages"
	"holdfast/twilio"
)

const canaryNumber = "+393331234567"

func secret(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }

func keys(t testing.TB, settings ...string) Keys {
	t.Helper()
	k, err := ReadKeys(settings)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func challenge(n int, keyID string) hold.Challenge {
	return hold.Challenge{ID: hold.ChallengeID(fmt.Sprintf("chal_%026d", n)), HoldID: "hold_1", CustomerID: "maria", Channel: hold.SMS,
		Status:   hold.Open,
		TxDigest: hold.DigestOf(fmt.Append(nil, n)), KeyID: keyID, Digits: 6}
}

// wire answers a request as a provider would.
type wire func(*http.Request) (int, string)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := w(r)
	return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"3"}}, Body: io.NopCloser(strings.NewReader(body)),
		Request: r}, nil
}

func channel(t testing.TB, w wire) *Channel {
	t.Helper()
	account, err := twilio.New(twilio.Config{AccountSID: "AC" + strings.Repeat("0", 32), AuthToken: strings.Repeat("a", 32),
		From: "+15005550006", Transport: w})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Account: account, Keys: keys(t, "new:"+secret(1), "old:"+secret(2)), Sender: messages.Sender{Bank: "Nordbank",
		Host: "pay.nordbank.test"},
		Callback: "https://pay.nordbank.test/status/", Lookups: true, Now: func() time.Time {
			return time.Date(2026, 3, 1, 0, 0, 0, 0,
				time.UTC)
		}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A million codes are spread evenly: chi-square over 1,000 classes, by the
// first and by the last three digits, with p > 0.001.
func TestCodesAreUniform(t *testing.T) {
	t.Parallel()
	const n, classes = 1_000_000, 1000
	k := keys(t, "a:"+secret(7))
	var first, last [classes]float64
	for i := range n {
		code, err := k.Code(challenge(i, "a"))
		if err != nil || len(code) != 6 {
			t.Fatalf("%q, %v", code, err)
		}
		v := 0
		for _, d := range code {
			v = v*10 + int(d-'0')
		}
		first[v/classes]++
		last[v%classes]++
	}
	// The 99.9 % point of chi-square with 999 degrees of freedom, by Wilson and
	// Hilferty.
	const df = classes - 1.0
	limit := df * math.Pow(1-2/(9*df)+3.0902*math.Sqrt(2/(9*df)), 3)
	for name, counts := range map[string][classes]float64{"first": first, "last": last} {
		chi := 0.0
		for _, c := range counts {
			chi += (c - n/classes) * (c - n/classes) / (n / classes)
		}
		if chi > limit {
			t.Errorf("%s digits: chi-square %.0f, limit %.0f", name, chi, limit)
		}
		t.Logf("%s digits: chi-square %.0f, limit %.0f", name, chi, limit)
	}
}

// The truncation is HOTP's: the same steps by hand, for 6 to 8 digits.
func TestCodeIsBoundAndRotates(t *testing.T) {
	t.Parallel()
	before, after := keys(t, "old:"+secret(2)), keys(t, "new:"+secret(1), "old:"+secret(2))
	c := challenge(1, before.Current)
	code, err := before.Code(c)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := after.Code(c); err != nil || again != code {
		t.Errorf("after the key was rotated: %v", err)
	}
	if _, err := keys(t, "new:"+secret(1)).Code(c); err == nil {
		t.Error("a code of a key that is gone")
	}
	for digits, want := range map[int]int{6: 6, 7: 7, 8: 8} {
		long := c
		long.Digits = digits
		if got, _ := before.Code(long); len(got) != want || !strings.HasSuffix(got, code) {
			t.Errorf("%d digits: %d, and not the same number", digits, len(got))
		}
	}
	// Of one challenge's code nothing fits another: over 2,000 pairs the hits
	// are those of chance, one in a million.
	hits := 0
	for i := 2; i < 2002; i++ {
		other := challenge(i, before.Current)
		amended := c
		amended.TxDigest = other.TxDigest
		for _, o := range []hold.Challenge{other, amended} {
			if got, _ := before.Code(o); got == code {
				hits++
			}
		}
	}
	if hits > 1 {
		t.Errorf("%d codes of other challenges are the same", hits)
	}
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	for want, settings := range map[string][]string{
		"none":             nil,
		"key 1: want":      {"a:" + base64.StdEncoding.EncodeToString([]byte("short"))},
		"key 2: want":      {"a:" + secret(1), "no key"},
		"key 2: its id is": {"a:" + secret(1), "a:" + secret(2)},
	} {
		if _, err := ReadKeys(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Bundle {
		refuse := func(status, code int) *Channel {
			return channel(t, func(*http.Request) (int, string) {
				return status, fmt.Sprintf(`{"code":%d,"status":%d,"message":"the number %s is bad"}`, code, status, canaryNumber)
			})
		}
		c := refuse(400, 21211)
		ch := challenge(1, "new")
		code, err := c.Keys.Code(ch)
		if err != nil {
			t.Fatal(err)
		}
		h := hold.Hold{ID: ch.HoldID, Request: hold.Request{CustomerID: "maria", Amount: hold.Money{Minor: 125000, Currency: "EUR"},
			Payee: hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051"}}}
		attempt := func(code string) channels.Answer { return channels.Answer{Hold: h, Proof: code, Now: 1} }
		moved := func(change func(*hold.Challenge)) hold.Challenge {
			other := ch
			change(&other)
			return other
		}
		text := channels.Delivery{ID: "txt_1", Challenge: ch, Text: &hold.Text{ID: "txt_1", Kind: hold.TextChallenge, Hold: h, Challenge: ch,
			Locale: "en", Number: canaryNumber}}
		return channeltest.Bundle{
			Channel: c, Challenge: ch,
			Answers: []hold.Answer{hold.Approve},
			Answer:  func(hold.Answer) channels.Answer { return attempt(code) },
			Wrong: []channeltest.Wrong{
				{Name: "another challenge", Answer: attempt(code), Refusal: hold.CodeIncorrect,
					Challenge: moved(func(c *hold.Challenge) { c.ID = "chal_2" })},
				{Name: "another document", Answer: attempt(code), Refusal: hold.CodeIncorrect,
					Challenge: moved(func(c *hold.Challenge) { c.TxDigest = hold.DigestOf(nil) })},
				{Name: "another key", Answer: attempt(code), Refusal: hold.CodeIncorrect,
					Challenge: moved(func(c *hold.Challenge) { c.KeyID = "old" })},
				{Name: "one digit more", Answer: attempt(code + "0"), Refusal: hold.CodeIncorrect, Challenge: ch},
				{Name: "one digit less", Answer: attempt(code[1:]), Refusal: hold.CodeIncorrect, Challenge: ch},
			},
			Mutate: func(rng *rand.Rand, proof string) string {
				if rng.IntN(2) == 0 {
					return fmt.Sprintf("%06d", rng.IntN(1_000_000)) // a guess
				}
				return channeltest.Mutate(rng, proof)
			},
			Failing: []channeltest.Failing{
				{Name: "not a number", Channel: refuse(400, 21211), Delivery: text, Class: channels.Permanent},
				{Name: "opted out", Channel: refuse(400, 21610), Delivery: text, Class: channels.Permanent},
				{Name: "throttled", Channel: refuse(429, 20429), Delivery: text, Class: channels.Throttled},
				{Name: "a fault", Channel: refuse(500, 20500), Delivery: text, Class: channels.Ambiguous},
				{Name: "unavailable", Channel: refuse(503, 20503), Delivery: text, Class: channels.Retryable},
				{Name: "no text", Channel: c, Delivery: channels.Delivery{}, Class: channels.Permanent},
			},
			Canaries: []string{canaryNumber[1:], code, h.Request.Payee.Account},
		}
	})
}

// What is sent is one text that the provider is told not to change, with the
// way back for its status and no longer life than the code.
func TestDeliver(t *testing.T) {
	t.Parallel()
	var form map[string][]string
	c := channel(t, func(r *http.Request) (int, string) {
		_ = r.ParseForm()
		form = r.PostForm
		return 201, `{"sid":"SM1"}`
	})
	ch := challenge(1, "new")
	code, _ := c.Keys.Code(ch)
	text := &hold.Text{ID: "txt_1", Kind: hold.TextChallenge, Challenge: ch, Locale: "en", Number: canaryNumber, Left: 5 * time.Minute,
		Hold: hold.Hold{ID: "hold_1",
			Request: hold.Request{Amount: hold.Money{Minor: 125000, Currency: "EUR"}, Payee: hold.Payee{Name: "Anna Kovacs",
				Account: "DE02120300000000202051"}}}}
	receipt, err := c.Deliver(context.Background(), channels.Delivery{Text: text})
	if err != nil || receipt.ProviderID != "SM1" {
		t.Fatalf("%+v, %v", receipt, err)
	}
	for name, want := range map[string]string{"To": canaryNumber, "From": "+15005550006",
		"StatusCallback": "https://pay.nordbank.test/status/txt_1",
		"ValidityPeriod": "300", "SmartEncoded": "false"} {
		if got := strings.Join(form[name], " "); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if body := form["Body"]; len(body) != 1 || !strings.HasSuffix(body[0], "\n@pay.nordbank.test #"+code) {
		t.Errorf("the text is %q", body)
	}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		reply  string
		allow  bool
		want   hold.TextFault
	}{
		"swapped two days ago": {200,
			`{"sim_swap":{"last_sim_swap":{"last_sim_swap_date":"2026-02-27T00:00:00Z"}},"line_type_intelligence":{"type":"mobile"}}`, true,
			hold.FailSIMSwapped},
		"swapped a month ago": {200,
			`{"sim_swap":{"last_sim_swap":{"last_sim_swap_date":"2026-01-27T00:00:00Z"}},"line_type_intelligence":{"type":"mobile"}}`, false, ""},
		"VoIP": {200,
			`{"sim_swap":{"last_sim_swap":{"last_sim_swap_date":"2026-01-27T00:00:00Z"}},"line_type_intelligence":{"type":"nonFixedVoip"}}`, true,
			hold.FailLineType},
		"a landline": {200, `{"line_type_intelligence":{"type":"landline"}}`, true, hold.FailLineType},
		"nobody knows": {200, `{"sim_swap":{"error_code":60607},"line_type_intelligence":{"type":"mobile"}}`, false,
			hold.FailTrustUnknown},
		"nobody knows, and allowed": {200, `{"sim_swap":{"error_code":60607},"line_type_intelligence":{"type":"mobile"}}`, true, ""},
		"the kind of line is unknown": {200, `{"sim_swap":{"last_sim_swap":{"last_sim_swap_date":"2026-01-27T00:00:00Z"}}}`, false,
			hold.FailTrustUnknown},
		"no answer":              {503, ``, false, hold.FailTrustUnknown},
		"no answer, and allowed": {503, ``, true, ""},
	} {
		tries := 0
		ch := channel(t, func(*http.Request) (int, string) { tries++; return c.status, c.reply })
		text := hold.Text{Number: canaryNumber, Rules: hold.ContactRules{SMS: hold.SMSTerms{SIMSwapAge: hold.Duration(7 * 24 * time.Hour),
			AllowUnknown: c.allow}}}
		if got := ch.Trust(context.Background(), text); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if want := 1 + c.status/503; tries != want {
			t.Errorf("%s: asked %d times", name, tries)
		}
	}
}

func TestReadReply(t *testing.T) {
	t.Parallel()
	code := func(s string) Reply { return Reply{SaidCode, s} }
	for body, want := range map[string]Reply{
		"123456": code("123456"), " 123 456\n": code("123456"), "123-456": code("123456"), "１２３４５６": code("123456"), "123456.": code("123456"),
		"12345678": code("12345678"),
		"NO":       {Said: SaidNo}, "no.": {Said: SaidNo}, " Ｎｏ！": {Said: SaidNo}, "否": {Said: SaidNo}, "不是我。": {Said: SaidNo},
		"Nein!": {Said: SaidNo},
		`"No"`:  {Said: SaidNo}, "FREEZE": {Said: SaidFreeze}, " ｆｒｅｅｚｅ！": {Said: SaidFreeze}, "全部冻结。": {Said: SaidFreeze},
		"freeze my account": {Said: SaidUnclear}, "冻结": {Said: SaidUnclear},
		"STOP": {Said: SaidStop}, "Cancel": {Said: SaidStop}, "ＱＵＩＴ": {Said: SaidStop}, "end": {Said: SaidStop}, "unstop": {Said: SaidStart},
		"Start": {Said: SaidStart},
		"":      {Said: SaidUnclear}, "yes": {Said: SaidUnclear}, "12345": {Said: SaidUnclear}, "123456789": {Said: SaidUnclear},
		"my code is 123456": {Said: SaidUnclear},
		"no thanks":         {Said: SaidUnclear}, "stop it": {Said: SaidUnclear}, "٠١٢٣٤٥": {Said: SaidUnclear},
		strings.Repeat("😀", 2500): {Said: SaidUnclear}, "\xff\xfe": {Said: SaidUnclear},
	} {
		if got := ReadReply(body); got != want {
			t.Errorf("%.30q: %+v, want %+v", body, got, want)
		}
	}
}

// What is refused at start is what could not be written: with the codes and the
// ceilings that are configured, and not with the longest there could be.
func TestSenderMustFit(t *testing.T) {
	t.Parallel()
	much := []hold.Money{{Minor: 999_999_999_999, Currency: "EUR"}}
	for name, c := range map[string]struct {
		sender  messages.Sender
		digits  int
		amounts []hold.Money
		says    string // empty: it starts
	}{
		"nothing": {messages.Sender{}, 8, much, "texts want both"},
		"no host": {messages.Sender{Bank: "Nordbank"}, 8, much, "texts want both"},
		"long": {messages.Sender{Bank: "The Very Honourable Bank of the North", Host: "payments.bank.test"}, 8, much,
			"in en about EUR 9999999999.99 would not fit"},
		"long, and short codes": {messages.Sender{Bank: "Honourable Bank of Nord", Host: "payments.bank.test"}, 6, much, ""},
		"long, and small payments": {messages.Sender{Bank: "Honourable Bank of Nord", Host: "payments.bank.test"}, 8,
			[]hold.Money{{Minor: 50000, Currency: "EUR"}}, ""},
		"the same, both": {messages.Sender{Bank: "Honourable Bank of Nord", Host: "payments.bank.test"}, 8, much, "would not fit"},
		"a letter": {messages.Sender{Bank: "Česká spořitelna", Host: "pay.csas.test"}, 6, much,
			"“Č” (U+010C) of bank_name is no letter of GSM-7"},
		"a letter, in Latin":       {messages.Sender{Bank: "Česká spořitelna", Host: "pay.csas.test", Latin: true}, 6, much, ""},
		"a letter, three segments": {messages.Sender{Bank: "Česká spořitelna", Host: "pay.csas.test", Segments: 3}, 8, much, ""},
		"Greek":                    {messages.Sender{Bank: "Εθνική Τράπεζα της Ελλάδος", Host: "payments.nbg.test", Segments: 3}, 8, much, ""},
		"Cyrillic":                 {messages.Sender{Bank: "ПриватБанк", Host: "pay.privat.test", Segments: 3}, 8, much, ""},
		"Chinese in Latin":         {messages.Sender{Bank: "招商银行股份有限公司", Host: "pay.cmb.test", Latin: true}, 8, much, "“招” (U+62DB)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := channel(t, nil).Config
			config.Sender, config.Digits, config.Amounts = c.sender, c.digits, c.amounts
			if _, err := New(config); c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

// A text about a face check has its link and no code, in both languages, and
// fits; without links configured none goes out.
func TestLinkInAText(t *testing.T) {
	t.Parallel()
	for _, locale := range locales.Builtin().Tags() {
		var sent string
		c := channel(t, func(r *http.Request) (int, string) {
			_ = r.ParseForm()
			sent = r.PostForm.Get("Body")
			return 201, `{"sid":"SM0123456789abcdef0123456789abcdef"}`
		})
		ch := challenge(1, "")
		ch.Channel = hold.FaceLink
		text := hold.Text{ID: "txt_1", Kind: hold.TextChallenge, Challenge: ch, Number: canaryNumber, Locale: locale, Link: 2, Left: time.Minute}
		if _, err := c.Deliver(t.Context(), channels.Delivery{Text: &text}); err == nil {
			t.Error("a link was sent, and there are none")
		}
		c.Link = func(id hold.ChallengeID, n int) string {
			return fmt.Sprintf("https://pay.nordbank.test/f/%s-%d", id[:8], n)
		}
		if _, err := c.Deliver(t.Context(), channels.Delivery{Text: &text}); err != nil || !strings.Contains(sent, "/f/chal_000-2 ") ||
			strings.Contains(sent, "#") || strings.Contains(sent, "EUR") {
			t.Errorf("%q, %v", sent, err)
		}
	}
}

// A contact's code is of the contact, the number and the key, and no challenge's.
func TestContactCode(t *testing.T) {
	t.Parallel()
	keys, err := ReadKeys([]string{"k1:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32)),
		"k2:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{2}, 32))})
	if err != nil {
		t.Fatal(err)
	}
	c := &Channel{Config{Keys: keys}}
	q := hold.ContactQuestion{ID: "ctc_1", NumberID: "num_1", KeyID: "k1", Digits: 8}
	code, err := keys.ContactCode(q)
	if err != nil || len(code) != 8 || !c.Agrees(q, code) {
		t.Fatal(code, err)
	}
	for what, change := range map[string]func(*hold.ContactQuestion){
		"another contact": func(q *hold.ContactQuestion) { q.ID = "ctc_2" },
		"another number":  func(q *hold.ContactQuestion) { q.NumberID = "num_2" },
		"another key":     func(q *hold.ContactQuestion) { q.KeyID = "k2" },
		"a key that went": func(q *hold.ContactQuestion) { q.KeyID = "k0" },
		"no question yet": func(q *hold.ContactQuestion) { q.Digits = 0 },
	} {
		other := q
		change(&other)
		if c.Agrees(other, code) || c.Agrees(other, "") {
			t.Errorf("%s: agreed", what)
		}
	}
	text := hold.Text{Kind: hold.TextContactAsked, Locale: "en", Who: "Maria Rossi", Asked: q}
	c.Sender = messages.Sender{Bank: "Nordbank", Host: "pay.nordbank.test"}
	body, err := c.body(text)
	if want := "Nordbank: Maria Rossi banks with us and names you as a person to call. Agree? Send back " + code +
		". If not, NO."; body != want {
		t.Errorf("%q, %v", body, err)
	}
}

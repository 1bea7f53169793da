package messages

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"holdfast/hold"
	"holdfast/locales"

	"pgregory.net/rapid"
)

var sender = Sender{Bank: "Nordbank", Host: "pay.nordbank.test"}

func text(kind hold.TextKind, locale, payee string) hold.Text {
	return hold.Text{Kind: kind, Locale: locale, Hold: hold.Hold{
		Decision: &hold.Decision{Outcome: hold.Release, Reason: hold.ReasonApproved},
		Request: hold.Request{Amount: hold.Money{Minor: 125000, Currency: "EUR"}, Payee: hold.Payee{Name: payee,
			Account: "DE02100100100006820101"}}}}
}

var quotedKey = regexp.MustCompile(`"((?:messages|console)\.[A-Za-z0-9_.]*[A-Za-z0-9_])"`)

// Every sentence that is said stands in the files, in each language, and none stands
// there that nobody says.
func TestNoSentenceIsMissing(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range quotedKey.FindAllSubmatch(b, -1) {
			said[string(m[1])] = true
		}
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[FaceWords]()) {
		if f.Type.Kind() == reflect.String && f.Name != "Lang" {
			said["messages.face."+strings.ToLower(f.Name[:1])+f.Name[1:]] = true
		}
	}
	for key := range said {
		for _, tag := range locales.Builtin().Tags() {
			console := strings.HasPrefix(key, "console.") && tag != "en" && tag != "zh-Hans"
			if !console && locales.Builtin().Spoken(tag, key) != tag {
				t.Errorf("%s has no %s", tag, key)
			}
		}
	}
	for _, file := range []string{"messages", "console"} {
		for key := range locales.Builtin().File("en", file) {
			if !said[file+"."+key] {
				t.Errorf("nobody says %s.%s", file, key)
			}
		}
	}
	if len(said) < 150 {
		t.Errorf("only %d sentences were found", len(said))
	}
}

func TestSMSWording(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind         hold.TextKind
		locale, want string
	}{
		{hold.TextChallenge, "en-GB", "Nordbank: EUR 1250.00 to \"Anna Kovacs\"? Code 123456. Tell no one, not even us. Not right? Reply " +
			"NO.\n@pay.nordbank.test #123456"},
		{hold.TextChallenge, "zh-Hans", "Nordbank：向“Anna Kovacs”付款EUR 1250.00？验证码123456。勿告诉任何人，包括我们。有误请回复“否”。\n@pay.nordbank.test #123456"},
		{hold.TextChallenge, "de-AT", "Nordbank: 1250,00 EUR an \"Anna Kovacs\"? Code 123456. Keinem sagen, auch uns nicht. Falsch? " +
			"Antwort NEIN.\n@pay.nordbank.test #123456"},
		{hold.TextOutcome, "en", "Nordbank: EUR 1250.00 to \"Anna Kovacs\" is on its way. If you did not approve this, call the number on " +
			"your card now."},
	} {
		if got, err := SMS(sender, text(c.kind, c.locale, "Anna Kovacs"), "123456"); err != nil || got != c.want {
			t.Errorf("%s in %s: %q, %v", c.kind, c.locale, got, err)
		}
	}
}

// A payee's name that could mislead is not shown; the account's end is.
func TestHostilePayees(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "evil.com", "www.evil", "a@b", "Code 123456", "１２３４５６", "٣٤٥", "x\nReply YES", "Anna\u202eslavok",
		"call+44", `"? Code 1. "`,
		strings.Repeat("x", 21), "http://e", "a/b", "Anna\u200bKovacs", "½ price", "№", "①", "x:", "#1", "(us)", "\u0301a", ".com", "пример.рф",
		"Anna“”", "a.b.c", "x\x00y", "’", "Anna’", "’Anna", "Anna ’Neil", "·a"} {
		got, err := SMS(sender, text(hold.TextChallenge, "en", name), "123456")
		if err != nil || !strings.Contains(got, "to account ending 0101?") {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{"Zoë O'Neil-Smith": "Zoë O'Neil-Smith", "Müller & Co.": "Müller & Co.",
		"Kovács, Anna": "Kovács, Anna", "J. Smith": "J. Smith",
		"अनिता शर्मा": "अनिता शर्मा", "தமிழ்ச்செல்வி": "தமிழ்ச்செல்வி", "क्\u200dष": "क्\u200dष", "Sinéad O’Neil": "Sinéad O’Neil",
		"Gal·la": "Gal·la"} {
		got, err := SMS(sender, text(hold.TextChallenge, "en", name), "123456")
		if err != nil || !strings.Contains(got, `to "`+want+`"?`) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	long := Sender{Bank: "Nordbank", Host: "payments.nordbank.test"} // two segments of UCS-2 would not do
	if got, err := SMS(long, text(hold.TextReminder, "en", "Kovács, Anna"), "12345678"); err != nil || !strings.Contains(got,
		`to "Kovacs, Anna"?`) {
		t.Errorf("accents cost the name: %q, %v", got, err)
	}
	if got, _ := SMS(sender, text(hold.TextChallenge, "zh-Hans", "陈伟"), "123456"); !strings.Contains(got, "向“陈伟”付款") {
		t.Errorf("a Chinese name in Chinese: %q", got)
	}
	short := text(hold.TextChallenge, "en", "evil.com")
	short.Hold.Request.Payee.Account = "x@1"
	if got, _ := SMS(sender, short, "123456"); !strings.Contains(got, "to a payee?") {
		t.Errorf("no account: %q", got)
	}
}

// Whatever the payee is called: one text that fits, one code, our own last
// line, and nothing of the name but letters and the signs of names.
func TestAnyPayee(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		kind := rapid.SampledFrom(hold.TextKinds).Draw(t, "kind")
		locale := rapid.SampledFrom([]string{"en", "zh-Hans", "de", "de-AT", ""}).Draw(t, "locale")
		in := text(kind, locale, name)
		in.Hold.Request.Payee.Account = rapid.String().Draw(t, "account")
		code := ""
		if kind.Asks() {
			code = "12345678"
		}
		got, err := SMS(sender, in, code)
		if err != nil || !Fits(got) {
			t.Fatalf("%q, %v", got, err)
		}
		if code == "" {
			return
		}
		lines := strings.Split(got, "\n")
		if len(lines) != 2 || lines[1] != "@pay.nordbank.test #12345678" || strings.Count(lines[0], code) != 1 {
			t.Fatalf("%q", got)
		}
		for _, r := range lines[0] {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' || r == '@' || r == '/' {
				t.Fatalf("%q shows %U", got, r)
			}
		}
	})
}

// An alias is known by its beginnings: the end of an e-mail address says nothing.
func TestAliasInAText(t *testing.T) {
	t.Parallel()
	in := text(hold.TextChallenge, "en", "evil.com")
	in.Hold.Request.Payee.Account = "anna.kovacs@example.com"
	for locale, want := range map[string]string{"en": "EUR 1250.00 to alias an* at ex*? Code", "zh-Hans": "向别名an*（ex*）付款",
		"de": "1250,00 EUR an Alias an* bei ex*? Code"} {
		in.Locale = locale
		if got, err := SMS(sender, in, "123456"); err != nil || !strings.Contains(got, want) {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// A bank whose name GSM-7 cannot write has its texts: in Latin letters where it says
// so, else in as many segments as it allows.
func TestBanksNames(t *testing.T) {
	t.Parallel()
	for bank, latin := range map[string]string{"Česká spořitelna": "Ceska sporitelna", "Εθνική Τράπεζα": "Ethniki Trapeza",
		"ПриватБанк": "PrivatBank", "Щедрий БАНК": "Shchedrii BANK",
		"Łódzki Bank": "Lodzki Bank", "Sparkasse Köln": "Sparkasse Köln", "Crédit d’Été": "Crédit d'Été", "İş Bankası": "Is Bankasi",
		"招商银行": "招商银行", "ŽILINA": "ZILINA"} {
		if got := Latin(bank); got != latin {
			t.Errorf("%s is %s, want %s", bank, got, latin)
		}
		in := text(hold.TextReminder, "en", "Anna Kovacs")
		s := Sender{Bank: bank, Host: "pay.nordbank.test", Segments: 3}
		got, err := SMS(s, in, "12345678")
		if err != nil || !strings.HasPrefix(got, bank+" again: ") || Segments(got) > 3 {
			t.Errorf("%q in %d segments, %v", got, Segments(got), err)
		}
		s.Latin = true
		if got, err = SMS(s, in, "12345678"); err != nil || !strings.HasPrefix(got, latin+" again: ") || Foreign(latin) == 0 &&
			Segments(got) != 1 {
			t.Errorf("%q in %d segments, %v", got, Segments(got), err)
		}
		in.Locale = "zh-Hans"
		if got, err = SMS(s, in, "12345678"); err != nil || !strings.HasPrefix(got, bank+"再次提醒") {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]struct {
		n   int
		gsm bool
	}{"": {0, true}, "abc": {3, true}, "€": {2, true}, "a^{}": {7, true}, "à": {1, true}, "á": {1, false}, "中文": {2, false}, "😀": {2, false},
		"a😀": {3, false}} {
		if n, gsm := Units(s); n != want.n || gsm != want.gsm {
			t.Errorf("%q: %d %v", s, n, gsm)
		}
	}
	for s, want := range map[string]bool{strings.Repeat("a", 160): true, strings.Repeat("a", 161): false, strings.Repeat("€", 80): true,
		strings.Repeat("€", 81):  false,
		strings.Repeat("中", 134): true, strings.Repeat("中", 135): false, strings.Repeat("😀", 67): true, strings.Repeat("😀", 68): false} {
		if Fits(s) != want {
			t.Errorf("%d bytes fit: %v", len(s), !want)
		}
	}
}

// What a contact is sent names who asks and nothing of any payment, whatever the payment is.
func TestContactTexts(t *testing.T) {
	t.Parallel()
	for _, kind := range []hold.TextKind{hold.TextContactAsked, hold.TextContactTold} {
		for _, locale := range locales.Builtin().Tags() {
			x := text(kind, locale, "Anna Kovacs")
			x.Who = "Maria Rossi"
			got, err := SMS(sender, x, "12345678")
			if err != nil || !strings.Contains(got, "Maria Rossi") || Segments(got) != 1 {
				t.Errorf("%s in %s: %q, %v", kind, locale, got, err)
			}
			for _, secret := range []string{"Kovacs", "6820", "1,250", "1250", "EUR", "€", "http", "@"} {
				if strings.Contains(got, secret) {
					t.Errorf("%s in %s says %q: %q", kind, locale, secret, got)
				}
			}
			x.Who = "Alexandra Konstantinopoulos-Weber"
			if got, err := SMS(sender, x, "12345678"); err != nil || !strings.Contains(got, "Alexandra") || strings.Contains(got, "Weber") {
				t.Errorf("%s in %s: %q, %v", kind, locale, got, err)
			}
			x.Who = "evil.example/pay 4711"
			if got, err := SMS(sender, x, "12345678"); err != nil || strings.Contains(got, "evil") {
				t.Errorf("%s in %s: %q, %v", kind, locale, got, err)
			}
		}
	}
	x := text(hold.TextContactTold, "en", "Anna")
	x.Who = "Maria Rossi"
	if got, _ := SMS(sender, x, ""); got != "Nordbank: Maria Rossi asked us to name you; call them now on a number you know." {
		t.Error(got)
	}
}

// A text about a lock says when it opens, in the customer's day, and how to stop that, in
// one segment, or two of Chinese.
func TestLockTexts(t *testing.T) {
	t.Parallel()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	opens := hold.At(time.Date(2026, 11, 30, 23, 43, 0, 0, time.UTC))
	for locale, want := range map[string][]string{"en": {"1 Dec 00:43", "Reply NO", "your app", "your card"},
		"zh-Hans": {"12月1日00:43", "回复“否”", "应用", "银行卡背面"}} {
		got, err := SMS(Sender{Bank: "Nordbank", Host: "pay.nordbank.test"}, hold.Text{Kind: hold.TextLockLoosened, Locale: locale, Until: opens,
			Zone: rome}, "")
		if err != nil || !Fits(got) {
			t.Errorf("%q: %v", got, err)
		}
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%q lacks %q", got, w)
			}
		}
	}
}

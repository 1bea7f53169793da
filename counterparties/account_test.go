package counterparties_test

import (
	"slices"
	"testing"

	"holdfast/counterparties"
)

type is = counterparties.Account

// One account has one form, however somebody writes it.
func TestNormal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		written, country string
		want             is
	}{
		"IBAN in groups":              {"DE89 3704 0044 0532 0130 00", "", is{counterparties.IBAN, "DE89370400440532013000"}},
		"IBAN in small letters":       {"de89370400440532013000", "DE", is{counterparties.IBAN, "DE89370400440532013000"}},
		"IBAN in full width":          {"ＤＥ８９３７０４００４４０５３２０１３０００", "", is{counterparties.IBAN, "DE89370400440532013000"}},
		"IBAN that says so":           {"IBAN: DE89 3704 0044 0532 0130 00", "", is{counterparties.IBAN, "DE89370400440532013000"}},
		"IBAN with odd dividers":      {"DE89\u200b3704–0044_0532·0130,00", "", is{counterparties.IBAN, "DE89370400440532013000"}},
		"IBAN with letters":           {"NL91 ABNA 0417 1643 00", "", is{counterparties.IBAN, "NL91ABNA0417164300"}},
		"IBAN whose check is wrong":   {"DE88370400440532013000", "DE", is{counterparties.Other, "DE:DE88370400440532013000"}},
		"a GB IBAN":                   {"GB82 WEST 1234 5698 7654 32", "", is{counterparties.UK, "12345698765432"}},
		"its sort code and account":   {"12-34-56 98765432", "GB", is{counterparties.UK, "12345698765432"}},
		"the same elsewhere":          {"12-34-56 98765432", "DE", is{counterparties.Other, "DE:12345698765432"}},
		"a card":                      {"4111 1111 1111 1111", "", is{counterparties.Card, "4111111111111111"}},
		"a card whose check is wrong": {"4111111111111112", "", is{counterparties.Other, ":4111111111111112"}},
		"a phone":                     {"+49 (0)151 234-567-89", "DE", is{counterparties.Phone, "+49015123456789"}},
		"an e-mail address":           {"Pay.Me@Example.COM", "", is{counterparties.Email, "pay.me@example.com"}},
		"a UPI address":               {"Asha@OKBank", "IN", is{counterparties.UPI, "asha@okbank"}},
		"a random Pix key": {"123E4567-E89B-12D3-A456-426614174000", "BR",
			is{counterparties.Pix, "123e4567-e89b-12d3-a456-426614174000"}},
		"a CPF":                {"529.982.247-25", "BR", is{counterparties.Pix, "52998224725"}},
		"a CNPJ":               {"11.222.333/0001-81", "BR", is{counterparties.Pix, "11222333000181"}},
		"a CNPJ with letters":  {"12.ABC.345/01DE-35", "BR", is{counterparties.Pix, "12ABC34501DE35"}},
		"a machine":            {"atm-0417", "DE", is{counterparties.Other, "DE:ATM0417"}},
		"nothing but dividers": {" - ", "", is{counterparties.Other, ":"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := counterparties.Normal(c.written, c.country); got != c.want {
				t.Errorf("%q (%s): %+v, want %+v", c.written, c.country, got, c.want)
			}
		})
	}
}

// A country's own number is the account of the IBAN that has it.
func TestPaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		written, country string
		want             is
	}{
		"an IBAN":                        {"NO93 8601 1117 947", "", is{counterparties.IBAN, "NO9386011117947"}},
		"its number in Norway":           {"8601 11 17947", "NO", is{counterparties.IBAN, "NO9386011117947"}},
		"in Germany":                     {"370400440532013000", "DE", is{counterparties.IBAN, "DE89370400440532013000"}},
		"with letters":                   {"abna 0417 1643 00", "NL", is{counterparties.IBAN, "NL91ABNA0417164300"}},
		"in Poland, with its check":      {"61 1090 1014 0000 0712 1981 2874", "PL", is{counterparties.IBAN, "PL61109010140000071219812874"}},
		"and without":                    {"1090 1014 0000 0712 1981 2874", "PL", is{counterparties.IBAN, "PL61109010140000071219812874"}},
		"a check that is wrong":          {"62 1090 1014 0000 0712 1981 2874", "PL", is{counterparties.Other, "PL:62109010140000071219812874"}},
		"of a country that is not known": {"86011117947", "", is{counterparties.Other, ":86011117947"}},
		"of a country without IBANs":     {"86011117947", "US", is{counterparties.Other, "US:86011117947"}},
		"too short":                      {"8601111794", "NO", is{counterparties.Other, "NO:8601111794"}},
		"what may be a card":             {"4111 1111 1111 1111", "AT", is{counterparties.Card, "4111111111111111"}},
		"a sort code and account":        {"12-34-56 98765432", "GB", is{counterparties.UK, "12345698765432"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := counterparties.Paid(c.written, c.country)
			if got != c.want {
				t.Errorf("%q (%s): %+v, want %+v", c.written, c.country, got, c.want)
			}
			if got.Kind == counterparties.IBAN && counterparties.Normal(got.Form, "") != got {
				t.Errorf("%+v is none", got)
			}
		})
	}
}

// A payment finds what is kept of its account in whichever form that was written which can
// be known to be of it.
func TestPaidIsFound(t *testing.T) {
	t.Parallel()
	k, err := counterparties.ReadKeys([]string{"one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kept, in, paid, country, own string // kept as a line of a list, paid at a bank in a country of its own
		want                         bool
	}{
		"named, by one that does not":               {"AC-4711", "SE", "AC-4711", "", "SE", true},
		"not named, by one that does":               {"AC-4711", "", "AC-4711", "SE", "", true},
		"named, and the bank's country not known":   {"AC-4711", "SE", "AC-4711", "", "", false},
		"another country's":                         {"AC-4711", "DK", "AC-4711", "", "SE", false},
		"a national number, by its IBAN":            {"86011117947", "NO", "NO9386011117947", "", "", true},
		"without its country, by the IBAN":          {"86011117947", "", "NO9386011117947", "NO", "", true},
		"an IBAN, by its national number":           {"NO9386011117947", "", "86011117947", "NO", "", true},
		"an IBAN, by that without a country":        {"NO9386011117947", "", "86011117947", "", "NO", true},
		"a national number, by one":                 {"86011117947", "NO", "86011117947", "", "NO", true},
		"one that may be a card's, by its IBAN":     {"4111111111111111", "", "AT704111111111111111", "", "", true},
		"a sort code without a country, by an IBAN": {"12-34-56 98765432", "", "GB82WEST12345698765432", "", "", true},
		"a CPF without a country":                   {"529.982.247-25", "", "52998224725", "BR", "", true},
	} {
		kept := k.Current(counterparties.Normal(c.kept, c.in))
		if got := slices.Contains(k.Paid(c.paid, c.country, c.own), kept); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := k.Lookup("AC-4711", "DK", "SE"); len(got) != 3 || got[0] != k.Current(counterparties.Normal("AC-4711", "DK")) {
		t.Errorf("asked about in another country: %+v", got)
	}
}

// Bringing a form into its form changes nothing more, and never panics.
func FuzzNormal(f *testing.F) {
	f.Add("GB82 WEST 1234 5698 7654 32", "GB")
	f.Add("+1", "BR")
	f.Add("a@b", "")
	f.Fuzz(func(t *testing.T, account, country string) {
		a := counterparties.Normal(account, country)
		if a.Kind == counterparties.IBAN || a.Kind == counterparties.Card || a.Kind == counterparties.Phone {
			if again := counterparties.Normal(a.Form, country); again != a {
				t.Errorf("%q: %+v, and of its form %+v", account, a, again)
			}
		}
	})
}

// A digest is of a kind and a form under a key, and a key that was replaced still finds
// what was kept by it.
func TestKeys(t *testing.T) {
	t.Parallel()
	const one, two = "one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "two:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	read := func(settings ...string) counterparties.Keys {
		k, err := counterparties.ReadKeys(settings)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	account := counterparties.Normal("DE89370400440532013000", "")
	before, after := read(one), read(two, one)
	kept := before.Current(account)
	if got := after.All(account); got[0] == kept || got[1] != kept || got[0].KeyID != "two" {
		t.Errorf("after the key was replaced: %+v, and %+v was kept", got, kept)
	}
	if kept == before.Current(is{counterparties.Card, account.Form}) {
		t.Error("two kinds of one form have one digest")
	}
	machine := counterparties.Normal("atm-0417", "DE")
	anywhere := after.Current(counterparties.Normal("ATM 0417", ""))
	if got := after.All(machine); len(got) != 4 || got[0] != after.Current(machine) || got[2] != anywhere {
		t.Errorf("a machine with a country: %+v", got)
	}
	if got := after.All(counterparties.Normal("ATM 0417", "")); len(got) != 2 {
		t.Errorf("a machine without a country: %+v", got)
	}
	if (counterparties.Keys{}).Any() || !before.Any() {
		t.Error("Any does not tell whether there are keys")
	}
	for name, settings := range map[string][]string{
		"short": {"one:c2hvcnQ="}, "no id": {":MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}, "no base64": {"one:!"}, "one id twice": {one, one},
		"five": {one, two, "c" + one, "d" + one, "e" + one},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := counterparties.ReadKeys(settings); err == nil {
				t.Error("was taken")
			}
		})
	}
}

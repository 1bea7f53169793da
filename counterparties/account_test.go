package counterparties_test

import (
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

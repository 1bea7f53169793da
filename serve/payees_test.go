package serve

import (
	"strings"
	"testing"
)

// A service about payees takes an address that nobody on the way can read, a secret, and
// the keys by which accounts are kept.
func TestPayeeSettings(t *testing.T) {
	t.Parallel()
	const secret, key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	fine := Config{PayeeKeys: []string{key}, PayeeSecrets: []string{secret}, PayeeSourceURL: "https://payees.bank.test",
		PayeeSourceName: "bank", NameCheckURL: "https://names.bank.test"}
	for name, c := range map[string]struct {
		change func(c *Config)
		want   string // in the error; empty: none
	}{
		"as it should be":  {func(*Config) {}, ""},
		"no service":       {func(c *Config) { *c = Config{} }, ""},
		"in the clear":     {func(c *Config) { c.NameCheckURL = "http://names.bank.test" }, "name_check_url"},
		"without keys":     {func(c *Config) { c.PayeeKeys = nil }, "payee_source_url"},
		"without a secret": {func(c *Config) { c.PayeeSecrets = nil }, "payee_secrets"},
		"a short secret":   {func(c *Config) { c.PayeeSecrets = []string{"whsec_c2hvcnQ="} }, "payee_secrets"},
		"no name":          {func(c *Config) { c.PayeeSourceName = "" }, "payee_source_name"},
		"nobody calls":     {func(c *Config) { c.PayeeKeys, c.Roles = nil, []string{"relay", "gateway"} }, ""},
		"a country":        {func(c *Config) { c.Country = "DE" }, ""},
		"no country":       {func(c *Config) { c.Country = "UK" }, "country"},
		"small letters":    {func(c *Config) { c.Country = "de" }, "country"},
		"half the world":   {func(c *Config) { c.Country = "EU" }, "country"},
		"kept for less":    {func(c *Config) { c.PayeeKeep = -1 }, "payee_keep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := fine
			c.change(&got)
			err := got.checkPayees()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

package serve

import (
	"errors"
	"fmt"

	"holdfast/counterparties"
	"holdfast/counterparties/remote"
	"holdfast/outbound"
	"holdfast/payees"

	"golang.org/x/text/language"
)

// payeeKeys are the keys of accounts' digests.
func (c Config) payeeKeys() (counterparties.Keys, error) {
	keys, err := counterparties.ReadKeys(c.PayeeKeys)
	if err != nil {
		err = fmt.Errorf("payee_keys: %w", err)
	}
	return keys, err
}

// checkPayees refuses services about payees that cannot be called, or without keys, in
// the roles that call them.
func (c Config) checkPayees() error {
	if !c.has("api") && !c.has("worker") {
		return nil
	}
	var errs []error
	for name, at := range map[string]string{"payee_source_url": c.PayeeSourceURL, "name_check_url": c.NameCheckURL} {
		switch {
		case at == "":
		case !outbound.Safe(at):
			errs = append(errs, errors.New(name+": want an https address"))
		case len(c.PayeeKeys) == 0:
			errs = append(errs, errors.New(name+": takes payee_keys"))
		default:
			if _, err := remote.NewNames(at, remote.Options{Secrets: c.PayeeSecrets}); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if c.PayeeSourceURL != "" && !payees.ListName.MatchString(c.PayeeSourceName) {
		errs = append(errs, errors.New("payee_source_name: want at most 32 of a-z, 0-9 and -"))
	}
	if r, err := language.ParseRegion(c.Country); c.Country != "" && (err != nil || !r.IsCountry() || r.Canonicalize().String() != c.Country) {
		errs = append(errs, errors.New("country: want a country's two capital letters (ISO 3166-1)"))
	}
	if c.PayeeKeep < 0 {
		errs = append(errs, errors.New("payee_keep: must not be negative"))
	}
	return errors.Join(errs...)
}

// remote is how the bank's services are called that know of payees.
func (p *Process) remote() remote.Options {
	return remote.Options{Secrets: p.PayeeSecrets, Through: p.guard.Client(remote.Timeout), Keep: p.PayeeKeep, Now: p.Now,
		Count: p.metrics.count}
}

// names is who compares names; nil: nobody.
func (p *Process) names() (counterparties.Names, error) {
	if p.NameCheckURL == "" {
		return nil, nil
	}
	n, err := remote.NewNames(p.NameCheckURL, p.remote())
	if err != nil {
		return nil, err
	}
	return n, nil
}

// openAsker makes who asks the bank's source about payees; nil: nobody does, here.
func (p *Process) openAsker() (*payees.Asker, error) {
	if p.PayeeSourceURL == "" || !p.has("worker") {
		return nil, nil
	}
	keys, err := p.payeeKeys()
	if err != nil {
		return nil, err
	}
	s, err := remote.NewSource(p.PayeeSourceName, p.PayeeSourceURL, p.remote())
	if err != nil {
		return nil, err
	}
	return &payees.Asker{Store: p.behind, Source: s, Name: p.PayeeSourceName, Keys: keys, Log: p.log}, nil
}

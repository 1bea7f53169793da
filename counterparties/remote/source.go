package remote

import (
	"context"
	"errors"

	"holdfast/counterparties"
	"holdfast/hold"
)

const (
	mostHits   = 50
	longestRef = 48 // it is kept with the beginning of the account's digest before it
)

// Source is a service that knows of accounts.
type Source struct {
	*caller
	Name string // of its list: source:NAME
	kept kept[[]counterparties.Hit]
}

// NewSource makes a Source.
func NewSource(name, url string, o Options) (*Source, error) {
	c, err := newCaller("payee_source", url, o)
	return &Source{caller: c, Name: name}, err
}

// account is what a service is asked about.
type account struct {
	Account string `json:"account"`
	Country string `json:"country,omitempty"`
	Name    string `json:"name,omitempty"`
}

// Look asks what the service knows of an account: POST {account, country} is answered
// with 200 {hits: [{ref, category, strength, reporters, from, to}]}. An answer of which
// any part is not as described is none.
func (s *Source) Look(ctx context.Context, p hold.Payee) ([]counterparties.Hit, error) {
	of := asked(hold.Payee{Account: p.Account, Country: p.Country})
	if hits, ok := s.kept.get(of, s.Now()); ok {
		return hits, nil
	}
	var said struct {
		Hits *[]counterparties.Line `json:"hits"`
	}
	if err := s.post(ctx, account{Account: p.Account, Country: p.Country}, &said); err != nil {
		return nil, err
	}
	hits, err := s.read(said.Hits)
	if err != nil {
		s.Count(s.name + "_unreadable")
		return nil, err
	}
	s.kept.put(of, hits, s.Now().Add(s.Keep))
	return hits, nil
}

func (s *Source) read(lines *[]counterparties.Line) (hits []counterparties.Hit, err error) {
	if lines == nil || len(*lines) > mostHits {
		return nil, errors.New(s.name + ": the answer has no list of at most 50 hits")
	}
	for _, l := range *lines {
		l.Account = "its own" // which a hit does not name again
		if err := l.Check(); err != nil || len(l.Ref) > longestRef {
			return nil, errors.New(s.name + ": a hit is not as described")
		}
		hits = append(hits, l.Hit("source:"+s.Name))
	}
	return hits, nil
}

// Names is a service that compares names.
type Names struct {
	*caller
	kept kept[counterparties.NameAnswer]
}

// NewNames makes a Names.
func NewNames(url string, o Options) (*Names, error) {
	c, err := newCaller("name_check", url, o)
	return &Names{caller: c}, err
}

// CheckName asks whether a name fits an account: POST {account, country, name} is
// answered with 200 {code}, a scheme's. Whatever else the answer has, such as the owner's
// name, is not read.
func (n *Names) CheckName(ctx context.Context, p hold.Payee) (counterparties.NameAnswer, error) {
	of := asked(p)
	if a, ok := n.kept.get(of, n.Now()); ok {
		return a, nil
	}
	var said struct {
		Code string `json:"code"`
	}
	if err := n.post(ctx, account{p.Account, p.Country, p.Name}, &said); err != nil {
		return counterparties.NameAnswer{Result: hold.NameUnknown}, err
	}
	a := counterparties.ReadName(said.Code)
	if a.Code == "" {
		n.Count(n.name + "_unreadable")
		return a, errors.New(n.name + ": the answer has no code of a scheme")
	}
	if a.Result != hold.NameUnknown {
		n.kept.put(of, a, n.Now().Add(n.Keep))
	}
	return a, nil
}

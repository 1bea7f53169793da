package serve

import (
	"net/http"

	"holdfast/api"
	"holdfast/console"
	"holdfast/web"
)

// console stands in front of the API for agents' browsers.
func (p *Process) console(server http.Handler) (http.Handler, error) {
	pages, err := web.New(web.Files(), web.Options{})
	if err != nil {
		return nil, err
	}
	c := console.Config{Styles: pages.Styles("console"), Store: p.staff, Bus: p.holds.Bus, Agents: p.agents,
		ClientID: p.OIDCClientID, ClientSecret: p.OIDCClientSecret, Scopes: p.OIDCScopes, UseIDToken: p.OIDCToken == "id",
		PublicURL: p.PublicURL, FrameAncestors: p.FrameAncestors, API: server, Refuse: api.WriteProblem, Count: p.metrics.count, Log: p.log}
	if c.Parameters, err = p.askedWith(); err != nil {
		return nil, err
	}
	return console.New(c)
}

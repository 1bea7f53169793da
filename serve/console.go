package serve

import (
	"net/http"
	"time"

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
	c := console.Config{Styles: pages.Styles("console"), Store: p.staff, Bus: p.holds.Bus, Issuer: p.OIDCIssuer,
		ClientID: p.OIDCClientID, ClientSecret: p.OIDCClientSecret, PublicURL: p.PublicURL, FrameAncestors: p.FrameAncestors,
		Client: p.guard.Client(5 * time.Second), API: server, Refuse: api.WriteProblem, Count: p.metrics.count, Log: p.log}
	if p.agents != nil {
		c.Verify = p.agents.Verify
	}
	return console.New(c)
}

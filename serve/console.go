package serve

import (
	"context"
	"net/http"
	"time"

	"holdfast/api"
	"holdfast/console"
	"holdfast/web"
)

const sweepConsoleEvery = time.Minute

// console stands in front of the API for agents' browsers.
func (p *Process) console(server http.Handler) (http.Handler, error) {
	pages, err := web.New(web.Files(), web.Options{})
	if err != nil {
		return nil, err
	}
	c := console.Config{Styles: pages.Styles("console"), Store: p.holds, Bus: p.holds.Bus, Issuer: p.OIDCIssuer, ClientID: p.OIDCClientID, ClientSecret: p.OIDCClientSecret, PublicURL: p.PublicURL, FrameAncestors: p.FrameAncestors,
		Client: p.guard.Client(5 * time.Second), API: server, Refuse: api.WriteProblem, Count: p.metrics.count, Log: p.log}
	if p.agents != nil {
		c.Verify = p.agents.Verify
	}
	return console.New(c)
}

// sweepConsole ends the sessions that nobody came back to, and deletes old ones.
func (p *Process) sweepConsole(ctx context.Context) {
	tick := time.NewTicker(sweepConsoleEvery)
	defer tick.Stop()
	for {
		n, err := p.holds.SweepConsole(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "sessions of the console could not be swept and will be later", "error", err)
		}
		if n == 100 {
			continue // there are more
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

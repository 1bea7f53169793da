package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"holdfast/activities"
	"holdfast/agents"
	"holdfast/api"
	"holdfast/channels/callback"
	"holdfast/hold"
	"holdfast/outbound"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/twilio"

	"go.temporal.io/sdk/worker"
)

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// checkAgents refuses settings of agents and calls that cannot work.
func (c Config) checkAgents() error {
	var errs []error
	if c.OIDCIssuer != "" {
		if !outbound.Safe(c.OIDCIssuer) {
			errs = append(errs, errors.New("oidc_issuer: want the provider's URL, exactly as its tokens have it: "+
				"https (http only to the machine itself)"))
		}
		if c.OIDCAudience == "" || c.OIDCRoleClaim == "" {
			errs = append(errs, errors.New("oidc_audience and oidc_role_claim: want both, or agents cannot sign in"))
		}
	}
	if c.OIDCIssuer != "" {
		errs = append(errs, c.checkTokens())
	}
	if c.has("api") && c.OIDCClientID != "" && (c.OIDCIssuer == "" || c.OIDCClientSecret == "") {
		errs = append(errs, errors.New("oidc_client_id: the console needs oidc_issuer and oidc_client_secret, too"))
	}
	if c.VoiceFrom != "" && !e164.MatchString(c.VoiceFrom) {
		errs = append(errs, errors.New("voice_from: want a number in E.164 (+, country code, number)"))
	}
	return errors.Join(errs...)
}

const longestToken = 24 * time.Hour

// checkTokens refuses settings of the identity provider that are out of bounds.
// What is zero is as if it were not set.
func (c Config) checkTokens() error {
	var errs []error
	if c.OIDCMaxLife < 0 || c.OIDCMaxLife > longestToken {
		errs = append(errs, errors.New("oidc_max_life: want at most 24h, and as little as the provider can"))
	}
	if c.OIDCSkew < 0 || c.OIDCSkew > 5*time.Minute {
		errs = append(errs, errors.New("oidc_skew: want at most 5m"))
	}
	if !slices.Contains([]string{"", "access", "id"}, c.OIDCToken) {
		errs = append(errs, errors.New("oidc_token: want access or id"))
	}
	if len(c.OIDCScopes) > 0 && !slices.Contains(c.OIDCScopes, "openid") {
		errs = append(errs, errors.New("oidc_scopes: openid is missing"))
	}
	if _, err := agents.ParseMapping(c.OIDCRoles); err != nil {
		errs = append(errs, fmt.Errorf("oidc_roles: %w", err))
	}
	_, err := c.askedWith()
	return errors.Join(append(errs, err)...)
}

// ours are the parameters of a sign-in that no setting changes.
var ours = []string{"client_id", "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "code_challenge",
	"code_challenge_method",
	"login_hint", "request", "request_uri"}

// askedWith are the parameters that the provider wants besides ours.
func (c Config) askedWith() (map[string]string, error) {
	m := map[string]string{}
	for _, line := range c.OIDCParameters {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || name == "" || value == "" || slices.Contains(ours, name) {
			return nil, fmt.Errorf("oidc_parameters: %q: want name=value, and none of %s", line, strings.Join(ours, ", "))
		}
		m[name] = value
	}
	return m, nil
}

// voiceFrom is the number that calls come from.
func (c Config) voiceFrom() string {
	if c.VoiceFrom != "" {
		return c.VoiceFrom
	}
	if e164.MatchString(c.TwilioFrom) {
		return c.TwilioFrom
	}
	return ""
}

// calls tells whether calls can be placed.
func (c Config) calls() bool { return c.texts() && c.OIDCIssuer != "" && c.voiceFrom() != "" }

// callback is the channel of the settings.
func (p *Process) callback() *callback.Channel {
	c := callback.Config{From: p.voiceFrom(), PublicURL: p.providersURL(), Lookups: p.TwilioLookups, Now: p.Now}
	if p.sms != nil {
		c.Account = p.sms.Account
	}
	return callback.New(c)
}

// agentRules are how agents sign in; without a provider there are none.
func (p *Process) agentRules() api.AgentRules {
	c := p.callback()
	r := api.AgentRules{Callback: c, Rules: p.rules(), Calls: p.calls(), UnderWay: c.UnderWay, HangUp: c.HangUp}
	if p.agents != nil {
		r.Verify = p.verifyAgent
	}
	return r
}

func (c Config) openAgents(g *outbound.Guard) (*agents.Verifier, error) {
	if c.OIDCIssuer == "" {
		return nil, nil
	}
	roles, err := agents.ParseMapping(c.OIDCRoles)
	if err != nil {
		return nil, err
	}
	return agents.New(agents.Config{Issuer: c.OIDCIssuer, Audience: c.OIDCAudience, RoleClaim: c.OIDCRoleClaim, Roles: roles,
		MaxLife: c.OIDCMaxLife, Skew: c.OIDCSkew, Client: g.Client(5 * time.Second), Now: c.Now})
}

func (p *Process) verifyAgent(ctx context.Context, token string) (store.By, error) {
	a, err := p.agents.Verify(ctx, token)
	switch {
	case errors.Is(err, agents.ErrUnavailable), errors.Is(err, agents.ErrMisconfigured):
		return store.By{}, errors.Join(api.ErrIssuerAway, err)
	case err != nil:
		p.refusals.Do(func() { p.log.InfoContext(ctx, "an agent's token is refused", "check", agents.CheckOf(err)) })
		return store.By{}, api.ErrNobody
	}
	return store.By{Sub: a.Sub, Name: a.Name, GivenName: a.GivenName, Role: queue.Role(a.Role), IssuedAt: hold.At(a.IssuedAt)}, nil
}

// callWorker places calls, at the rate at which one bank's agents can talk.
func (p *Process) callWorker() worker.Worker {
	w := worker.New(p.temporal, activities.QueueCallback, worker.Options{TaskQueueActivitiesPerSecond: 20, WorkerStopTimeout: shutdownTime,
		DisableWorkflowWorker: true, DisableRegistrationAliasing: true})
	(&activities.Calls{Store: p.behind, Channel: p.callback(), Log: p.log}).Register(w)
	return w
}

func (p *Process) callWebhooks(hooks *twilio.Hooks) map[string]http.Handler {
	return callback.Webhooks{Hooks: hooks, Channel: p.callback(), Answered: p.apps.AnsweredCall,
		Status: p.apps.CallStatus, Heard: p.apps.CallHeard}.Routes()
}

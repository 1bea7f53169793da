package stack

import (
	"context"
	"net/http"
	"sync"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/issuer"
	"holdfast/devstack/pages"
)

// AgentNumbers are the phones of the stack's agents.
var AgentNumbers = map[string]string{"ana": "+4915111000101", "bo": "+4915111000102", "sam": "+4915111000103", "sue": "+4915111000104"}

// Agent is an agent's console: the API with a token that is renewed in time.
type Agent struct {
	*client.Client
	Sub   string
	url   string
	desk  issuer.Desk
	mu    sync.Mutex
	token string
	until time.Time
}

// NewAgent signs an agent in when first needed.
func NewAgent(c Coordinates, sub string) (*Agent, error) {
	a := &Agent{Sub: sub, url: c.URL, desk: issuer.Desk{URL: c.Issuer, Secret: c.IssuerKey}}
	var err error
	a.Client, err = client.NewClient(c.URL, client.OnlyGiven, client.WithHTTPClient(&http.Client{Timeout: 30 * time.Second,
		Transport: again{&http.Transport{MaxIdleConnsPerHost: 8}, a}}),
		client.WithRequestEditorFn(func(ctx context.Context, r *http.Request) error {
			token, err := a.Token(ctx)
			r.Header.Set("Authorization", "Bearer "+token)
			return err
		}))
	return a, err
}

// Token is a token that lives for a while yet.
func (a *Agent) Token(ctx context.Context) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Now().Before(a.until) {
		return a.token, nil
	}
	token, err := a.desk.Token(ctx, a.Sub)
	if err == nil {
		a.token, a.until = token, time.Now().Add(4*time.Minute)
	}
	return token, err
}

// Clock is what the stack's clock shows.
func (a *Agent) Clock(ctx context.Context) (pages.Clock, error) { return AskClock(ctx, a.url) }

// again signs the agent in once more where the token has ended before its time, as it
// does when the stack's clock is put forward.
type again struct {
	http.RoundTripper
	agent *Agent
}

func (a again) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := a.RoundTripper.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusUnauthorized || r.Body != nil && r.GetBody == nil {
		return res, err
	}
	a.agent.SignOut()
	token, failed := a.agent.Token(r.Context())
	if failed != nil {
		return res, nil // as it was answered
	}
	_ = res.Body.Close() // nobody reads it
	r = r.Clone(r.Context())
	if r.GetBody != nil {
		if r.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return a.RoundTripper.RoundTrip(r)
}

// SignOut forgets the token, so that the next one is new.
func (a *Agent) SignOut() { a.mu.Lock(); defer a.mu.Unlock(); a.until = time.Time{} }

// SeedAgents gives the agents their phones, as a supervisor does.
func SeedAgents(ctx context.Context, c Coordinates) error {
	sam, err := NewAgent(c, "sam")
	if err != nil {
		return err
	}
	for sub, number := range AgentNumbers {
		res, err := sam.PutAgent(ctx, sub, client.AgentRequest{Number: new(number)})
		if err := Reply(res, err, nil); err != nil {
			return err
		}
	}
	return nil
}

package serve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"holdfast/activities"
	"holdfast/api"
	"holdfast/channels/sms"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/numbers"
	"holdfast/outbound"
	"holdfast/policy"
	"holdfast/store"
	"holdfast/twilio"

	"go.temporal.io/sdk/worker"
)

// texts tells whether SMS is configured.
func (c Config) texts() bool { return c.TwilioAccountSID != "" }

// checkTexts refuses settings of SMS that cannot work.
func (c Config) checkTexts() error {
	if !c.texts() {
		if c.TwilioAuthToken != "" || c.TwilioFrom != "" {
			return errors.New("twilio_account_sid: is missing; without it no text is sent")
		}
		return nil
	}
	var errs []error
	if c.SMSCodeDigits < sms.MinDigits || c.SMSCodeDigits > sms.MaxDigits {
		errs = append(errs, fmt.Errorf("sms_code_digits: must be from %d to %d", sms.MinDigits, sms.MaxDigits))
	}
	if c.SMSSegments < 0 || c.SMSSegments > 6 {
		errs = append(errs, errors.New("sms_segments: must be from 0 to 6"))
	}
	if c.SMSRate <= 0 {
		errs = append(errs, errors.New("sms_rate: must be above 0 (texts a second)"))
	}
	if c.SMSPrefixHourly < 0 {
		errs = append(errs, errors.New("sms_prefix_hourly: must not be negative; 0 is no bound"))
	}
	if c.has("api") || c.has("worker") {
		_, err := c.openTexts(&outbound.Guard{}, nil)
		errs = append(errs, err)
		if u, err := url.Parse(c.providersURL()); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			errs = append(errs, errors.New("providers_url: is missing, and so is public_url; it is where Twilio reaches us"))
		}
	}
	return errors.Join(errs...)
}

// openTexts makes the channel of the settings.
func (c Config) openTexts(g *outbound.Guard, amounts []hold.Money) (*sms.Channel, error) {
	account, err := twilio.New(twilio.Config{AccountSID: c.TwilioAccountSID, AuthToken: c.TwilioAuthToken, From: c.TwilioFrom,
		URL: c.TwilioURL, Transport: g.Transport(),
		Key: twilio.Key{SID: c.TwilioAPIKey, Secret: c.TwilioAPISecret}, Region: c.TwilioRegion, Edge: c.TwilioEdge,
		LookupsURL: c.TwilioLookupsURL, LookupsKey: twilio.Key{SID: c.TwilioLookupsKey, Secret: c.TwilioLookupsPass}})
	if err != nil {
		return nil, err
	}
	keys, err := sms.ReadKeys(c.SMSKeys)
	if err != nil {
		return nil, fmt.Errorf("sms_keys: %w", err)
	}
	return sms.New(sms.Config{Account: account, Keys: keys, Sender: messages.Sender{Bank: c.BankName, Host: c.smsHost(), Latin: c.SMSLatin,
		Segments: c.SMSSegments},
		Digits: c.SMSCodeDigits, Amounts: amounts, Callback: c.providersURL() + sms.StatusPath, Lookups: c.TwilioLookups,
		Now: c.Now})
}

// askedByText are the largest amounts that texts may ask about, by currency.
func askedByText(p *policy.Policy) (largest []hold.Money) {
	for unit, minor := range p.ContactRules().SMS.Ceilings {
		largest = append(largest, hold.Money{Minor: minor, Currency: unit})
	}
	return largest
}

func (c Config) smsHost() string {
	if c.SMSHost != "" {
		return c.SMSHost
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (c Config) providersURL() string {
	if c.ProvidersURL != "" {
		return strings.TrimSuffix(c.ProvidersURL, "/")
	}
	return strings.TrimSuffix(c.PublicURL, "/")
}

// rules are what the deployment says of opening rungs.
func (p *Process) rules() hold.Rules {
	r := hold.Rules{Channels: []hold.Channel{hold.Push}, WakeDevices: p.WakeURL != "", OfflineWait: p.OfflineWait,
		AskSource: p.PayeeSourceURL != ""}
	if p.sms != nil {
		r.Channels = append(r.Channels, hold.SMS)
		r.SMS = hold.SMSRules{KeyID: p.sms.Keys.Current, Digits: p.SMSCodeDigits, PrefixHourly: p.SMSPrefixHourly, Lookups: p.TwilioLookups}
	}
	if p.faces != nil {
		r.Channels, r.Link = append(r.Channels, hold.FaceLink), p.faces.links.Digest
		r.FaceVendor = p.faces.vendor != nil
	}
	if p.OIDCIssuer != "" {
		r.Channels = append(r.Channels, hold.Callback)
	}
	return r
}

// webhooks are the providers' calls to us, by the mux's pattern.
func (p *Process) webhooks() map[string]http.Handler {
	all := p.faceWebhooks()
	if p.sms == nil {
		return all
	}
	hooks := twilio.Hooks{Account: p.sms.Account, PublicURL: p.providersURL(), Refused: p.twilioRefused, Unmatched: p.twilioUnmatched,
		Count: p.metrics.count, Problem: api.WriteProblem, Log: p.log}.Paced()
	maps.Copy(all, p.textWebhooks(hooks))
	if p.calls() {
		maps.Copy(all, p.callWebhooks(hooks))
	}
	return all
}

func (p *Process) twilioUnmatched(ctx context.Context, route, why string) error {
	return p.apps.WebhookUnmatched(ctx, "twilio", route, why)
}

func (p *Process) twilioRefused(ctx context.Context, route, why string) error {
	return p.apps.WebhookRefused(ctx, "twilio", route, why)
}

func (p *Process) textWebhooks(hooks *twilio.Hooks) map[string]http.Handler {
	desk := p.desk()
	return sms.Webhooks{Hooks: hooks, Status: p.apps.TextStatus,
		Reply: func(ctx context.Context, sid, from string, r sms.Reply) (hold.Taken, error) {
			return p.apps.Reply(ctx, store.Reply{SID: sid, Forms: numbers.Forms(from), Said: store.ReplySaid(r.Said),
				Judge: desk.JudgeCode(r.Code), Rules: p.policies.Current().ContactRules(),
				Contact: func(q hold.ContactQuestion) bool { return p.sms.Agrees(q, r.Code) }})
		}}.Routes()
}

// textWorker sends texts, at the rate of the settings over all processes.
func (p *Process) textWorker() worker.Worker {
	w := worker.New(p.temporal, activities.QueueSMS, worker.Options{TaskQueueActivitiesPerSecond: p.SMSRate, WorkerStopTimeout: shutdownTime,
		DisableWorkflowWorker: true, DisableRegistrationAliasing: true})
	(&activities.Texts{Store: p.behind, Channel: p.sms, Rules: p.rules(), Log: p.log}).Register(w)
	return w
}

// Package stack runs everything in one process for development: a Temporal
// server with its UI, the sandbox ledger, the fake SMS provider with its
// phones, and Holdfast in all roles on SQLite.
// Its state lives in one directory and survives a kill.
package stack

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"holdfast/api"
	"holdfast/channels/facelink"
	"holdfast/devstack/issuer"
	"holdfast/devstack/ledger"
	"holdfast/devstack/pages"
	"holdfast/devstack/provider"
	"holdfast/devstack/temporal"
	"holdfast/hold"
	"holdfast/serve"
	"holdfast/store"
)

// Options say where the stack lives. Ports of 0 are chosen; UIPort -1 leaves
// the UI out.
type Options struct {
	Dir                                    string
	Port, TemporalPort, UIPort, LedgerPort int
	ProviderPort                           int
	Provider, ProviderKey                  string // somebody else's fake provider; empty: one of its own
	Issuer, IssuerKey                      string // somebody else's identity provider; empty: one of its own
	IssuerPort                             int
	FaceVendor, FaceVendorSecret           string // judges faces; empty: the agents
	NameCheck, PayeeSource, PayeeSecret    string // compares names with accounts' owners; knows of accounts; empty: nobody
	PrefixHourly                           int    // texts with a code to one prefix in an hour
	CodeDigits                             int    // 0: six
	PolicyFile                             string
	BankPhone                              string // on which customers reach the bank; empty: the number on their card
	OfflineWait                            time.Duration
	LedgerLoses                            float64
	NoPayees                               bool // payees are not looked up
	Seed                                   uint64
	Log                                    *slog.Logger
	Say                                    func(format string, a ...any) // what a person waits for
	TemporalLevel                          slog.Level
}

// Coordinates are how to reach a stack; its directory keeps them for phones and
// drills.
type Coordinates struct {
	URL          string `json:"url"`
	Key          string `json:"key"`
	LedgerSecret string `json:"ledger_secret"`
	LedgerFile   string `json:"ledger_file"`
	Database     string `json:"database"`
	Temporal     string `json:"temporal"`
	UI           string `json:"ui"`
	Provider     string `json:"provider"`     // the phones are behind it
	ProviderKey  string `json:"provider_key"` // signs its webhooks
	SMSKey       string `json:"sms_key"`      // derives the codes
	Issuer       string `json:"issuer"`       // signs agents in
	IssuerKey    string `json:"issuer_key"`   // everybody's secret there
	LinkKey      string `json:"link_key"`     // derives the links of face checks
}

// Stack is a running stack.
type Stack struct {
	Coordinates
	lock     *os.File
	temporal *temporal.Server
	ledger   *ledger.Ledger
	issuer   *issuer.Issuer     // nil: somebody else's
	provider *provider.Provider // nil: somebody else's, who tells it where replies go
	Holdfast *serve.Process

	clock     *clock
	advancing sync.Mutex
	listening listening
	runs      atomic.Bool // Holdfast is set
}

// ErrInUse means that another process has the directory.
var ErrInUse = errors.New("another stack uses this directory: stop it, or name another with --data")

// Start starts the parts in order and stops them all if one fails.
func Start(ctx context.Context, o Options) (s *Stack, err error) {
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	s = &Stack{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
			s = nil
		}
	}()
	if err = os.MkdirAll(o.Dir, 0o700); err != nil {
		return s, err
	}
	if s.lock, err = os.OpenFile(filepath.Join(o.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return s, err
	}
	if syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return s, ErrInUse
	}
	if err = free(map[string]int{"--port": o.Port, "--temporal-port": o.TemporalPort, "--ui-port": o.UIPort, "--ledger-port": o.LedgerPort,
		"--provider-port": o.ProviderPort, "--issuer-port": o.IssuerPort}); err != nil {
		return s, err
	}
	if s.Coordinates, err = Read(o.Dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	if s.clock, err = openClock(o.Dir); err != nil {
		return s, err
	}
	s.Database, s.LedgerFile = "sqlite:"+filepath.Join(o.Dir, "holdfast.db"), filepath.Join(o.Dir, "ledger.db")
	if s.LedgerSecret == "" {
		s.LedgerSecret = newSecret()
	}
	o.Say("Temporal server …")
	s.temporal, err = temporal.Start(ctx, temporal.Options{Dir: filepath.Join(o.Dir, "temporal"), Port: o.TemporalPort, UIPort: o.UIPort,
		Log: o.Log})
	if err != nil {
		return s, err
	}
	s.Temporal, s.UI = s.temporal.Address(), s.temporal.UIURL()
	o.Say("sandbox ledger …")
	s.ledger, err = ledger.Start(ledger.Options{File: s.LedgerFile, Listen: local(o.LedgerPort), Secret: s.LedgerSecret, Loses: o.LedgerLoses,
		Seed: o.Seed})
	if err != nil {
		return s, err
	}
	o.Say("fake SMS provider …")
	if err = s.startProvider(o); err != nil {
		return s, err
	}
	if err = s.startIssuer(o); err != nil {
		return s, err
	}
	o.Say("Holdfast …")
	if err = s.startHoldfast(ctx, o); err != nil {
		return s, err
	}
	return s, s.write(o.Dir)
}

func (s *Stack) startHoldfast(ctx context.Context, o Options) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	port := o.Port
	if port == 0 {
		l, err := net.Listen("tcp", local(0))
		if err != nil {
			return err
		}
		port = l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
	}
	s.URL = "http://" + local(port)
	if s.issuer != nil {
		s.issuer.AllowRedirect(s.URL + "/console/callback")
	}
	if s.provider != nil {
		s.provider.SetInbound(s.URL + InboundPath)
	}
	digits := o.CodeDigits
	if digits == 0 {
		digits = 6
	}
	faces, err := s.faceKeys(o.Dir)
	if err != nil {
		return err
	}
	bank, err := NewBank(s.URL, s.Key)
	if err != nil {
		return err
	}
	around, err := pages.Around(pages.Config{Stack: &front{Stack: s, dir: o.Dir, bank: bank}, URL: s.URL, Provider: s.Provider,
		Issuer: s.Issuer, Links: s.links()})
	if err != nil {
		return err
	}
	policy, err := policyFile(o.PolicyFile, o.Dir)
	if err != nil {
		return err
	}
	s.Holdfast, err = serve.Start(ctx, serve.Config{
		Around: func(holdfast http.Handler) http.Handler { return around(s.listening.around(holdfast)) }, Now: s.Now,
		AppScript: pages.Script, FrameAncestors: []string{s.URL},
		FaceKey: faces, FaceLinkKey: s.LinkKey, FaceVendorURL: o.FaceVendor, FaceVendorSecret: o.FaceVendorSecret,
		FaceRetention:    30 * 24 * time.Hour,
		TwilioAccountSID: AccountSID, TwilioAuthToken: s.ProviderKey, TwilioFrom: Sender, TwilioURL: s.Provider, TwilioLookups: true,
		PayeeKeys: s.payeeKeys(o), NameCheckURL: o.NameCheck, PayeeSourceURL: o.PayeeSource, PayeeSourceName: "bank",
		PayeeSecrets: secrets(o.PayeeSecret),
		SMSKeys:      []string{"dev:" + s.SMSKey}, SMSCodeDigits: digits, SMSRate: 50, SMSPrefixHourly: o.PrefixHourly, BankName: "Nordbank",
		BankPhone: o.BankPhone, SMSHost: "pay.nordbank.test",
		OutboundAllow: []string{"127.0.0.0/8"}, // everything here is this machine
		OIDCIssuer:    s.Issuer, OIDCAudience: issuer.Audience, OIDCRoleClaim: issuer.RoleClaim,
		OIDCClientID: issuer.Console, OIDCClientSecret: s.IssuerKey,
		Database: s.Database, Listen: local(port), PublicURL: s.URL, TemporalAddress: s.Temporal, TemporalNamespace: temporal.Namespace,
		TemporalUIURL: s.UI,
		PolicyFile:    policy, LedgerURL: s.ledger.URL(), LedgerSecret: s.LedgerSecret,
		RecallURL: s.ledger.RecallURL(), RecallSecret: s.LedgerSecret, OfflineWait: o.OfflineWait, LogLevel: "info",
	}, o.Log)
	if err != nil {
		return err
	}
	s.ledger.Answers(ledger.Reporting{Pause: recallPause, Report: bank.TellRecall})
	s.runs.Store(true)
	if s.clock.Ahead() == 0 {
		return nil
	}
	return s.Holdfast.CatchUp(ctx) // the clock may have been put forward a moment before a kill
}

// faceKeys makes the keys of face checks, once, and gives where the one that
// seals pictures lies.
func (s *Stack) faceKeys(dir string) (string, error) {
	if s.LinkKey == "" {
		s.LinkKey = strings.TrimPrefix(newSecret(), "whsec_")
	}
	path := filepath.Join(dir, "face_key")
	if _, err := os.Stat(path); err == nil {
		return "file:" + path, nil
	}
	b, err := facelink.NewKeyset()
	if err != nil {
		return "", err
	}
	return "file:" + path, WriteFile(path, b)
}

// recallPause is for how long the payee's bank looks for the money.
const recallPause = 4 * time.Second

// payeeKeys are what payees' accounts are kept under; none: they are not looked up.
func (s *Stack) payeeKeys(o Options) []string {
	if o.NoPayees {
		return nil
	}
	return []string{"dev:" + s.SMSKey}
}

// The account at the fake provider.
const (
	AccountSID = "AC0123456789abcdef0123456789abcdef"
	Sender     = "+4915735990000"

	// InboundPath is where a provider tells replies.
	InboundPath = "/v1/providers/twilio/reply"
)

// startProvider starts the fake provider, unless the caller has one.
func (s *Stack) startProvider(o Options) (err error) {
	if s.SMSKey == "" {
		s.SMSKey = strings.TrimPrefix(newSecret(), "whsec_")
	}
	if o.Provider != "" {
		s.Provider, s.ProviderKey = o.Provider, o.ProviderKey
		return nil
	}
	if s.ProviderKey == "" {
		s.ProviderKey = NewProviderKey()
	}
	s.provider, err = provider.Start(provider.Options{Listen: local(o.ProviderPort), AccountSID: AccountSID, AuthToken: s.ProviderKey,
		From: Sender, Now: s.Now})
	if err == nil {
		s.Provider = s.provider.URL()
	}
	return err
}

// startIssuer starts the identity provider, unless the caller has one.
func (s *Stack) startIssuer(o Options) (err error) {
	if o.Issuer != "" {
		s.Issuer, s.IssuerKey = o.Issuer, o.IssuerKey
		return nil
	}
	if s.IssuerKey == "" {
		s.IssuerKey = NewProviderKey()
	}
	s.issuer, err = issuer.Start(local(o.IssuerPort), s.IssuerKey, issuer.People)
	if err == nil {
		s.issuer.KeepAhead(s.clock.Ahead)
		s.Issuer = s.issuer.URL
	}
	return err
}

// NewProviderKey makes an auth token.
func NewProviderKey() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// prepare migrates the database and makes the key that everything here uses.
func (s *Stack) prepare(ctx context.Context) error {
	db, err := store.Open(ctx, s.Database, store.Options{Clock: func() hold.Instant { return hold.At(s.Now()) }})
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // Holdfast opens it again
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if s.Key != "" {
		// A key of before may lack scopes.
		if k, err := db.KeyByDigest(ctx, api.Digest(s.Key)); err == nil && k.Scopes == strings.Join(api.Scopes, " ") {
			return nil
		}
	}
	key, row, err := api.NewKey("devstack", api.Scopes)
	if err != nil {
		return err
	}
	s.Key = key
	return db.AddKey(ctx, row, "operator")
}

// StopTemporal takes the Temporal server away; StartTemporal brings it back at
// the same address.
func (s *Stack) StopTemporal() { s.temporal.Stop(); s.temporal = nil }

// StartTemporal starts the Temporal server again.
func (s *Stack) StartTemporal(ctx context.Context, o Options) (err error) {
	_, port, err := net.SplitHostPort(s.Temporal)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	s.temporal, err = temporal.Start(ctx, temporal.Options{Dir: filepath.Join(o.Dir, "temporal"), Port: n, UIPort: -1, Log: o.Log})
	return err
}

// Stop stops what runs, in the opposite order, within five seconds.
func (s *Stack) Stop() error {
	var errs []error
	if s.Holdfast != nil {
		errs = append(errs, s.Holdfast.Stop())
	}
	if s.provider != nil {
		errs = append(errs, s.provider.Stop())
	}
	if s.issuer != nil {
		errs = append(errs, s.issuer.Stop())
	}
	if s.ledger != nil {
		errs = append(errs, s.ledger.Stop())
	}
	if s.temporal != nil {
		s.temporal.Stop()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// Read reads the coordinates that a stack left in its directory.
func Read(dir string) (c Coordinates, err error) {
	b, err := os.ReadFile(filepath.Join(dir, "stack.json")) //nolint:gosec // the caller names it
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(b, &c)
}

func (s *Stack) write(dir string) error {
	b, err := json.MarshalIndent(s.Coordinates, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(dir, "stack.json"), b)
}

// WriteFile replaces a file whole or not at all.
func WriteFile(path string, b []byte) error {
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

func free(ports map[string]int) error {
	for flag, port := range ports {
		if port <= 0 {
			continue
		}
		l, err := net.Listen("tcp", local(port))
		if err != nil {
			return fmt.Errorf("port %d is taken: choose another with %s (0 finds one)", port, flag)
		}
		_ = l.Close()
	}
	return nil
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// secrets are a setting's of one secret; none of an empty one.
func secrets(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}

package serve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// sign makes a certificate and writes it and its key as NAME.pem and NAME.key.
func (a *authority) sign(name string, c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, by := a.cert, a.key
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY",
		Bytes: pkcs8}} {
		if err := os.WriteFile(a.file(file), pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return made, key
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// frontend answers as Temporal does, to whom it knows, and notes the namespace.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer
	key       string
	namespace string
}

func (f *frontend) GetSystemInfo(ctx context.Context, _ *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse,
	error) {
	md, _ := metadata.FromIncomingContext(ctx)
	if f.key != "" && strings.Join(md.Get("authorization"), "") != "Bearer "+f.key {
		return nil, status.Error(codes.PermissionDenied, "not let in")
	}
	f.namespace = strings.Join(md.Get("temporal-namespace"), "")
	return &workflowservice.GetSystemInfoResponse{}, nil
}

// newFrontend serves over TLS for the name temporal.test.
func newFrontend(t *testing.T, a *authority, f *frontend, clients tls.ClientAuthType) string {
	t.Helper()
	a.sign("server", &x509.Certificate{DNSNames: []string{"temporal.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	own, err := tls.LoadX509KeyPair(a.file("server.pem"), a.file("server.key"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	s := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{own}, ClientCAs: pool, ClientAuth: clients,
		MinVersion: tls.VersionTLS12})))
	workflowservice.RegisterWorkflowServiceServer(s, f)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return l.Addr().String()
}

// reach connects as a process does.
func reach(t *testing.T) error {
	t.Helper()
	c, err := Load("")
	if err != nil {
		return err
	}
	o, err := c.temporalOptions(nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	cl, err := client.DialContext(ctx, o)
	if err != nil {
		return temporalFault(err)
	}
	cl.Close()
	return nil
}

// Temporal behind TLS, asking for a certificate or an API key, is reached by our
// settings and by Temporal's own; what is missing is named.
func TestTemporalTLS(t *testing.T) {
	a := newAuthority(t)
	a.sign("holdfast", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	ca, own, key := a.file("ca.pem"), a.file("holdfast.pem"), a.file("holdfast.key")
	for name, c := range map[string]struct {
		clients tls.ClientAuthType
		apiKey  string
		env     map[string]string
		fault   string // in the error; empty: it is reached
	}{
		"TLS": {tls.NoClientCert, "", map[string]string{"HOLDFAST_TEMPORAL_CA_FILE": ca,
			"HOLDFAST_TEMPORAL_TLS_NAME": "temporal.test"}, ""},
		"TLS by ca_file": {tls.NoClientCert, "", map[string]string{"HOLDFAST_TEMPORAL_TLS": "true", "HOLDFAST_CA_FILE": ca,
			"HOLDFAST_TEMPORAL_TLS_NAME": "temporal.test"}, ""},
		"no authority": {tls.NoClientCert, "", map[string]string{"HOLDFAST_TEMPORAL_TLS_NAME": "temporal.test"}, "temporal_ca_file"},
		"no file":      {tls.NoClientCert, "", map[string]string{"HOLDFAST_TEMPORAL_CA_FILE": "/nowhere"}, "temporal_ca_file"},
		"mTLS": {tls.RequireAndVerifyClientCert, "", map[string]string{"HOLDFAST_TEMPORAL_CA_FILE": ca,
			"HOLDFAST_TEMPORAL_TLS_NAME": "temporal.test", "HOLDFAST_TEMPORAL_CERT_FILE": own, "HOLDFAST_TEMPORAL_KEY_FILE": key}, ""},
		"mTLS, no certificate": {tls.RequireAndVerifyClientCert, "", map[string]string{"HOLDFAST_TEMPORAL_CA_FILE": ca,
			"HOLDFAST_TEMPORAL_TLS_NAME": "temporal.test"}, "e"},
		"half a certificate": {tls.RequireAndVerifyClientCert, "", map[string]string{"HOLDFAST_TEMPORAL_CERT_FILE": own},
			"temporal_key_file"},
		"API key": {tls.NoClientCert, "k1", map[string]string{"HOLDFAST_TEMPORAL_API_KEY": "k1", "HOLDFAST_TEMPORAL_CA_FILE": ca,
			"HOLDFAST_TEMPORAL_TLS_NAME": "temporal.test"}, ""},
		"another API key": {tls.NoClientCert, "k1", map[string]string{"HOLDFAST_TEMPORAL_API_KEY": "k2", "HOLDFAST_TEMPORAL_CA_FILE": ca,
			"HOLDFAST_TEMPORAL_TLS_NAME": "temporal.test"}, "not let in"},
		"Temporal's own, TLS": {tls.NoClientCert, "", map[string]string{"TEMPORAL_TLS_SERVER_CA_CERT_PATH": ca,
			"TEMPORAL_TLS_SERVER_NAME": "temporal.test"}, ""},
		"Temporal's own, mTLS": {tls.RequireAndVerifyClientCert, "", map[string]string{"TEMPORAL_TLS_SERVER_CA_CERT_PATH": ca,
			"TEMPORAL_TLS_SERVER_NAME": "temporal.test", "TEMPORAL_TLS_CLIENT_CERT_PATH": own, "TEMPORAL_TLS_CLIENT_KEY_PATH": key}, ""},
		"Temporal's own, a key": {tls.NoClientCert, "k1", map[string]string{"TEMPORAL_API_KEY": "k1", "HOLDFAST_CA_FILE": ca,
			"TEMPORAL_TLS_SERVER_NAME": "temporal.test"}, ""},
		"ours before Temporal's": {tls.NoClientCert, "", map[string]string{"TEMPORAL_TLS_SERVER_CA_CERT_PATH": own, "TEMPORAL_TLS": "false",
			"HOLDFAST_TEMPORAL_CA_FILE": ca, "HOLDFAST_TEMPORAL_TLS_NAME": "temporal.test"}, ""},
		"no TLS": {tls.NoClientCert, "", nil, "e"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &frontend{key: c.apiKey}
			at := newFrontend(t, a, f, c.clients)
			t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(a.dir, "none.toml"))
			t.Setenv("HOLDFAST_TEMPORAL_ADDRESS", at)
			t.Setenv("HOLDFAST_TEMPORAL_NAMESPACE", "bank.prod")
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			err := reach(t)
			if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Fatalf("%v", err)
			}
			if err == nil && f.namespace != "" && f.namespace != "bank.prod" {
				t.Errorf("namespace %s", f.namespace)
			}
		})
	}
}

// Address and namespace come from ours, else Temporal's own, else this machine.
func TestTemporalAddress(t *testing.T) {
	t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "none.toml"))
	read := func() string {
		c, err := Load("")
		if err != nil {
			t.Fatal(err)
		}
		o, err := c.temporalOptions(nil)
		if err != nil {
			t.Fatal(err)
		}
		return o.HostPort + " " + o.Namespace + " " + c.TemporalNamespace
	}
	if got := read(); got != "127.0.0.1:7233 default default" {
		t.Error(got)
	}
	t.Setenv("TEMPORAL_ADDRESS", "theirs:7233")
	t.Setenv("TEMPORAL_NAMESPACE", "theirs")
	if got := read(); got != "theirs:7233 theirs theirs" {
		t.Error(got)
	}
	t.Setenv("HOLDFAST_TEMPORAL_ADDRESS", "ours:7233")
	t.Setenv("HOLDFAST_TEMPORAL_NAMESPACE", "ours")
	if got := read(); got != "ours:7233 ours ours" {
		t.Error(got)
	}
}
